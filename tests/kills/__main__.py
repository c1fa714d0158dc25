"""``make kills``: kill -9 at random moments of the whole pipeline, on both stores, a thousand times.

Each store has worlds one after the other, each from the making of its database on; the two stores work side by side. Ends
with 1 where something was lost, doubled or came back; the same ``--seed`` draws the same worlds and plans again.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.kills.running import run

STORES = ("sqlite", "postgres")


def main() -> int:
    """Kills, and tells what came of it."""
    told = argparse.ArgumentParser(prog="make kills", description=__doc__)
    told.add_argument("--kills", type=int, default=1000, help="how often, over the stores together")
    told.add_argument(
        "--database", help="one store: sqlite, postgres (a server is started), or the address of an empty one"
    )
    told.add_argument("--seed", default=secrets.token_hex(4), help="what moments are drawn from")
    told.add_argument("--json", action="store_true", help="the summary as JSON")
    options = told.parse_args()
    if options.database:
        summaries = [_here(options.database, options.kills, options.seed)]
    else:
        with ThreadPoolExecutor(len(STORES)) as pool:
            share = -(-options.kills // len(STORES))
            summaries = list(pool.map(lambda store: _in_a_process(store, share, options.seed), STORES))
    if options.json:
        print(json.dumps(summaries, indent=2))
    else:
        for summary in summaries:
            _show(summary)
    return int(any(summary["lost_or_doubled"] for summary in summaries))


def _here(database: str, kills: int, seed: str) -> Mapping[str, Any]:
    def tell(store: str, done: int) -> None:
        if done % 25 == 0 or done == kills:
            print(f"{store}: {done} of {kills} kills", file=sys.stderr, flush=True)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever stops it is told what was found so far
    try:
        return run(database, kills, seed, tell).as_json()
    except pytest.skip.Exception as skipped:
        sys.exit(f"{database}: {skipped}")


def _in_a_process(store: str, kills: int, seed: str) -> Mapping[str, Any]:
    """Of a process of its own, so that neither store waits for the other's checks."""
    words = ("--database", store, "--kills", str(kills), "--seed", seed, "--json")
    done = subprocess.run([sys.executable, "-m", "tests.kills", *words], stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        sys.exit(f"{store}: ended with {done.returncode}")
    return json.loads(done.stdout)[0]


def _show(summary: Mapping[str, Any]) -> None:
    print(f"\n{summary['store']}: {summary['kills']} kills in {summary['seconds']:.0f} s, seed {summary['seed']}")
    for name, label in (
        ("stages", "killed in"),
        ("ways", "killed by"),
        ("faults", "server"),
        ("checks", "looked at"),
        ("counts", "there were"),
    ):
        if summary[name]:
            print(f"  {label:11}" + ", ".join(f"{what} {number:,}" for what, number in summary[name].items()))
    print("  lost or doubled: " + (summary["broken"] or "0"))


if __name__ == "__main__":
    sys.exit(main())
