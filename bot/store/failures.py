"""What can go wrong with a database file, in sentences that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import StoreAway, StoreError

BUSY_SECONDS = 30
"""How long a write waits for another writer before it gives up."""

PRIMARY_CODE = 0xFF
"""SQLite's extended result codes carry the primary code in their lowest byte."""

SENTENCES = {
    sqlite3.SQLITE_FULL: (
        "The disk that holds {path} is full; nothing of this step was saved. Free some space and run it again."
    ),
    sqlite3.SQLITE_BUSY: (
        f"Another process has kept {{path}} locked for {BUSY_SECONDS} seconds. See which programs have it open, then try again."
    ),
    sqlite3.SQLITE_LOCKED: "{path} is locked by another part of this process. Try again.",
    sqlite3.SQLITE_READONLY: (
        "{path} or its folder is read-only. Give this user the right to write to both (SQLite keeps two files beside it)."
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "{path} cannot be opened. See that its folder exists and that this user may write there."
    ),
    sqlite3.SQLITE_NOTADB: "{path} is not a SQLite database. See that the setting 'database' names the right file.",
    sqlite3.SQLITE_CORRUPT: (
        "{path} is damaged. Stop Heard, keep a copy of the file, and restore the last backup (heard db backup makes them)."
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk that holds {path} failed to read or write; nothing of this step was saved. Check the disk and its free space."
    ),
    sqlite3.SQLITE_PERM: "This user may not open {path}. Check the rights of the file and its folder.",
    sqlite3.SQLITE_NOMEM: "There was not enough memory to work on {path}; nothing of this step was saved.",
    sqlite3.SQLITE_TOOBIG: "A text is too large for {path}; nothing of this step was saved.",
}

AWAY = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
}
"""What strikes every step alike until somebody has made room or let go."""

BUGS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.NotSupportedError)
"""What only a mistake in Heard can cause; these are left to surface with their traceback."""


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turns what SQLite raises about the file at ``path`` into StoreError."""
    try:
        yield
    except BUGS:
        raise
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE
        sentence = SENTENCES.get(code, "{path} cannot be used: {error}.")
        kind = StoreAway if code in AWAY else StoreError
        raise kind(sentence.format(path=path, error=error)) from error
