"""What an erasure leaves behind in a SQLite file, and how it goes: index, log and unused space.

``secure_delete`` overwrites what is erased from a table at once. Three places stay: the full-text index keeps the words
of a changed row until the parts that it is made of are merged; the write-ahead log keeps pages as they were before; and
a page that was once split keeps, in its unused space, copies of rows that moved. The first two go within seconds and
without holding anybody up, the last when the file is written anew, which holds writers up while it lasts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from bot.store.connection import Connections
from bot.store.failures import BUSY_SECONDS, explained

MERGED_PAGES = 16
"""Pages of the index that one transaction merges: some milliseconds, so that nobody waits."""
PATIENCE = 1
"""Seconds that those who read the log are waited for: SQLite lets nobody write meanwhile."""


def settle(connections: Connections, stop: Callable[[], bool], *, rewrite: bool) -> bool:
    """Merges the index, writes the file anew if asked to, and cuts the log off; whether nothing was in the way.

    False: asked to stop, or somebody reads what the log still holds; then it is to be called again.
    """
    if not _merge_index(connections, stop):
        return False
    if rewrite:
        with connections.alone() as db:
            db.execute("VACUUM")
    return _cut_log_off(connections)


def _cut_log_off(connections: Connections) -> bool:
    db = connections.database()
    with explained(connections.path):
        db.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
        try:
            row = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            db.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    return not row[0]


def _merge_index(connections: Connections, stop: Callable[[], bool]) -> bool:
    """Merges all parts of the full-text index into one, a few pages at a time: words of rows gone go with it."""
    pages = -MERGED_PAGES  # below nothing: all levels become one first
    while not stop():
        with connections.write() as db:
            connection: sqlite3.Connection = db.conn
            before = connection.total_changes
            db.execute("INSERT INTO items_fts (items_fts, rank) VALUES ('merge', :pages)", {"pages": pages})
            if connection.total_changes - before < 2:  # noqa: PLR2004 as SQLite's manual says: nothing was left to merge
                return True
        pages = MERGED_PAGES
    return False
