"""The listening path beside lemon24/reader, on the same recorded feeds, one worker each.

The feeds are served on loopback, the same bytes over HTTP to both. Heard fetches, parses, matches, groups into
stories, stores what matches, and then scores that; lemon24/reader fetches, parses and stores all (it does none of the
others). Of an entry that no query can match Heard reads what tells that, and when it was published; so in one row the
query matches nearly every entry, and Heard stores, groups and indexes what lemon24/reader stores. Each run is a process of its own with a fresh
database file, the two in turn; the figures are medians. What a process loads once (modules, the language model) is
loaded before the clock starts, on both sides, by a feed of one entry. Items a second count the entries that were read:
by the wall clock, and by the CPU time of the process, which other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.feeds import serve_files
from tests.bench.heard_side import EVERYTHING
from tests.bench.row import Row
from tests.support.shared import shared_root

Run = dict[str, float]
PEERS: Mapping[str, tuple[str, ...]] = {"heard": ("heard",), "everything": ("heard", EVERYTHING), "reader": ("reader",)}
PEER = "reader update, which stores all"


def rows(options: argparse.Namespace) -> list[Row]:
    """Speeds and memory; none where the recorded feeds are absent."""
    folder = shared_root() / "corpus" / "feeds" / "captures"
    if not folder.is_dir():
        print("The recorded feeds are absent (set HEARD_SHARED to the folder that holds corpus/): nothing measured.")
        return []
    runs: dict[str, list[Run]] = {name: [] for name in PEERS}
    with serve_files(sorted(folder.iterdir())[: options.feeds or None]) as addresses:
        for turn in range(options.runs + 1):
            for name, (side, *more) in PEERS.items():
                run = run_of(side, addresses, *more)
                note = "warm-up" if turn == 0 else f"run {turn}"
                print(f"  {note:8} {name:10} {_items_a(run, 'cpu'):8.0f} items/CPU s", file=sys.stderr, flush=True)
                if turn:
                    runs[name].append(run)
    ours, everything, theirs = runs.values()
    print(f"  {_median(ours, 'items'):.0f} items (reader: {_median(theirs, 'items'):.0f}), "
          f"{_median(ours, 'mentions'):.0f} mentions matched and scored, {_median(everything, 'mentions'):.0f} of the "
          f"query that matches nearly all, {options.runs} runs each")  # fmt: skip
    peak, peer_peak = _median(ours, "peak_mb"), _median(theirs, "peak_mb")
    return [
        _speed("listen: items a second", "items/s", ours, theirs, "seconds"),
        _speed("listen: items a CPU second", "items/CPU s", ours, theirs, "cpu"),
        _speed("listen without scoring: items a second", "items/s", ours, theirs, "collect_seconds", "seconds"),
        _speed("listen without scoring: items a CPU second", "items/CPU s", ours, theirs, "collect_cpu", "cpu"),
        _speed(
            "listen, all match, without scoring: a CPU second", "items/CPU s", everything, theirs, "collect_cpu", "cpu"
        ),
        Row("listen: peak memory", round(peak, 1), "MB", PEER, round(peer_peak, 1), round(peak / peer_peak, 3)),
    ]


def run_of(side: str, addresses: Sequence[str], *more: str) -> Run:
    """The figures that a side prints, run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "feeds.json").write_text(json.dumps(addresses), encoding="utf-8")
        command = [sys.executable, "-m", f"tests.bench.{side}_side", folder, *more]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    answer: Run = json.loads(done.stdout.splitlines()[-1])
    return answer


def _speed(name: str, unit: str, ours: list[Run], theirs: list[Run], clock: str, peer_clock: str = "") -> Row:
    peer_clock = peer_clock or clock
    pairs = list(zip(ours, theirs, strict=True))
    ratio = statistics.median(_items_a(mine, clock) / _items_a(peer, peer_clock) for mine, peer in pairs)
    speed = statistics.median(_items_a(run, clock) for run in ours)
    peer_speed = statistics.median(_items_a(run, peer_clock) for run in theirs)
    return Row(name, round(speed, 1), unit, PEER, round(peer_speed, 1), round(ratio, 3))


def _items_a(run: Run, clock: str) -> float:
    return run["items"] / run[clock]


def _median(runs: list[Run], figure: str) -> float:
    return statistics.median(run[figure] for run in runs)
