"""CSV and JSON Lines: a line a row."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

from bot.export.table import Kind, Row, Table, Value
from bot.spreadsheet import Cell, safe_rows

Tell = Callable[[int], None]
"""Is told how many rows are written."""


def write_csv(table: Table, file: IO[str], tell: Tell) -> None:
    """A header of names and the rows: RFC 4180, safe to open in a spreadsheet (:mod:`bot.spreadsheet`).

    ``file`` is open as ``utf-8-sig`` with ``newline=""``. Unknown is an empty cell; times are RFC 3339, UTC.
    """
    writer = csv.writer(file)
    writer.writerow([column.name for column in table.columns])
    writer.writerows(safe_rows([_cell(value) for value in row] for row in counted(table.rows, tell)))


def write_jsonl(table: Table, file: IO[str], tell: Tell) -> None:
    """An object a line: names as keys, unknown as null, money as text, never a NaN."""
    names = [column.name for column in table.columns]
    for row in counted(table.rows, tell):
        shape = {name: _json(value) for name, value in zip(names, row, strict=True)}
        file.write(json.dumps(shape, ensure_ascii=False, allow_nan=False) + "\n")


def counted(rows: Iterable[Row], tell: Tell) -> Iterator[Row]:
    """The rows, each counted when the next is asked for."""
    for number, row in enumerate(rows, 1):
        yield row
        tell(number)


def whole_characters(text: str) -> str:
    """The text as every encoding takes it: half a character, as hostile JSON holds, becomes the mark for none."""
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


def written_time(moment: datetime) -> str:
    """RFC 3339, UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cell(value: Value) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return written_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return whole_characters(value) if isinstance(value, str) else value


def _json(value: Value) -> Any:
    if isinstance(value, str):
        return whole_characters(str(value))
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, bool) else _cell(value)


__all__ = ["Kind", "Tell", "counted", "whole_characters", "write_csv", "write_jsonl", "written_time"]
