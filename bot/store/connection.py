"""One SQLite connection a thread, and the two kinds of transaction that every verb is written in.

Write-ahead logging lets readers go on while one writer writes. ``kill -9`` loses nothing that was committed at either
level of ``synchronous``, because the operating system holds the pages; only a power cut tells them apart. What can be
fetched or computed again (listening, scoring: the cursor is lost with its items) is written at NORMAL, which may lose
the last commits in a power cut but never damages the file. What the outside world was promised (outbox, offers) is
written at FULL: it is on the disk before the verb returns, with every commit before it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlite_utils import Database

from bot.errors import StoreError
from bot.store.failures import BUSY_SECONDS, SENTENCES, explained
from bot.store.session import Transactions
from bot.store.standing import Standing
from bot.store.values import to_json

MEMORY = ":memory:"


class SqliteSession(Database):
    """sqlite-utils' database, as verbs speak to it."""

    def executemany(self, sql: str, parameters: Iterable[Mapping[str, Any]]) -> sqlite3.Cursor:
        """Runs a statement once for each of these."""
        return self.conn.executemany(sql, parameters)

    def index_words(self, items: Sequence[int]) -> None:
        """One statement for all: FTS5 writes what it has gathered to a part of its own whenever a statement begins that
        could be taken back, and later merges those parts again and again (a trigger's each row by row).
        """
        self.execute(
            "INSERT INTO items_fts (rowid, text) SELECT id, text FROM items WHERE id IN (SELECT value FROM json_each(:items))",
            {"items": to_json(list(items))},
        )


class _Held:
    """A thread's connection; it is closed when the thread ends and its locals are dropped."""

    __slots__ = ("db",)

    def __init__(self, db: SqliteSession) -> None:
        self.db = db

    def __del__(self) -> None:
        self.db.close()


class Connections:
    """Opens a connection for each thread that asks. ``path`` is a file, or ``:memory:`` for one thread's tests.

    ``read_only``: whatever would write is refused.
    """

    def __init__(self, path: str, *, create: bool, read_only: bool = False) -> None:
        self.path = path
        self.search = "AND i.id IN (SELECT rowid FROM items_fts WHERE items_fts MATCH :search)"
        # Made absolute once: a thread that opens its connection later may find another working directory.
        self._file = path if path == MEMORY else os.path.abspath(path)  # noqa: PTH100 links are left alone
        self._create = create
        self._read_only = read_only
        self._owner = threading.get_ident()
        self._writer = threading.Lock()
        self._local = threading.local()
        self._standing = Standing(path, self._file)

    def database(self) -> SqliteSession:
        """The database of this thread. Raises StoreError when the file cannot be opened."""
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            held = self._local.held = _Held(self._open())
        return held.db

    @contextmanager
    def read(self) -> Iterator[SqliteSession]:
        """A transaction that sees one state of the database throughout, and waits for nobody."""
        with explained(self.path), self.database().atomic():
            yield self.database()

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[SqliteSession]:
        """A transaction that takes the write lock at once, so that what it reads stays true until it has written.

        ``durable``: survives a power cut from the moment this returns. Inside :meth:`together` it is a part of that.
        """
        if getattr(self._local, "together", False):
            with explained(self.path), _part_of(self.database()) as db:
                yield db
            return
        with self._turn(), explained(self.path):
            db = self.database()
            db.execute("PRAGMA synchronous = FULL" if durable else "PRAGMA synchronous = NORMAL")
            db.execute("BEGIN IMMEDIATE")
            try:
                if self.path != MEMORY:
                    self._standing.look(db)
                yield db
                db.commit()
            except BaseException:  # whatever ends it, Ctrl-C too, no half transaction stays; it goes on upwards
                db.rollback()
                raise

    @contextmanager
    def alone(self) -> Iterator[SqliteSession]:
        """The turn to write among this process's threads, no transaction: for what SQLite makes one of by itself."""
        with self._turn(), explained(self.path):
            yield self.database()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Makes one transaction, that survives a power cut, of all that this thread writes inside.

        Each write in it still stands or falls as a whole. Others wait to write until the end.
        """
        with self.write(durable=True):
            self._local.together = True
            try:
                yield
            finally:
                self._local.together = False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """The turn to write among the threads of this process.

        SQLite lets whoever waits sleep for longer and longer and look again; a lock wakes the next at once. Other
        processes are waited for in SQLite's way.
        """
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise StoreError(SENTENCES[sqlite3.SQLITE_LOCKED].format(path=self.path))
        try:
            yield
        finally:
            self._writer.release()

    def close(self) -> None:
        """Closes this thread's connection; the next verb of this thread would open another."""
        held: _Held | None = getattr(self._local, "held", None)
        if held is not None:
            held.db.close()
            del self._local.held

    def _open(self) -> SqliteSession:
        if self.path == MEMORY:
            if threading.get_ident() != self._owner:
                raise StoreError("A database in memory belongs to the thread that opened it.")
            address = MEMORY
        else:
            # Only the first connection may make the file: were it deleted later, an empty one must not replace it.
            mode = "ro" if self._read_only else "rwc" if self._create else "rw"
            if self._create:
                keep_private(self._file)
            self._create = False
            address = f"file://{quote(self._file)}?mode={mode}"
        with explained(self.path):
            db = self._connect_to_read(address) if self._read_only else _connect(address)
        self._standing.opened()
        return db

    def _connect_to_read(self, address: str) -> SqliteSession:
        """A connection that writes nothing.

        Where the folder cannot be written either, and nobody works on the file, SQLite cannot make the index that
        readers of its log share; then nobody can be writing, and the file is read as it lies.
        """
        db = _connect(address)
        try:
            db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            db.close()
            if not Path(self._file).is_file() or Path(f"{self._file}-wal").exists():
                raise
            db = _connect(f"{address}&immutable=1")
        db.execute("PRAGMA query_only = ON")
        return db


@contextmanager
def _part_of(db: SqliteSession) -> Iterator[SqliteSession]:
    """A part of a transaction, that leaves nothing when it fails. One name for all keeps the statements prepared."""
    db.execute("SAVEPOINT part")
    try:
        yield db
    except BaseException:  # whatever ends it, Ctrl-C too, no half part stays; it goes on upwards
        if db.conn.in_transaction:  # a full disk has ended it already
            db.execute("ROLLBACK TO part")
            db.execute("RELEASE part")
        raise
    db.execute("RELEASE part")


def _connect(address: str) -> SqliteSession:
    # Not bound to its thread, so that it can be closed after the thread has ended; it is used by no other.
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    db = SqliteSession(connection, execute_plugins=False)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not only let go
    return db


def keep_private(path: str | os.PathLike[str]) -> None:
    """Makes a file that is not there yet, for this user alone; the two that SQLite keeps beside it get the same rights.

    Where it cannot be made, SQLite says why when it opens it.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


class Base:
    """What the store's parts share: the connections."""

    def __init__(self, connections: Transactions) -> None:
        self._connections = connections
        self._read = connections.read
        self._write = connections.write
