"""Opening a store by its address, on whichever database that names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import StoreError
from bot.store.sqlite import open_store as open_sqlite
from bot.store.verbs import HeardStore

POSTGRES = ("postgresql://", "postgres://")


def open_store(
    address: str | Path,
    *,
    migrate: bool = True,
    read_only: bool = False,
    before: Callable[[str], object] | None = None,
) -> HeardStore:
    """Opens ``sqlite:///heard.db`` (see :func:`bot.store.sqlite.open_store`) or ``postgresql://user@host/name``.

    ``migrate`` makes the schema and brings an older one up to date; ``read_only`` never does, nor writes anything else.
    ``before`` is called ahead of the first step that an older SQLite file is to take.
    Raises StoreError when the database is not Heard's, is newer than this program, or cannot be used.
    """
    if not str(address).startswith(POSTGRES):
        return open_sqlite(address, migrate=migrate, read_only=read_only, before=before)
    with needs_driver():
        from bot.store.postgres.store import open_postgres  # noqa: PLC0415 psycopg is an extra
    return open_postgres(str(address), migrate=migrate, read_only=read_only)


@contextmanager
def needs_driver() -> Iterator[None]:
    """Raises StoreError, saying what to install, where psycopg is not there or finds no libpq."""
    try:
        yield
    except ImportError as error:
        raise StoreError(
            f"PostgreSQL needs a driver that is not installed ({error}): pip install 'heard[postgres]'."
        ) from error
