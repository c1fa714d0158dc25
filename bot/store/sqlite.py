"""The SQLite store: opening a database safely, bringing its schema up to date, and its care."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlite_utils import Database

from bot.errors import StoreError
from bot.files import fresh_file
from bot.store.connection import MEMORY, Connections
from bot.store.erasure.settling import settle
from bot.store.failures import PRIMARY_CODE, explained
from bot.store.migrations import APPLICATION_ID, STEPS, migrations
from bot.store.verbs import HeardStore

SCHEME = "sqlite:///"
OLDEST_SQLITE = (3, 35, 0)
"""The first release that knows RETURNING."""
SWITCHES = 50
"""How often the switch to write-ahead logging is tried while other programs do the same."""


class SqliteStore(HeardStore):
    """Every verb of the ports on one SQLite file; each thread has its own connection."""

    def __init__(self, connections: Connections) -> None:
        super().__init__(connections)
        self._file = connections

    def schema_version(self) -> int:
        """How many migrations the database has taken."""
        with self._file.read() as db:
            return len(migrations.applied(db))

    def size(self) -> int | None:
        """Bytes of the file and of the log beside it; None for a database in memory."""
        parts = [Path(f"{self.path}{end}") for end in ("", "-wal", "-shm")]
        return sum(part.stat().st_size for part in parts if part.exists()) or None

    def integrity_check(self) -> tuple[str, ...]:
        """What is wrong with the file, one sentence each; empty when all is well."""
        with explained(self.path):
            db = self._file.database()
            pages = [str(row[0]) for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
            orphans = [
                f"a row of {row['table']} refers to a row of {row['parent']} that is not there"
                for row in db.execute("PRAGMA foreign_key_check")
            ]
        return (*pages, *orphans) or self.miscounted()

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
                fresh_file(part).close()
                copy = sqlite3.connect(part)
                try:
                    self._file.database().conn.backup(copy)
                finally:
                    copy.close()
            part.rename(target)
        except OSError as error:
            raise StoreError(f"{target} cannot be written: {error}.") from error
        finally:
            part.unlink(missing_ok=True)

    def settle_erasure(self, stop: Callable[[], bool] = lambda: False, *, rewrite: bool = False) -> bool:
        """Removes what erasures left in index, log and, with ``rewrite``, unused space; False: call it again."""
        return settle(self._file, stop, rewrite=rewrite)

    @contextmanager
    def apart(self) -> Iterator[SqliteStore]:
        """A copy of the file, which is removed at the end."""
        with TemporaryDirectory(prefix="heard-") as folder:
            copy = Path(folder, "copy.db")
            self.backup(copy)
            store = open_store(copy)
            try:
                yield store
            finally:
                store.close()


def open_store(
    url_or_path: str | Path,
    *,
    migrate: bool = True,
    read_only: bool = False,
    before: Callable[[str], object] | None = None,
) -> SqliteStore:
    """Opens ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or a plain path; ``:memory:`` is for tests.

    ``migrate`` makes a new database and brings an older one up to date; ``read_only`` never does, nor writes anything
    else. ``before`` is called with the name of the first step that an older database is to take, while nobody else
    writes; what it raises leaves the database as it was. Raises StoreError when the file is not Heard's, is newer than
    this program, or cannot be used; it is then left as it was.
    """
    path = path_of(str(url_or_path))
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
                _migrate(connections, before)
            else:
                _refuse_older(db, path)
    except StoreError:
        connections.close()
        raise
    return SqliteStore(connections)


def path_of(address: str) -> str:
    """The file that an address names, or ``:memory:``. Raises StoreError for an address of another kind, or of none."""
    if address.startswith(SCHEME):
        address = address.removeprefix(SCHEME)
    elif "://" in address:
        scheme = address.partition("://")[0]
        raise StoreError(
            f"A database of the kind '{scheme}' is not supported; write sqlite:///heard.db, or postgresql://user@host/name."
        )
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


def _migrate(connections: Connections, before: Callable[[str], object] | None) -> None:
    """Takes the steps that are missing, each in a transaction of its own; two programs at once take each step once."""
    db = connections.database()
    if before is not None and migrations.pending(db) and migrations.applied(db):
        with connections.write():  # whoever else would migrate waits, and then finds it done
            if missing := migrations.pending(db):
                before(missing[0].name)
    while migrations.pending(db):
        with connections.write(durable=True):
            pending = [step.name for step in migrations.pending(db)]
            if pending:
                migrations.apply(db, stop_before=pending[1:])
