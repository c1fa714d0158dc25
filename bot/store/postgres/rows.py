"""Rows as verbs read them, and values as both databases hold them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from psycopg import Cursor, adapters
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types.numeric import FloatDumper, Int8Dumper
from psycopg.types.string import StrDumper


class PostgresRow:
    """One row, its columns by name or by place. Of columns with the same name the first is meant, as in SQLite."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: Sequence[Any]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, key: Any) -> Any:
        return self._values[self._places[key] if isinstance(key, str) else key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"PostgresRow({ {name: self[name] for name in self._places}!r})"

    def keys(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self._places)


def rows_by_name(cursor: Cursor[Any]) -> Callable[[Sequence[Any]], PostgresRow]:
    """How psycopg makes rows of this cursor's result."""
    result = cursor.pgresult
    places = _places(tuple(map(result.fname, range(result.nfields)))) if result else {}
    return lambda values: PostgresRow(places, values)


@lru_cache(maxsize=1024)
def _places(names: tuple[bytes | None, ...]) -> Mapping[str, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault((name or b"").decode(), place)
    return places


class _Text(StrDumper):
    """Texts; PostgreSQL's hold no NUL, so that what is asked for with one is not there, and no error."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd"))


class _Integer(Int8Dumper):
    """Integers, and truths as 0 and 1: always 64 bits, so that one statement is prepared once."""

    def dump(self, obj: Any) -> Buffer | None:
        number = int(obj)
        if not -(2**63) <= number < 2**63:
            raise OverflowError(f"{number} does not fit 64 bits")
        return super().dump(number)


class _Float(FloatDumper):
    """Floats; what is no number is unknown, as SQLite has it."""

    def dump(self, obj: float) -> Buffer | None:
        return None if math.isnan(obj) else super().dump(obj)


class _Number(Loader):
    """A sum of integers is an integer here too; PostgreSQL counts it in its exact decimals."""

    def load(self, data: Buffer) -> int | float:
        number = Decimal(bytes(data).decode())
        return int(number) if number == number.to_integral_value() else float(number)


def _adapters() -> AdaptersMap:
    made = AdaptersMap(adapters)
    made.register_dumper(str, _Text)  # a text is a text, so that a parameter's type never has to be guessed
    made.register_dumper(int, _Integer)
    made.register_dumper(bool, _Integer)
    made.register_dumper(float, _Float)
    made.register_loader("numeric", _Number)
    return made


ADAPTERS = _adapters()
