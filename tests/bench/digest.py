"""Digests over archives of 10,000, 100,000 and 1,000,000 stored mentions: how long composing one takes.

The peer of a larger archive is the smallest one in the same run. The executive's digest has an objective and an activity
besides: its trend looks back at six weeks, its lift at 78, which the smallest archive does not have. The full text index
is not filled, as no digest reads it, and SQLite has no statistics, as nobody collects them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median

from bot.wiring import App
from tests.bench.archive import REPORTS, archive
from tests.bench.row import Row

SIZES = (10_000, 100_000, 1_000_000)
LAST_DAY = date(2026, 3, 10)


def rows(options: argparse.Namespace) -> list[Row]:
    """Milliseconds for a digest of a day, by size of the archive and audience."""
    found: dict[str, list[Row]] = {report: [] for report in REPORTS}
    with tempfile.TemporaryDirectory() as folder, archive(Path(folder), LAST_DAY) as grown:
        for size in SIZES:
            grown.grow(size)
            for report, row in found.items():
                spent = milliseconds(grown.desk(report), report, LAST_DAY, max(1, options.runs))
                peer = row[0].value if row else None
                named = f"an archive of {SIZES[0]:,}" if row else ""
                ratio = None if peer is None else spent / peer
                row.append(Row(f"digest for {report}: archive of {size:,}", spent, "ms", named, peer, ratio))
    return [one for row in found.values() for one in row]


def milliseconds(heard: App, name: str, last_day: date, runs: int) -> float:
    """The median time in which a digest of that day is composed, after one warm-up."""
    report, window = heard.telling.window(name, last_day)
    spent = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        body = heard.telling.compose(report, window)
        spent.append(1000 * (time.perf_counter() - started))
    if not body["mentions"]:
        raise RuntimeError("the digest of the benchmark tells nothing")
    return median(spent[1:])
