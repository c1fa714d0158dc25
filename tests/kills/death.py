"""How a process counts its own statements and commits, says how far it is, and ends itself at one of them.

The stores are the real ones on the real connections; these only look on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg

from bot.store import connection as on_sqlite
from bot.store.opening import POSTGRES
from bot.store.postgres import connections as on_postgres
from bot.store.postgres.store import PostgresStore
from bot.store.sqlite import SqliteStore
from bot.store.verbs import HeardStore


@dataclass(frozen=True)
class Mark:
    """How far a process was: in which stage, with how many statements and commits, inside of a transaction or not."""

    stage: str
    statements: int = 0
    commits: int = 0
    writing: int = 0

    @classmethod
    def left_in(cls, file: Path) -> Self:
        """The last mark that a process left."""
        stage, *numbers = file.read_text().split()
        return cls(stage, *map(int, numbers))


class Death:
    """Ends this process before its ``statement``-th statement or right after its ``commit``-th commit; 0: never."""

    def __init__(self, marks: Path, *, statement: int = 0, commit: int = 0) -> None:
        self._marks = os.open(marks, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._statement, self._commit = statement, commit
        self._stage, self._statements, self._commits, self._writing = "start", 0, 0, 0
        self._note()

    def enter(self, stage: str) -> None:
        """Another stage begins."""
        self._stage = stage
        self._note()

    def statement(self, *_told: object) -> None:
        """A statement is about to be run."""
        self._statements += 1
        self._note()
        if self._statements == self._statement:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that writes; where it does not fail, it is committed at the end."""
        self._writing += 1
        try:
            yield
        finally:
            self._writing -= 1
        self._commits += 1
        self._note()
        if self._commits == self._commit:
            os.kill(os.getpid(), signal.SIGKILL)

    def _note(self) -> None:
        told = f"{self._stage} {self._statements} {self._commits} {self._writing}"
        os.pwrite(self._marks, told.ljust(60).encode(), 0)


def watched(address: str, death: Death) -> HeardStore:
    """The store of a database that is there and of the newest schema, every statement of which ``death`` sees."""
    if address.startswith(POSTGRES):
        return PostgresStore(_OnPostgres(address, death))
    return SqliteStore(_OnSqlite(address.removeprefix("sqlite:///"), death))


class _OnSqlite(on_sqlite.Connections):
    def __init__(self, path: str, death: Death) -> None:
        super().__init__(path, create=False)
        self._death = death

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[on_sqlite.SqliteSession]:
        with self._death.writing(), super().write(durable=durable) as db:
            yield db

    def _open(self) -> on_sqlite.SqliteSession:
        db = super()._open()
        db.conn.set_trace_callback(self._death.statement)
        return db


class _OnPostgres(on_postgres.Connections):
    def __init__(self, address: str, death: Death) -> None:
        super().__init__(address)
        self._death = death

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[on_postgres.PostgresSession]:
        with self._death.writing(), super().write(durable=durable) as db:
            yield db

    def _connect(self) -> on_postgres.Connection:
        connection, death = super()._connect(), self._death

        class Cursor(psycopg.Cursor[Any]):
            def execute(self, *told: Any, **how: Any) -> Self:
                death.statement()
                return super().execute(*told, **how)

            def executemany(self, *told: Any, **how: Any) -> None:
                death.statement()
                super().executemany(*told, **how)

        connection.cursor_factory = Cursor
        return connection
