"""The databases that a benchmark runs on, and what a piece of work takes of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.store.verbs import HeardStore
from tests.bench.archive import POSTGRES
from tests.support.postgres import start, stop
from tests.support.services import postgres_tool

ADDRESS = os.environ.get("HEARD_BENCH_POSTGRES", "")
"""An empty database on a server that runs already; otherwise one is started, where there are the programs for it."""
SETTINGS = ("shared_buffers=1GB", "max_wal_size=8GB", "maintenance_work_mem=512MB")
"""What the server that is started is told: a small machine's ordinary tuning; all else, ``fsync`` too, is its default."""
_SERVER = "SELECT pg_backend_pid() AS pid, inet_server_addr() = inet_client_addr() AS here"


class Spent(NamedTuple):
    """Seconds on the wall, and of processor: of this process and, on a PostgreSQL of this machine, of its backend."""

    wall: float
    processor: float


class Meter:
    """Tells what work on a store takes, done by this thread."""

    def __init__(self, store: HeardStore) -> None:
        self._backend: Path | None = None
        if store.path.startswith(POSTGRES):
            with store._read() as db:
                row = db.execute(_SERVER, {}).fetchone()
            stat = Path(f"/proc/{row['pid']}/stat")
            self._backend = stat if row["here"] and stat.exists() else None

    def __call__(self, work: Callable[[], object]) -> Spent:
        """Does it once."""
        began, used = time.perf_counter(), self._processor()
        work()
        return Spent(time.perf_counter() - began, self._processor() - used)

    def _processor(self) -> float:
        own = time.process_time()
        if self._backend is None:
            return own
        fields = self._backend.read_text(encoding="ascii").rpartition(")")[2].split()
        return own + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime of proc(5)


@contextmanager
def databases(*stores: str) -> Iterator[Iterator[tuple[str, str]]]:
    """Names and addresses of an empty database on each store; SQLite's address is empty. Without a server, SQLite alone."""
    server = None
    found = [("SQLite", "")] if "SQLite" in stores else []
    if "PostgreSQL" in stores and ADDRESS:
        found.append(("PostgreSQL", ADDRESS))
    elif "PostgreSQL" in stores:
        with suppress(pytest.skip.Exception):
            postgres_tool("initdb")
            server = start(*SETTINGS)
            server.tell("CREATE DATABASE growth TEMPLATE template0")
            found.append(("PostgreSQL", server.address("growth")))
    try:
        yield iter(found)
    finally:
        if server is not None:
            stop(server)
