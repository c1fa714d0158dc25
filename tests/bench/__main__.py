"""``make bench``: what Heard does, measured, beside a peer where there is one; prints a table, writes bench.json.

Each benchmark is a module with ``rows(options)``; ``--only NAME`` runs it alone. Figures are for one machine and one
run: only the ratios, taken within it, can be compared with another's.
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path

from tests.bench.row import Row

BENCHES = (
    "listen",
    "parsing",
    "thousand",
    "matching",
    "stories",
    "scoring",
    "digest",
    "growth",
    "ledger",
    "redemptions",
)
ASKED = ("millions",)
"""Run only when they are named: an hour, and 40 GB."""


def main() -> None:
    """Runs the benchmarks and reports."""
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--only", action="append", choices=BENCHES + ASKED, help="run this one (may be repeated)")
    options.add_argument("--runs", type=int, default=5, help="counted runs of each side, after one warm-up")
    options.add_argument("--feeds", type=int, default=0, help="how many recorded feeds (0: all)")
    chosen = options.parse_args()
    measured: list[Row] = []
    for name in chosen.only or BENCHES:
        print(f"\n{name}: {(import_module(f'tests.bench.{name}').__doc__ or '').partition(chr(10))[0]}", flush=True)
        rows = [Row(*row) for row in import_module(f"tests.bench.{name}").rows(chosen)]
        _show(rows)
        measured += rows
    Path("bench.json").write_text(json.dumps([row._asdict() for row in measured], indent=2) + "\n", encoding="utf-8")
    print("\nwritten: bench.json")


def _show(rows: list[Row]) -> None:
    print(f"  {'':46}{'heard':>11}{'peer':>11}{'ratio':>8}")
    for row in rows:
        beside = "" if row.peer_value is None else f"{row.peer_value:,.4g}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        print(
            f"  {row.name:46}{row.value:>11,.5g}{beside:>11}{ratio:>8}  {row.unit}{f', peer: {row.peer}' * bool(row.peer)}"
        )


if __name__ == "__main__":
    main()
