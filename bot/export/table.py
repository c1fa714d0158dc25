"""What a writer is given: typed columns with what they mean, and rows as they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Value = str | int | float | bool | Decimal | datetime | date | None
"""What a cell may hold; None is unknown, never 0 or empty. Times are aware UTC."""

Row = Sequence[Value]


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    ADDRESS = "address"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    FLAG = "true or false"
    TIME = "time"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``name`` for programs, ``means`` for the data dictionary; ``width`` is in characters on a sheet."""

    name: str
    kind: Kind
    means: str
    width: int = 14

    @property
    def heading(self) -> str:
        """The name as people read it."""
        return self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with their columns; ``rows`` may be read once. ``name`` is for files, ``title`` for sheets."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
