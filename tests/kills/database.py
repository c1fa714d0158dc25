"""The databases of the worlds: a new one, or one of an older schema, on either store; and how a server is harmed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import psycopg
from sqlite_utils import Database

from bot.store.migrations import APPLICATION_ID, STEPS, migrations
from bot.store.opening import POSTGRES
from bot.store.postgres import store as postgres_store
from bot.store.postgres.connections import Connections
from bot.store.postgres.functions import FUNCTIONS, SEARCH
from bot.store.postgres.schema import Schema, changes, schema_after
from tests.support import postgres

ENDED, CRASHED = "connections ended", "server crashed"
FAULTS = {ENDED: 0.035, CRASHED: 0.012}
"""What happens to a server, and in which share of the rounds."""
OLDEST = 19
"""The oldest schema that a world begins with."""
_END = b"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Ground(Protocol):
    """Where a world's database lies."""

    address: str
    faults: tuple[str, ...]

    def harm(self, fault: str) -> None:
        """Does that to the server."""
        ...


@dataclass(frozen=True)
class File:
    """A SQLite file in a folder."""

    address: str
    faults: tuple[str, ...] = ()

    def harm(self, fault: str) -> None:
        raise AssertionError(fault)


@dataclass(frozen=True)
class Schemas:
    """A schema of a PostgreSQL database. ``server`` is one of our own, which may be stopped."""

    address: str
    base: str
    server: postgres.Server | None

    @property
    def faults(self) -> tuple[str, ...]:
        return (ENDED, CRASHED) if self.server else (ENDED,)

    def harm(self, fault: str) -> None:
        if fault == CRASHED and self.server:
            self.server.control("stop", "-m", "immediate")
            self.server.control("start")
            return
        with psycopg.connect(self.base, autocommit=True) as connection:
            connection.execute(_END)


class Grounds:
    """Makes grounds, one a world: files, or schemas of one database on a server."""

    def __init__(self, database: str) -> None:
        """``database``: ``sqlite``, ``postgres`` (a server of our own is started), or the address of an empty one."""
        self.name = "sqlite" if database == "sqlite" else "postgres"
        self._server = postgres.server() if database == "postgres" else None
        self._base = database if database.startswith(POSTGRES) else ""
        if self._server:
            self._base = postgres.blank_database()
        self._numbers = count(1)

    @contextmanager
    def new(self, folder: Path, rng: random.Random) -> Iterator[Ground]:
        """A new world's; every other one has a database of an older schema already."""
        older = rng.randrange(OLDEST, len(STEPS)) if rng.random() < 0.5 else 0
        if not self._base:
            path = folder / "heard.db"
            if older:
                _older_file(path, older)
            yield File(f"sqlite:///{path}")
            return
        name = f"kills_{next(self._numbers)}"
        with psycopg.connect(self._base, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}".encode())
        mark = "&" if "?" in self._base else "?"
        address = f"{self._base}{mark}options={quote(f'-csearch_path={name}')}"
        if older:
            _older_schema(address, older)
        yield Schemas(address, self._base, self._server)
        with psycopg.connect(self._base, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


def _older_file(path: Path, steps: int) -> None:
    with closing(Database(path, execute_plugins=False)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(db, stop_before=STEPS[steps])
        db.conn.commit()
        db.enable_wal()


def _older_schema(address: str, steps: int) -> None:
    """As an older Heard would have left it: see :func:`bot.store.postgres.store._migrate`."""
    connections, old = Connections(address), schema_after(steps)
    with connections.write(durable=True) as db:
        schema = str(db.execute(postgres_store.SERVER).fetchone()["schema"])
        for part in (FUNCTIONS, SEARCH):
            db.tell(part.replace("{schema}", schema))
        db.tell(postgres_store.MARK)
        for statement in changes(Schema(), old):
            db.tell(statement)
        for name, value in old.kept.items():
            db.execute(postgres_store.KEEP, {"name": name, "value": value})
        for step in STEPS[:steps]:
            db.execute(postgres_store.TAKE, {"name": step})
    connections.close()
