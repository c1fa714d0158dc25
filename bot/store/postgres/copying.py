"""A PostgreSQL schema as the one or the other side of a copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import psycopg

from bot.errors import StoreError
from bot.store.migrations import APPLICATION_ID, STEPS
from bot.store.moving.copying import WHOSE, Values
from bot.store.postgres.connections import Connections
from bot.store.postgres.failures import explained
from bot.store.postgres.schema import Schema, changes
from bot.store.postgres.settling import unsampled
from bot.store.postgres.statement import in_psycopg
from bot.store.postgres.store import MARK as STEPS_TABLE
from bot.store.postgres.store import TAKE, THERE, bring_up_to_date, make_functions, refuse_server

MARKS = 'CREATE TABLE heard_copying (name text COLLATE "C" PRIMARY KEY, value text NOT NULL)'
MARK = """
INSERT INTO heard_copying (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
ALONE = f"SELECT pg_try_advisory_lock({APPLICATION_ID}, hashtext(current_schema())) AS alone"
"""The writers' turn, kept for as long as the connection is there: nobody else writes until then."""
OTHERS = """
SELECT COUNT(*) AS number FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = 'heard' AND pid <> pg_backend_pid()
"""


class PostgresSource:
    """A schema as it was at one moment, that nobody writes meanwhile."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.path = connections.path

    def rows(self, sql: str, values: Mapping[str, Any]) -> Iterator[Values]:
        """What a question finds, as it comes."""
        with self._connections.read() as db, db.connection.cursor() as cursor:
            yield from map(tuple, cursor.stream(in_psycopg(sql), values))


class PostgresTarget(PostgresSource):
    """A schema that is being made."""

    def marks(self) -> Mapping[str, str] | None:
        """How far a half copy came. Raises StoreError where the schema holds anything else."""
        with self._connections.read() as db:
            there = {row["name"] for row in db.execute(THERE)}
            if "heard_copying" in there:
                return {row["name"]: row["value"] for row in db.execute("SELECT name, value FROM heard_copying")}
        if there:
            whose = "a database of Heard" if "heard_steps" in there else "tables of another program"
            raise StoreError(
                f"{self.path} holds {whose} already; a copy never overwrites. Name an empty database (createdb), or a schema "
                "of its own."
            )
        return None

    def begin(self, schema: Schema, whose: str) -> None:
        """Makes the bare tables, after taking away those of a half copy."""
        half = self.marks() is not None
        with self._connections.write() as db:
            if half:
                names = ", ".join(f'"{name}"' for name in (*schema.tables, "heard_copying"))
                db.tell(f"DROP TABLE IF EXISTS {names} CASCADE")
            make_functions(db)
            for statement in changes(Schema(), _bare(schema)):
                db.tell(statement)
            db.tell(MARKS)
            db.execute(MARK, {"name": WHOSE, "value": whose})

    def put(self, table: str, columns: Sequence[str], rows: Iterable[Values], mark: str) -> None:
        """Adds rows in PostgreSQL's quickest way, and notes how far that is."""
        names = ", ".join(f'"{name}"' for name in columns)
        with self._connections.write() as db:
            with db.connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN'.encode()) as out:
                for row in rows:
                    out.write_row(row)
            db.execute(MARK, {"name": table, "value": mark})

    def finish(self, schema: Schema) -> None:
        """Makes references, indexes, triggers and the search, and moves every counter on; one transaction."""
        with self._connections.write(durable=True) as db:
            db.tell(
                "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on"
            )  # references are held to whole tables
            try:
                for statement in (*changes(_bare(schema), schema), *unsampled(schema)):
                    db.tell(statement)
            except psycopg.errors.ForeignKeyViolation as error:
                raise StoreError(f"{self.path}: a row refers to another that is not there ({error}).") from error
            for name, table in schema.tables.items():
                for column in (one.name for one in table.columns.values() if one.is_counter):
                    db.tell(
                        f"""SELECT setval(pg_get_serial_sequence('"{name}"', '{column}'), MAX("{column}")) FROM "{name}" """  # noqa: S608 names of our own
                        f'HAVING MAX("{column}") > 0'
                    )
            db.tell(STEPS_TABLE)
            for step in STEPS:
                db.execute(TAKE, {"name": step})
            db.tell("DROP TABLE heard_copying")
        self._connections.outside("ANALYZE")


@contextmanager
def postgres_source(address: str, *, held: bool = True) -> Iterator[PostgresSource]:
    """One snapshot of a schema. Raises StoreError when it is not this Heard's, and while others use it, if ``held``."""
    connections = Connections(address, read_only=True)
    with alone(connections) if held else closing(connections):
        bring_up_to_date(connections, migrate=False)
        with connections.read():
            yield PostgresSource(connections)


@contextmanager
def postgres_target(address: str) -> Iterator[PostgresTarget]:
    """Raises StoreError while others use the schema."""
    connections = Connections(address)
    with alone(connections):
        with connections.read() as db:
            refuse_server(db, connections.path)
        yield PostgresTarget(connections)


@contextmanager
def alone(connections: Connections, then: str = "copy") -> Iterator[None]:
    """No other uses the schema, nor writes it until the end. Raises StoreError while one does; closes at the end."""
    try:
        with connections.read() as db:
            others = db.execute(OTHERS).fetchone()["number"]
            is_alone = not others and db.execute(ALONE).fetchone()["alone"]
        if not is_alone:
            raise StoreError(
                f"{connections.path} is in use by another process (heard run, worker, web, or a command that is still "
                f"running). Stop it, then {then}. Nothing was changed."
            )
        with explained(connections.path):
            yield
    finally:
        connections.close()


def _bare(schema: Schema) -> Schema:
    """The tables with their keys alone."""
    return Schema({name: replace(table, references=frozenset()) for name, table in schema.tables.items()})
