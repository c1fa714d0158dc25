"""What growth costs: a new item, a digest, the alarm's look, memory and the start of ``heard run``, by size of the archive.

Archives of 10,000, 100,000 and 1,000,000 mentions, full text included, on SQLite and on PostgreSQL: on the empty database
of ``HEARD_BENCH_POSTGRES``, else on a server of its own where its programs are installed. Items are measured in processor
time, so that what else the machine does matters little, that of PostgreSQL's backend included where it is on this machine;
wall time is told beside. The peer of a larger archive is the smallest one in the same run. ``HEARD_BENCH_SIZES`` names
other sizes, ``HEARD_BENCH_STORES`` one store (``SQLite``, ``PostgreSQL``).
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from bot.wiring.tell.evidence import Wanted
from tests.bench.archive import REPORTS, Archive, archive
from tests.bench.digest import milliseconds
from tests.bench.row import Row
from tests.bench.servers import ADDRESS, Meter, Spent, databases
from tests.support.desk import HEARD

SIZES = tuple(map(int, os.environ.get("HEARD_BENCH_SIZES", "10000,100000,1000000").split(",")))
STORES = os.environ.get("HEARD_BENCH_STORES", "SQLite,PostgreSQL").split(",")
NEW = 100
"""Items that are new at a poll."""
WARM = 10
"""Polls before the measured ones. The posts are look-alikes, each of which is held against more of them from poll to poll
until the story index considers no more; measured before, that would look like a cost of the archive's size.
"""
BURST = 1_000
"""New items at the first poll of ``heard run``."""
PATIENCE = 120.0


class Figure(NamedTuple):
    """A figure of one archive."""

    name: str
    value: float
    unit: str


def rows(options: argparse.Namespace) -> list[Row]:
    """Every figure by store and size; the ratio is against the smallest archive of that store."""
    if ADDRESS and "PostgreSQL" in STORES and len(SIZES) > 1:
        raise SystemExit("HEARD_BENCH_POSTGRES is one empty database: name one size in HEARD_BENCH_SIZES")
    found: list[Row] = []
    for store in STORES:
        first: dict[str, float] = {}
        for size in SIZES:
            for one in _grown(store, size, max(1, options.runs)):
                peer = first.setdefault(one.name, one.value)
                is_first = size == SIZES[0]
                named = "" if is_first else f"{SIZES[0]:,} mentions"
                ratio = None if is_first or not peer else one.value / peer
                title = f"{store}, {size:,}: {one.name}"
                found.append(Row(title, one.value, one.unit, named, None if is_first else peer, ratio))
    return found


def _grown(store: str, size: int, runs: int) -> Iterator[Figure]:
    """The figures of one archive. Each size has a desk of its own: one that has collected for a while holds more posts of
    today that a new one is held against, whatever the archive's size.
    """
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    with databases(store) as there, tempfile.TemporaryDirectory() as folder:
        for _, database in there:
            with archive(Path(folder), yesterday, database, _free_port()) as grown:
                grown.grow(size, searched=True)
                yield from _items(grown, runs)
                for report in REPORTS:
                    spent = milliseconds(grown.desk(report), report, yesterday, runs)
                    yield Figure(f"digest for {report}", spent, "ms")
                for name, one in _read_again(grown, runs):
                    yield Figure(name, 1000 * one, "ms")
                yield from _process(grown, size)


def _items(grown: Archive, runs: int) -> Iterator[Figure]:
    """A new item's cost: fetched, matched and kept, and then scored, in polls of :data:`NEW`; :data:`WARM` warm up."""
    collected: list[Spent] = []
    scored: list[Spent] = []
    meter = Meter(grown.plain.store)
    for _ in range(WARM + runs):
        grown.publish(NEW)
        grown.clock.advance(timedelta(hours=1))
        collected.append(meter(lambda: collect(grown)))
        scored.append(meter(grown.plain.listening.score))
    grown.clock.set(grown.start + timedelta(days=1, hours=8))
    for name, spent in (("collect an item", collected), ("score an item", scored)):
        each = 1_000_000 / NEW
        yield Figure(name, each * median(one.processor for one in spent[WARM:]), "µs of processor")
        yield Figure(f"{name}, on the wall", each * median(one.wall for one in spent[WARM:]), "µs")


def collect(grown: Archive) -> None:
    """Fetches, matches and keeps what is new: :data:`NEW` items."""
    listening = grown.plain.listening
    new = sum(one.new for one in listening.collect(listening.due(only=("blogs",))))
    if new < NEW:
        raise RuntimeError(f"only {new} of {NEW} items were new")


def _read_again(grown: Archive, runs: int) -> Iterator[tuple[str, float]]:
    """Seconds of processor for what is read again and again, on the wall beside."""
    works = {
        "page of evidence": (grown.plain, lambda: grown.plain.evidence.list(Wanted(subject="crumb"))),
        "look of the alarm": (grown.aiming, lambda: grown.aiming.alarms.look()),  # noqa: PLW0108 read anew
    }
    for name, (heard, work) in works.items():
        meter = Meter(heard.store)
        spent = [meter(work) for _ in range(runs + 1)][1:]
        yield f"{name} (processor)", median(one.processor for one in spent)
        yield f"{name} (wall)", median(one.wall for one in spent)


def _process(grown: Archive, size: int) -> Iterator[Figure]:
    """``heard run`` as a process: how soon it answers and polls, and what memory it takes, at work and at rest.

    At work it reads a feed of new posts, scores them, and writes the digests that it owes of yesterday.
    """
    listening, store = grown.aiming.listening, grown.aiming.store
    grown.clock.set(grown.start + timedelta(hours=6))
    list(listening.collect(listening.due(only=("blogs",))))  # it was there yesterday, so that it owes digests
    grown.clock.set(datetime.now(UTC))
    grown.publish(BURST)
    written = grown.config.read_text(encoding="utf-8")
    config = grown.config.with_name("run.toml")
    config.write_text(
        re.sub(r'id = "(pr|community|executive)"', rf'id = "\1-{size}"\nat = "00:00"', written), encoding="utf-8"
    )
    address = "http://" + re.findall(r'listen = "(.+)"', written)[0]
    polls = _polls(grown)
    began = time.perf_counter()
    with subprocess.Popen([HEARD, "--config", str(config), "run"], stderr=subprocess.DEVNULL) as process:
        try:
            yield Figure("start: first page", _when(lambda: _answers(address), process) - began, "s")
            yield Figure("start: first poll", _when(lambda: _polls(grown) > polls, process) - began, "s")
            _when(lambda: store.last_digest(f"executive-{size}") is not None, process)
            time.sleep(5)
            yield Figure("memory at work, peak", _memory(process.pid, "VmHWM"), "MB")
            yield Figure("memory at rest", _memory(process.pid, "VmRSS"), "MB")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=PATIENCE)


def _when(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> float:
    end = time.perf_counter() + PATIENCE
    while not happened():
        if process.poll() is not None or time.perf_counter() > end:
            raise RuntimeError("heard run did not get as far")
        time.sleep(0.02)
    return time.perf_counter()


def _answers(address: str) -> bool:
    with suppress(URLError, OSError), urlopen(f"{address}/sign-in", timeout=5) as reply:  # noqa: S310 on loopback
        return bool(reply.status)
    return False


def _polls(grown: Archive) -> int:
    """How many polls have ended by now."""
    found = grown.aiming.store.polls(grown.start, datetime.now(UTC) + timedelta(days=1))
    return sum(number for number, *_ in found.values())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _memory(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(rf"{name}:\s+(\d+)", status)[0]) / 1024
