"""2,000 feeds on 200 hosts: a round in which none has changed, one in which 400 have, and one with a slow host among them.

The feeds are made up, twenty entries each, and served on loopback addresses; a host is asked for one feed at a time. In
the rounds with latency each answer takes 50 ms, as on the internet. The slow host's feed drips in over 20 seconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.bench.feeds import Shelf, serve
from tests.bench.row import Row

FEEDS, HOSTS, CHANGED = 2_000, 200, 400
WORKERS = (4, 16)
LATENCY = 0.05
SLOW = "/0.xml"
Figures = Mapping[str, float]


def rows(options: argparse.Namespace) -> list[Row]:
    """Times, requests a second and memory, by the number of workers."""
    del options
    rows: list[Row] = []
    for workers in WORKERS:
        paths = [f"/{number}.xml" for number in range(FEEDS)]
        first = Shelf({path: _feed(path, "1") for path in paths}, tags=dict.fromkeys(paths, "1"))
        second = _with_changes(first, paths[:CHANGED])
        with serve(first) as server, _heard(server.port, workers) as a_round:
            a_round()
            unchanged = a_round()
            server.put(second)
            changed = a_round()
            server.put(replace(second, latency=LATENCY))
            waiting = a_round()
            rows += _rows(workers, unchanged, changed, waiting)
            server.put(replace(second, slow=frozenset({SLOW})))
            slow = a_round()
            rows += [
                Row(f"a slow host, {workers} workers: all others", round(slow["all_but_one"], 2), "s"),
                Row(f"a slow host, {workers} workers: the round", round(slow["seconds"], 2), "s"),
            ]
    return rows


def _rows(workers: int, unchanged: Figures, changed: Figures, waiting: Figures) -> Iterator[Row]:
    with_workers = f"{workers} worker{'s' * (workers > 1)}"
    for name, figures in ((f"{FEEDS:,} unchanged", unchanged), (f"{CHANGED} of {FEEDS:,} changed", changed)):
        yield Row(f"{name}, {with_workers}", round(figures["seconds"], 2), "s")
        yield Row(f"{name}, {with_workers}: requests", round(figures["polls"] / figures["seconds"]), "requests/s")
        yield Row(f"{name}, {with_workers}: CPU a feed", round(1000 * figures["cpu"] / figures["polls"], 3), "ms")
    yield Row(f"{FEEDS:,} unchanged, 50 ms away, {with_workers}", round(waiting["seconds"], 2), "s")
    yield Row(f"{FEEDS:,} feeds, {with_workers}: peak memory", round(waiting["peak_mb"], 1), "MB")


class _Round:
    """Asks the running side for one more round."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self) -> Figures:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        figures: Figures = json.loads(self._process.stdout.readline())
        print("  ", {name: round(value, 2) for name, value in figures.items()}, file=sys.stderr, flush=True)
        assert (figures["polls"], figures["failed"]) == (FEEDS, 0)
        return figures


@contextmanager
def _heard(port: int, workers: int) -> Iterator[_Round]:
    with tempfile.TemporaryDirectory() as folder:
        feeds = [f"http://127.0.{1 + number % HOSTS if number else 0}.1:{port}/{number}.xml" for number in range(FEEDS)]
        Path(folder, "feeds.json").write_text(json.dumps(feeds), encoding="utf-8")
        command = [sys.executable, "-m", "tests.bench.thousand_side", folder, str(workers)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            yield _Round(process)


def _with_changes(shelf: Shelf, changed: list[str]) -> Shelf:
    bodies = {path: _feed(path, "2") if path in changed else body for path, body in shelf.bodies.items()}
    return Shelf(bodies, tags=shelf.tags | dict.fromkeys(changed, "2"))


def _feed(path: str, version: str) -> bytes:
    """Twenty entries; in a later version the first one is new."""
    entries = "".join(
        f"<item><title>News {number} of {path}</title><link>https://{number}.example{path}</link>"
        f"<guid>{path}#{number}{version if number == 0 else ''}</guid>"
        f"<pubDate>Tue, 03 Feb 2026 {number:02}:00:00 GMT</pubDate>"
        f"<description>&lt;p&gt;Some words about nothing much, {number} of them.&lt;/p&gt;</description></item>"
        for number in range(20)
    )
    return f"<rss version='2.0'><channel><title>Feed {path}</title>{entries}</channel></rss>".encode()
