"""A copy between two databases by their addresses, on whichever databases those name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bot.errors import StoreError
from bot.store.connection import MEMORY
from bot.store.moving.copying import Copying, Side, Target
from bot.store.moving.copying_sqlite import sqlite_source, sqlite_target
from bot.store.opening import POSTGRES, needs_driver
from bot.store.sqlite import path_of


@contextmanager
def copying(source: str, target: str) -> Iterator[Copying]:
    """Both databases, held so that nobody else uses them until the end. Nothing is written yet.

    Raises StoreError where one of them is in use, is not what it should be, or cannot be reached.
    """
    with _source(source) as read, _target(target) as written:
        yield Copying(read, written)


def _source(address: str) -> AbstractContextManager[Side]:
    if not address.startswith(POSTGRES):
        return sqlite_source(_file(address))
    with needs_driver():
        from bot.store.postgres.copying import postgres_source  # noqa: PLC0415 psycopg is an extra
    return postgres_source(address)


def _target(address: str) -> AbstractContextManager[Target]:
    if not address.startswith(POSTGRES):
        return sqlite_target(_file(address))
    with needs_driver():
        from bot.store.postgres.copying import postgres_target  # noqa: PLC0415 psycopg is an extra
    return postgres_target(address)


def _file(address: str) -> Path:
    path = path_of(address)
    if path == MEMORY:
        raise StoreError("A database in memory is nothing to copy from or to.")
    return Path(path)
