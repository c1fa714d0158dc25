"""Databases that are there at once: made once a process, then copied."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path

from bot.clock import ManualClock
from bot.model.keeping import Erasure
from bot.stewardship.forgetting import reapply
from bot.store.connection import MEMORY, Connections
from bot.store.sqlite import SqliteStore, open_store
from tests.support.samples import NOON


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="heard-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    open_store(folder / "heard.db").close()
    return folder / "heard.db"


def empty_database(folder: Path) -> Path:
    """The path of an empty database of the newest schema in ``folder``, or of the one that is there.

    All of them share one salt.
    """
    path = folder / "heard.db"
    if not path.exists():
        shutil.copy(_made(), path)
    return path


def the_search_fits(path: Path) -> bool:
    """Whether the full-text index holds just the words of the texts; raises sqlite3.DatabaseError where it does not."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO items_fts (items_fts, rank) VALUES ('integrity-check', 1)")
    return True


def store_in_memory() -> SqliteStore:
    """An empty store of the newest schema in memory, of the thread that asks; all of them share one salt."""
    connections = Connections(MEMORY, create=True)
    with closing(sqlite3.connect(_made())) as made:
        made.backup(connections.database().conn)
    return SqliteStore(connections)


def again(store: SqliteStore, newer: Sequence[Erasure]) -> int:
    """Erases in a restored database what was erased since its backup, as the command does."""
    return reapply(store, newer, ManualClock(NOON)).items
