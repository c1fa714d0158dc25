"""A whole archive moved to another database, row by row, killed at any moment and gone on with.

Both databases are read and written through the few verbs of :class:`Side` and :class:`Target`, so that both directions
are one piece of work. Each table goes over in the order of its key, in chunks; a chunk and the mark of how far it came
are one transaction in the target. Indexes, references, triggers and the search come when all rows are there, in one
last transaction, and only if both sides hold the same then: until that is done the target is no database that Heard
would open.

Whatever one installation alone has goes along (``keeping``: salt and secrets), so that pseudonyms, hashes, sessions and
codes go on to work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b, sha256
from typing import Any, Protocol

from bot.errors import StoreError
from bot.store.migrations import STEPS
from bot.store.postgres.schema import Schema, Table, schema_after

ROWS = 2_000
"""Rows of a chunk."""
CHARACTERS = 2**23
"""Characters of texts after which a chunk ends earlier: what is held in memory at a time."""
WHOSE = "source"
"""The mark under which a half copy keeps what it is a copy of; no table is called so."""
KINDS: Mapping[str, type] = {"text": str, "bigint": int, "double": float}
"""What a column's values are, by the first word of its type."""

Told = Callable[[int], None]
Values = tuple[Any, ...]


class Side(Protocol):
    """A database that nobody else writes meanwhile, as it was at one moment."""

    @property
    def path(self) -> str:
        """What it is called where people read it; without a password."""
        ...

    def rows(self, sql: str, values: Mapping[str, Any]) -> Iterator[Values]:
        """What a question finds, as it comes, never all at once in memory."""
        ...


class Target(Side, Protocol):
    """A database that is being made."""

    def marks(self) -> Mapping[str, str] | None:
        """How far a half copy came; None where nothing is there yet. Raises StoreError where something else is."""
        ...

    def begin(self, schema: Schema, whose: str) -> None:
        """Makes the bare tables, and notes what it is to be a copy of. Anything half done goes first."""
        ...

    def put(self, table: str, columns: Sequence[str], rows: Iterable[Values], mark: str) -> None:
        """Adds rows and notes how far that is, both or neither."""
        ...

    def finish(self, schema: Schema) -> None:
        """Makes what holds the tables together, and the target a database like any other."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """How much a table holds, and a checksum of its rows that does not depend on their order."""

    rows: int
    checksum: str


@dataclass(frozen=True)
class Copying:
    """A copy from one database to the other, in three acts: :meth:`carry`, :meth:`compare`, :meth:`finish`."""

    source: Side
    target: Target

    @cached_property
    def schema(self) -> Schema:
        """What both sides look like in the end."""
        return schema_after(len(STEPS))

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Rows of each table of the source."""
        return {name: int(self._one(f'SELECT COUNT(*) FROM "{name}"')) for name in self.schema.tables}  # noqa: S608 names of our own

    @property
    def total(self) -> int:
        """Rows of the source."""
        return sum(self.counts.values())

    def half(self) -> bool:
        """Whether the target is a half copy of this source.

        Raises StoreError where it holds anything else.
        """
        marks = self.target.marks()
        if marks is None:
            return False
        if marks.get(WHOSE) != self._whose:
            raise StoreError(
                f"{self.target.path} is a half copy of another database, or was begun by another version. Take it away, "
                "or begin it anew with --anew."
            )
        return True

    def carry(self, tell: Told, *, anew: bool = False) -> None:
        """Brings over what is not there yet. ``tell`` hears how many rows are."""
        if anew or not self.half():
            self.target.begin(self.schema, self._whose)
        marks = self.target.marks() or {}
        done = 0
        for name, table in self.schema.tables.items():
            after = json.loads(marks[name]) if name in marks else None
            if after is not None:
                done += self._number(self.target, name)
                tell(done)
            for chunk in _chunks(_checked(name, table, self._rows(self.source, name, table, after))):
                self.target.put(name, tuple(table.columns), chunk, json.dumps(_key(table, chunk[-1])))
                done += len(chunk)
                tell(done)

    def compare(self, tell: Told) -> Mapping[str, Held]:
        """Reads both sides through, and raises StoreError naming each table that differs; ``tell`` hears rows read."""
        read, held, wrong = 0, {}, []
        for name, table in self.schema.tables.items():
            ours = held[name] = self._held(self.source, name, table)
            theirs = self._held(self.target, name, table)
            if ours.rows != theirs.rows:
                wrong.append(f"{name} ({ours.rows:,} rows here, {theirs.rows:,} there)")
            elif ours != theirs:
                wrong.append(f"{name} (as many rows, not the same)")
            read += ours.rows
            tell(read)
        if wrong:
            raise StoreError(
                f"{self.target.path} does not hold what {self.source.path} holds: {', '.join(wrong)}. Was the source used "
                "since the copy was begun? Nothing uses the copy yet; copy once more with --anew."
            )
        return held

    def finish(self) -> None:
        """Makes the target a database like any other; after :meth:`compare` alone."""
        self.target.finish(self.schema)

    @cached_property
    def _whose(self) -> str:
        """Which installation's archive this is, of which schema; nobody learns its salt from that."""
        salt = self._one("SELECT value FROM keeping WHERE name = 'salt'")
        return sha256(f"{salt} {' '.join(STEPS)}".encode()).hexdigest()

    def _one(self, sql: str) -> Any:
        (row,) = self.source.rows(sql, {})
        return row[0]

    def _number(self, side: Side, name: str) -> int:
        (row,) = side.rows(f'SELECT COUNT(*) FROM "{name}"', {})  # noqa: S608 names of our own
        return int(row[0])

    def _held(self, side: Side, name: str, table: Table) -> Held:
        number = total = 0
        for row in self._rows(side, name, table, None):
            said = repr([_as_postgres(value) for value in row]).encode("utf-8", "surrogatepass")
            total += int.from_bytes(blake2b(said, digest_size=16).digest())
            number += 1
        return Held(number, f"{total % 2**128:032x}")

    @staticmethod
    def _rows(side: Side, name: str, table: Table, after: Sequence[Any] | None) -> Iterator[Values]:
        columns, key = _list(table.columns), _list(table.key)
        start = "" if after is None else f"WHERE ({key}) > ({', '.join(f':k{at}' for at in range(len(after)))})"
        values = {f"k{at}": value for at, value in enumerate(after or ())}
        return side.rows(f'SELECT {columns} FROM "{name}" {start} ORDER BY {key}', values)  # noqa: S608 names of our own


def _checked(name: str, table: Table, rows: Iterable[Values]) -> Iterator[Values]:
    """The rows, each value of its column's kind. SQLite would take any in any column."""
    kinds = tuple((column.name, KINDS[column.type.split()[0]]) for column in table.columns.values())
    for row in rows:
        for value, (column, kind) in zip(row, kinds, strict=True):
            if value is not None and type(value) is not kind:
                raise StoreError(
                    f"{name}.{column} holds {type(value).__name__} where {kind.__name__} belongs, in the row "
                    f"{_key(table, row)}. The database is damaged: see heard db check."
                )
        yield row


def _chunks(rows: Iterable[Values]) -> Iterator[list[Values]]:
    chunk: list[Values] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += sum(len(value) for value in row if type(value) is str)
        if len(chunk) == ROWS or size > CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _key(table: Table, row: Values) -> list[Any]:
    places = {name: place for place, name in enumerate(table.columns)}
    return [row[places[name]] for name in table.key]


def _as_postgres(value: Any) -> Any:
    """A value as both databases hold it: PostgreSQL's texts hold no NUL, SQLite's numbers no minus zero."""
    if type(value) is str:
        return value.replace("\0", "\ufffd")
    return value + 0.0 if type(value) is float else value


def _list(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
