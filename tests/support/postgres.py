"""One PostgreSQL server a test process, started when first asked for, and databases on it that are there at once.

Its locale is not C on purpose: what rests on the order of texts must not rest on the database's own.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

from bot.store.migrations import TABLES
from bot.store.postgres.store import open_postgres
from tests.support.services import postgres_tool

USER = "heard"
TEMPLATE = "heard_template"
_PUT_OUT = b"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
SET LOCAL session_replication_role = replica
"""
_COUNT_ANEW = b"SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
_QUICK = ("fsync=off", "max_connections=200", "shared_buffers=32MB")
_numbers = count(1)


@dataclass(frozen=True)
class Server:
    """A running server; everybody who reaches it is its owner."""

    folder: Path
    port: int
    owner: str | None
    settings: tuple[str, ...] = _QUICK

    def address(self, database: str) -> str:
        """The address of a database on it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def tell(self, command: str) -> None:
        """Runs a command outside of any transaction."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(command.encode())

    def control(self, *words: str) -> None:
        """Runs ``pg_ctl``: start, stop, restart."""
        options = ("listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}", *self.settings)
        listed = "".join(f" -c {option}" for option in options)
        started = ("-o", f"-p {self.port}{listed}") if "stop" not in words else ()
        self._run(
            "pg_ctl", "-w", "-s", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), *started, *words
        )

    def make(self) -> None:
        """Makes its files."""
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", USER, "-E", "UTF8", "--no-sync", "--auth=trust",
            "--locale-provider=icu", "--icu-locale=en", "--locale=C.UTF-8",
        )  # fmt: skip

    def _run(self, tool: str, *words: str) -> None:
        done = subprocess.run(
            [postgres_tool(tool), *words], capture_output=True, text=True, user=self.owner, cwd=self.folder, check=False
        )
        if done.returncode:
            log = self.folder / "log"
            pytest.fail(f"{tool} failed: {done.stderr or done.stdout}{log.read_text() if log.exists() else ''}")


@cache
def server() -> Server:
    """The server of this process; skips the test where there is no PostgreSQL."""
    postgres_tool("initdb")
    made = start()
    atexit.register(stop, made)
    return made


def start(*settings: str) -> Server:
    """Starts another server, with these settings instead of those that make tests quick."""
    owner = _unprivileged() if os.geteuid() == 0 else None  # it refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="heard-pg-"))
    if owner is not None:
        shutil.chown(folder, owner)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = Server(folder, port, owner, settings or _QUICK)
    made.make()
    made.control("start")
    return made


def stop(one: Server) -> None:
    """Stops a server and removes its files."""
    one.control("stop", "-m", "immediate")
    shutil.rmtree(one.folder, ignore_errors=True)


@cache
def _template() -> str:
    server().tell(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    open_postgres(server().address(TEMPLATE)).close()
    return TEMPLATE


def blank_database() -> str:
    """The address of a new database without anything in it."""
    name = f"blank_{next(_numbers)}"
    server().tell(f"CREATE DATABASE {name} TEMPLATE template0")
    return server().address(name)


def empty_postgres() -> str:
    """The address of a new database of the newest schema; all of them share one salt."""
    name = f"heard_{next(_numbers)}"
    server().tell(f"CREATE DATABASE {name} TEMPLATE {_template()} STRATEGY file_copy")
    return server().address(name)


def drop(address: str) -> None:
    """Removes a database, whoever is still connected."""
    server().tell(f"DROP DATABASE IF EXISTS {address.rpartition('/')[2]} WITH (FORCE)")


@cache
def _shared() -> str:
    return empty_postgres()


def emptied_postgres() -> str:
    """The address of the one database that this process's tests share, emptied of what the test before left in it.

    Quicker by far than a database each. Whoever is still connected is put out; triggers and references are asleep meanwhile.
    """
    address = _shared()
    with psycopg.connect(address) as connection:
        connection.execute(_PUT_OUT)
        held = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in TABLES)  # noqa: S608 names of our own
        for (name,) in connection.execute(held.encode()).fetchall():
            connection.execute(f"DELETE FROM {name}".encode())  # noqa: S608 the same
        connection.execute(_COUNT_ANEW)
    return address


def _unprivileged() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.fail("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'")
