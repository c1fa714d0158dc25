"""What a workbook is made of: tables, and sheets of facts that are read from above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.export.table import Table, Value


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a sheet of facts: a label and what is to be said; without a value it is a heading."""

    label: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Facts:
    """A sheet that is read from above, as a page is; ``lines`` is asked for when the tables are written."""

    name: str
    title: str
    lines: Callable[[], tuple[Fact, ...]]


Sheet = Table | Facts
