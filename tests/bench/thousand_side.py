"""Heard's side of the thousand-feeds benchmark: rounds over many feeds that the server answers as it is told to."""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

from bot.model import PollReport
from bot.wiring import App
from tests.bench.heard_side import desk, peak_mb


def main() -> None:
    """One round for each line that is read: figures of that round, as one JSON object a line."""
    logging.disable(logging.WARNING)  # what a terminal would not show either
    folder, workers = Path(sys.argv[1]), int(sys.argv[2])
    feeds = json.loads((folder / "feeds.json").read_text(encoding="utf-8"))
    with desk(folder, feeds) as app:
        for _ in sys.stdin:
            print(json.dumps(_round(app, workers)), flush=True)


def _round(app: App, workers: int) -> dict[str, float]:
    started, worked = time.perf_counter(), time.process_time()
    ends: list[float] = []
    reports: list[PollReport] = []
    for report in app.listening.collect(app.listening.due(["feeds"]), workers=workers):
        reports.append(report)
        ends.append(time.perf_counter() - started)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    return {
        "polls": len(reports),
        "failed": sum(report.error is not None for report in reports),
        "items": sum(report.fetched for report in reports),
        "seconds": seconds,
        "all_but_one": ends[-2],
        "cpu": cpu,
        "peak_mb": peak_mb(),
    }


if __name__ == "__main__":
    main()
