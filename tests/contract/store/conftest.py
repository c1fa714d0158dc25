"""The stores that the contract holds for; a further implementation is a further line in ``DATABASES``."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bot.ports import Store
from bot.store.opening import open_store
from tests.support import postgres
from tests.support.database import empty_database

REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError)
"""What a database raises at a change that it was told to forbid."""

OpenStore = Callable[[], Store]


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield str(empty_database(folder))


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    yield postgres.emptied_postgres()


DATABASES = {"sqlite": _sqlite, "postgres": _postgres}
MARKED = [pytest.param("postgres", marks=pytest.mark.postgres), "sqlite"]


@pytest.fixture(params=MARKED)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    with DATABASES[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def open_again(address: str) -> OpenStore:
    """Opens the same database once more, as another program would."""
    return lambda: open_store(address)


@pytest.fixture
def store(open_again: OpenStore) -> Iterator[Store]:
    opened = open_again()
    yield opened
    opened.close()
