"""``make bench``: the listening path beside a peer on the same feeds, in the same run; prints a table, writes bench.json.

The recorded feeds are served on loopback. Heard fetches, parses, matches, scores and stores; lemon24/reader fetches,
parses and stores (it neither matches nor scores). Each run is a process of its own with a fresh database file, the two
in turn; the figure is the median. Items a second count the entries that were read: by the wall clock, and by the CPU
time of the process, which other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.feeds import serve_feeds
from tests.support.shared import shared_root

PEERS = ("heard", "reader")


def main() -> None:
    """Runs the benchmark and reports."""
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--runs", type=int, default=5, help="counted runs of each side, after one warm-up")
    options.add_argument("--feeds", type=int, default=0, help="how many feeds (0: all)")
    chosen = options.parse_args()
    folder = shared_root() / "corpus" / "feeds" / "captures"
    if not folder.is_dir():
        sys.exit("The recorded feeds are absent (set HEARD_SHARED to the folder that holds corpus/): nothing measured.")
    files = sorted(folder.iterdir())[: chosen.feeds or None]
    results: dict[str, list[dict[str, float]]] = {name: [] for name in PEERS}
    with serve_feeds(files) as addresses:
        for turn in range(chosen.runs + 1):
            for name in PEERS:
                result = _run(name, addresses)
                note = "warm-up" if turn == 0 else f"run {turn}"
                speeds = f"{_rate(result, 'seconds'):8.0f} items/s {_rate(result, 'cpu'):8.0f} items/CPU s"
                print(f"{note:8} {name:7} {speeds}", file=sys.stderr, flush=True)
                if turn:
                    results[name].append(result)
    _report(results, len(files))


def _run(name: str, addresses: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "feeds.json").write_text(json.dumps(addresses), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{name}_side", folder], check=True, capture_output=True, text=True
        )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _rate(run: dict[str, float], clock: str) -> float:
    return run["items"] / run[clock]


def _report(results: dict[str, list[dict[str, float]]], feeds: int) -> None:
    ours, theirs = results["heard"], results["reader"]

    def median(side: list[dict[str, float]], figure: str) -> float:
        return statistics.median(run[figure] for run in side)

    rows = []
    spreads = []
    for name, clock, unit in (
        ("listen: items a second", "seconds", "items/s"),
        ("listen: items a CPU second", "cpu", "items/CPU s"),
    ):
        ratios = [_rate(mine, clock) / _rate(peer, clock) for mine, peer in zip(ours, theirs, strict=True)]
        speed, peer_speed = (statistics.median(_rate(run, clock) for run in side) for side in (ours, theirs))
        rows.append((name, speed, unit, "reader update", peer_speed, statistics.median(ratios)))
        spreads.append(f"{min(ratios):.2f}–{max(ratios):.2f}")
    peak, peer_peak = median(ours, "peak_mb"), median(theirs, "peak_mb")
    rows.append(("listen: peak memory", peak, "MB", "reader update", peer_peak, peak / peer_peak))
    spreads.append("")
    print(f"{feeds} feeds, {median(ours, 'items'):.0f} items (reader: {median(theirs, 'items'):.0f}), "
          f"{median(ours, 'mentions'):.0f} mentions matched and scored, {len(ours)} runs each, medians")  # fmt: skip
    print(f"{'':27}{'heard':>10}{'reader':>10}{'ratio':>8}{'range':>14}")
    for (name, value, unit, _, peer_value, ratio), spread in zip(rows, spreads, strict=True):
        print(f"{name:27}{value:>10.0f}{peer_value:>10.0f}{ratio:>8.2f}{spread:>14}  {unit}")
    print("where Heard's CPU time goes:", ", ".join(
        f"{part} {median(ours, f'share_{part}'):.0%}" for part in ("collect", "score")
    ))  # fmt: skip
    keys = ("name", "value", "unit", "peer", "peer_value", "ratio")
    report = [
        dict(zip(keys, (row[0], round(row[1], 2), row[2], row[3], round(row[4], 2), round(row[5], 3)), strict=True))
        for row in rows
    ]
    Path("bench.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print("written: bench.json")


if __name__ == "__main__":
    main()
