"""A SQLite file as the one or the other side of a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.errors import StoreError
from bot.files import fresh_file, sync_folder
from bot.store.failures import explained
from bot.store.migrations import APPLICATION_ID, STEPS, migrations
from bot.store.moving.backup import steps_taken
from bot.store.moving.copying import WHOSE, Values
from bot.store.moving.restore import COMPANIONS, alone
from bot.store.postgres.schema import Schema

MARKS = "CREATE TABLE heard_copying (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
MARK = "INSERT INTO heard_copying (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
LATER = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
SEARCHED = "items_fts"
BATCH = 1_000


class SqliteSource:
    """A file that this process alone has open, as it is."""

    def __init__(self, db: sqlite3.Connection, path: str) -> None:
        self._db = db
        self.path = path

    def rows(self, sql: str, values: Mapping[str, Any]) -> Iterator[Values]:
        """What a question finds, as it comes."""
        with explained(self.path):
            cursor = self._db.execute(sql, values)
            while batch := cursor.fetchmany(BATCH):
                yield from batch


@contextmanager
def sqlite_source(file: Path) -> Iterator[SqliteSource]:
    """Raises StoreError while another process has the file open, and when it is no database of this Heard's schema."""
    if not file.is_file():
        raise StoreError(f"{file}: there is no database yet, so there is nothing to copy.")
    with explained(str(file)), alone(file, "copy") as db:
        if db is None or db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise StoreError(f"{file} is no database of Heard; see that the setting 'database' names the right file.")
        if steps_taken(db) != STEPS:
            raise StoreError(f"{file} is not at the schema of this Heard: run heard db upgrade, then copy.")
        yield SqliteSource(db, str(file))


class SqliteTarget:
    """A file that is made beside the name that it gets in the end."""

    def __init__(self, file: Path, held: ExitStack) -> None:
        self.path = str(file)
        self._file, self._part, self._held = file, file.with_name(f"{file.name}.copying"), held
        self._open: sqlite3.Connection | None = None

    @property
    def _db(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = self._held.enter_context(alone(self._part, "copy"))
        if self._open is None:
            raise StoreError(f"{self._part} is damaged. Remove it and copy once more.")
        return self._open

    def marks(self) -> Mapping[str, str] | None:
        """How far a half copy came. Raises StoreError where the file is there."""
        if self._file.exists():
            raise StoreError(f"{self._file} exists already; a copy never overwrites. Name another file.")
        if not self._part.exists() or not self._part.stat().st_size:
            return None
        with explained(str(self._part)):
            there = self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'heard_copying'").fetchone()
            return dict(self._db.execute("SELECT name, value FROM heard_copying")) if there else None

    def begin(self, schema: Schema, whose: str) -> None:
        """Makes the bare tables by the steps that make every file."""
        del schema
        self._held.close()
        self._open = None
        try:
            for name in ("", *COMPANIONS):
                Path(f"{self._part}{name}").unlink(missing_ok=True)
            fresh_file(self._part).close()
        except OSError as error:
            raise StoreError(f"{self._part} cannot be made: {error.strerror or error}.") from error
        with explained(str(self._part)):
            migrations.apply(Database(self._db, execute_plugins=False))
            self._db.execute("BEGIN")
            for kind, name, _, _ in self._db.execute(LATER).fetchall():
                self._db.execute(f'DROP {kind} "{name}"')
            self._db.execute("DELETE FROM keeping")
            self._db.execute(MARKS)
            self._db.execute(MARK, (WHOSE, whose))
            self._db.execute("COMMIT")

    def rows(self, sql: str, values: Mapping[str, Any]) -> Iterator[Values]:
        """What a question finds, as it comes."""
        return SqliteSource(self._db, self.path).rows(sql, values)

    def put(self, table: str, columns: Sequence[str], rows: Iterable[Values], mark: str) -> None:
        """Adds rows and notes how far that is."""
        names, places = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        with self._transaction() as db:
            db.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)  # noqa: S608 names of our own
            db.execute(MARK, (table, mark))

    def finish(self, schema: Schema) -> None:
        """Makes indexes, triggers and the search, looks at every reference, and gives the file its name."""
        del schema
        with self._transaction() as db:
            for sql in _later():
                db.execute(sql)
            db.execute(f"INSERT INTO {SEARCHED} ({SEARCHED}) VALUES ('rebuild')")  # noqa: S608 a name of our own
            orphan = db.execute("PRAGMA foreign_key_check").fetchone()
            if orphan is not None:
                raise StoreError(f"a row of {orphan[0]} refers to a row of {orphan[2]} that is not there.")
            db.execute("DROP TABLE heard_copying")
        self._held.close()
        self._open = None
        self._part.replace(self._file)
        sync_folder(self._file.parent)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with explained(str(self._part)):
            self._db.execute("BEGIN")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:  # whatever ends it, no half chunk stays; it goes on upwards
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise


@contextmanager
def sqlite_target(file: Path) -> Iterator[SqliteTarget]:
    """A file that is to be made, or was half made before."""
    with ExitStack() as held:
        yield SqliteTarget(file, held)


def _later() -> tuple[str, ...]:
    """What makes indexes and triggers, in the order in which the steps do."""
    with closing(Database(memory=True, execute_plugins=False)) as made:
        migrations.apply(made)
        return tuple(str(row[3]) for row in made.execute(f"{LATER} ORDER BY rowid"))
