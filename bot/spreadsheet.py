"""Cells for a CSV file that is safe to open in a spreadsheet.

A cell that begins with ``=``, ``+``, ``-``, ``@``, tab or carriage return may be run as a formula (OWASP, "CSV
Injection"); an apostrophe before it makes it text. Where people write decimal commas, spreadsheets part a file's cells
at semicolons, whatever stands in quotation marks: so does what follows one inside a text. Numbers are ours and stay
numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # spreadsheets read full-width signs alike

_LATER = re.compile(rf"([;\t\r\n])(?=[ \"]*[{re.escape(''.join(_STARTS))}])")
"""What may come out as the end of a cell, before what must not begin one."""

Cell = str | int | float | Decimal | datetime | None
"""What a cell may hold; None is an empty one."""


def safe_cell(value: Cell) -> str:
    """A cell's text; what somebody else wrote is never a formula, NUL characters go, an empty cell is unknown."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        return str(value)
    text = _LATER.sub(r"\1'", value.replace("\0", ""))
    return f"'{text}" if text.lstrip(" ").startswith(_STARTS) else text


def safe_rows(rows: Iterable[Sequence[Cell]]) -> Iterator[list[str]]:
    """Each row with its cells made safe, for :func:`csv.writer`."""
    for row in rows:
        yield [safe_cell(value) for value in row]
