"""What can go wrong with a PostgreSQL database, in sentences that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from bot.errors import StoreAway, StoreError
from bot.store.failures import BUSY_SECONDS

LOST = (
    "The connection to {path} was lost ({error}). What was being saved is not saved, unless its last word was just on "
    "its way; the next step connects again."
)

UNREACHED = (
    "{path} cannot be reached: {error}. See that the server runs, and that the setting 'database' names the right host, "
    "user, password and database."
)

SENTENCES = {
    "08": LOST,
    "0A000": "{path} was changed while Heard ran ({error}). Try again: what was prepared for it before is dropped now.",
    "25006": "{path} takes no writes: it is a standby, or was set read-only. See that 'database' names the primary.",
    "28": UNREACHED,
    "3D": UNREACHED,
    "42501": (
        "This user may not do that in {path}: {error}. Let it own the database, or a schema in it that it alone uses."
    ),
    "53100": "The disk of {path} is full; nothing of this step was saved. Free some space and run it again.",
    "53200": "The server of {path} is out of memory; nothing of this step was saved. Try again.",
    "53300": "{path} has no connection left. Raise max_connections, or run fewer workers.",
    "54": "{path} refused what is too large: {error}.",
    "55P03": (
        f"Another program has kept {{path}} locked for {BUSY_SECONDS} seconds. See pg_stat_activity for which one, then "
        "try again."
    ),
    "57014": "{path} was told to stop this step; nothing of it was saved. Try again.",
    "57P": LOST,
    "58": "The server of {path} failed to read or write: {error}. Look at its log and its disk.",
    "XX": "{path} says that it is damaged: {error}. Keep a copy, look at the server's log, restore the last backup.",
}
"""By the beginning of SQLSTATE; the longest that fits is said."""

AWAY = ("08", "25006", "53", "55P03", "57P", "58")
"""Beginnings of SQLSTATE of what strikes every step alike, until the server is back or somebody has made room."""

NO_CONNECTION_LEFT = ("too many clients", "too many connections", "connection slots are reserved")
"""What a server in English says to whoever comes when all its connections are taken."""

BUGS = (
    psycopg.IntegrityError,
    psycopg.ProgrammingError,
    psycopg.DataError,
    psycopg.NotSupportedError,
    psycopg.InterfaceError,
)
"""What only a mistake in Heard can cause; these are left to surface with their traceback."""


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turns what psycopg raises about the database called ``path`` into StoreError."""
    try:
        yield
    except psycopg.Error as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        kind = StoreAway if (error.sqlstate or AWAY[0]).startswith(AWAY) else StoreError
        raise kind(sentence.format(path=path, error=_first_line(error))) from error


@contextmanager
def connecting(path: str) -> Iterator[None]:
    """Turns what psycopg raises when there is no connection yet into StoreAway; libpq gives no SQLSTATE then."""
    try:
        yield
    except psycopg.OperationalError as error:
        taken = any(words in str(error) for words in NO_CONNECTION_LEFT)
        sentence = SENTENCES["53300"] if taken else UNREACHED
        raise StoreAway(sentence.format(path=path, error=_first_line(error))) from error


def _sentence(error: psycopg.Error) -> str | None:
    state = error.sqlstate or ""
    for length in (5, 3, 2):
        if len(state) == 5 and state[:length] in SENTENCES:  # noqa: PLR2004 the length of every SQLSTATE
            return SENTENCES[state[:length]]
    if isinstance(error, BUGS):
        return None
    return LOST if not state else "{path} cannot be used: {error}."


def _first_line(error: BaseException) -> str:
    """What was said, in one line."""
    return " ".join(str(error).split("\n", 1)[0].split()).rstrip(".")
