"""The SQLite store: opening a database safely, bringing its schema up to date, and its care."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from sqlite_utils import Database

from bot.errors import StoreError
from bot.store.budget import Budgeting
from bot.store.connection import MEMORY, Connections, keep_private
from bot.store.failures import PRIMARY_CODE, explained
from bot.store.figures import Figures
from bot.store.learned import Learning
from bot.store.ledger import Ledger
from bot.store.listen import Listening
from bot.store.migrations import APPLICATION_ID, STEPS, TABLES, migrations
from bot.store.notices import Notices
from bot.store.outbox import Outbox
from bot.store.relevance import Judging
from bot.store.review import Reviewing
from bot.store.score import Scoring

SCHEME = "sqlite:///"
OLDEST_SQLITE = (3, 35, 0)
"""The first release that knows RETURNING."""
SWITCHES = 50
"""How often the switch to write-ahead logging is tried while other programs do the same."""


class SqliteStore(Listening, Budgeting, Notices, Scoring, Figures, Judging, Learning, Reviewing, Outbox, Ledger):
    """Every verb of the ports on one SQLite file; each thread has its own connection."""

    @property
    def path(self) -> str:
        """The database file, as it was given."""
        return self._connections.path

    def schema_version(self) -> int:
        """How many migrations the database has taken."""
        with self._read() as db:
            return len(migrations.applied(db))

    def salt(self) -> bytes:
        """The random bytes that this database hashes customer references with; made once, with the database."""
        with self._read() as db:
            return bytes.fromhex(str(db.table("keeping").get("salt")["value"]))

    def counts(self) -> Mapping[str, int]:
        """Rows of each table."""
        with self._read() as db:
            return {name: db.table(name).count for name in TABLES}

    def integrity_check(self) -> tuple[str, ...]:
        """What is wrong with the file, one sentence each; empty when all is well."""
        with explained(self.path):
            db = self._connections.database()
            pages = [str(row[0]) for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
            orphans = [
                f"a row of {row['table']} refers to a row of {row['parent']} that is not there"
                for row in db.execute("PRAGMA foreign_key_check")
            ]
        return (*pages, *orphans)

    def backup(self, path: str | Path) -> None:
        """Copies the whole database to a new file while others go on using it.

        Raises StoreError when the file exists or cannot be written. It appears under its name only when complete.
        """
        target, part = Path(path), Path(f"{path}.part")
        if target.exists():
            raise StoreError(f"{target} exists already; name a new file for the backup.")
        try:
            with explained(str(target)):
                part.unlink(missing_ok=True)
                keep_private(part)
                copy = sqlite3.connect(part)
                try:
                    self._connections.database().conn.backup(copy)
                finally:
                    copy.close()
            part.rename(target)
        except OSError as error:
            raise StoreError(f"{target} cannot be written: {error}.") from error
        finally:
            part.unlink(missing_ok=True)

    def close(self) -> None:
        """Closes this thread's connection; those of other threads are closed as the threads end."""
        self._connections.close()


def open_store(url_or_path: str | Path, *, migrate: bool = True, read_only: bool = False) -> SqliteStore:
    """Opens ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or a plain path; ``:memory:`` is for tests.

    ``migrate`` makes a new database and brings an older one up to date; ``read_only`` never does, nor writes anything
    else. Raises StoreError when the file is not
    Heard's, is newer than this program, or cannot be used; it is then left as it was.
    """
    path = _path_of(str(url_or_path))
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(f"Python's SQLite is {sqlite3.sqlite_version}; Heard needs 3.35 or newer.")
    migrate = migrate and not read_only
    connections = Connections(path, create=migrate, read_only=read_only)
    try:
        with explained(path):
            db = connections.database()
            with db.atomic():  # one view of the file, even while another program is making it
                _refuse_strangers(db, path)
            if migrate:
                _log_ahead(db)
                _migrate(connections)
            else:
                _refuse_older(db, path)
    except StoreError:
        connections.close()
        raise
    return SqliteStore(connections)


def _path_of(address: str) -> str:
    if address.startswith(SCHEME):
        address = address.removeprefix(SCHEME)
    elif "://" in address:
        scheme = address.partition("://")[0]
        raise StoreError(f"A database of the kind '{scheme}' is not supported; write sqlite:///heard.db.")
    if not address:
        raise StoreError("The setting 'database' names no file; write sqlite:///heard.db.")
    return address if address == MEMORY else str(Path(address).expanduser())


def _refuse_strangers(db: Database, path: str) -> None:
    """Raises StoreError, before anything is written, for a file of another program or of a newer Heard."""
    (mark,) = db.execute("PRAGMA application_id").fetchone()
    if mark != APPLICATION_ID and (mark or db.table_names()):
        raise StoreError(f"{path} belongs to another program; see that the setting 'database' names the right file.")
    taken = [step.name for step in migrations.applied(db)]
    if not set(taken) <= set(STEPS):
        raise StoreError(
            f"{path} has schema {len(taken)} ({taken[-1]}); this Heard knows up to {len(STEPS)} ({STEPS[-1]}). "
            "A newer Heard has used it: install that version again, or restore a backup that was made before."
        )


def _refuse_older(db: Database, path: str) -> None:
    taken = len(migrations.applied(db))
    if taken < len(STEPS):
        raise StoreError(f"{path} has schema {taken}, this Heard needs {len(STEPS)}: run heard db upgrade.")


def _log_ahead(db: Database) -> None:
    """Switches write-ahead logging on, however many programs do so at once.

    The switch needs the file alone and, unlike every other statement, does not wait for it: it answers SQLITE_BUSY at
    once. So a transaction that does wait goes before the next try.
    """
    for left in reversed(range(SWITCHES)):
        try:
            db.enable_wal()
        except sqlite3.OperationalError as error:
            if left == 0 or error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
            db.execute("BEGIN EXCLUSIVE")
            db.rollback()
        else:
            return


def _migrate(connections: Connections) -> None:
    """Takes the steps that are missing, each in a transaction of its own; two programs at once take each step once."""
    db = connections.database()
    while migrations.pending(db):
        with connections.write(durable=True):
            pending = [step.name for step in migrations.pending(db)]
            if pending:
                migrations.apply(db, stop_before=pending[1:])
