"""Reads a file of labelled texts: CSV or TSV with a header, good rows kept, bad ones named; pure.

TSV is read without quoting, a line a row, so that a stray quotation mark swallows nothing; CSV with quoting.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.errors import HeardError

LONGEST_CELL = 10_000_000
"""Characters. A longer cell is a quotation mark that was never closed."""

_TSV, _CSV = (".tsv", ".tab"), (".csv",)
_JOINED = "+"


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by the header's names. ``number`` counts rows of data from 1, bad ones included."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """A file's columns in order, its good rows, and those that do not fit the header."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...]


def read_table(content: bytes, name: str) -> Table:
    """The table in ``content``; the extension of ``name`` says which dialect it is, else the header does.

    Raises HeardError for a file that is empty or no UTF-8 (UTF-16 with a byte order mark is read, too).
    """
    text = _decoded(content, name)
    lines = _rows(text, name)
    columns = tuple(cell.strip() for cell in next(lines, ()))
    if not any(columns):
        raise HeardError(f"{name}: the file is empty; its first row should name the columns, such as: text,label")
    rows: list[Row] = []
    bad: list[BadRow] = []
    for number, cells in enumerate(lines, 1):
        if len(cells) == len(columns):
            rows.append(Row(number, dict(zip(columns, cells, strict=True))))
        else:
            bad.append(BadRow(number, f"has {len(cells)} cells where the header names {len(columns)}"))
    return Table(columns, tuple(rows), tuple(bad))


class Columns:
    """Which of a table's columns serve as what: by their own names, or as ``--columns`` maps them.

    ``mapping`` is ``name=column`` pairs; several columns joined by ``+`` make one value. Raises HeardError for a pair
    that is none, and for a column that is not there.
    """

    def __init__(self, table: Table, mapping: Iterable[str] = ()) -> None:
        self._table = table
        self._places: dict[str, tuple[str, ...]] = {}
        for pair in (part.strip() for text in mapping for part in text.split(",") if part.strip()):
            name, equals, columns = (piece.strip() for piece in pair.partition("="))
            if not (name and equals and columns):
                raise HeardError(f"--columns: '{pair}': write NAME=COLUMN, such as label=stance")
            self._places[name] = tuple(self._named(column.strip()) for column in columns.split(_JOINED))

    def __contains__(self, name: str) -> bool:
        return name in self._places or self._at(name) is not None

    def require(self, *names: str, task: str) -> None:
        """Raises HeardError that names the columns found and what to do when one of these is missing."""
        missing = [name for name in names if name not in self]
        if missing:
            raise HeardError(
                f"task {task} needs {_several(missing)}; the file has {self.found}. "
                f"Say which columns serve: --columns {','.join(f'{name}=COLUMN' for name in missing)}"
            )

    @property
    def found(self) -> str:
        """The file's columns, for people."""
        return f"the columns {', '.join(column or '(no name)' for column in self._table.columns)}"

    def value(self, row: Row, name: str) -> str | None:
        """A row's value; None where there is no such column."""
        places = self._places.get(name)
        if places is None:
            column = self._at(name)
            return None if column is None else row.cells[column]
        return " | ".join(row.cells[column] for column in places)

    def _named(self, column: str) -> str:
        found = self._at(column)
        if found is None:
            raise HeardError(f"--columns: there is no column '{column}'; the file has {self.found}")
        return found

    def _at(self, name: str) -> str | None:
        columns = self._table.columns
        if name in columns:
            return name
        return next((column for column in columns if column.casefold() == name.casefold()), None)


def _decoded(content: bytes, name: str) -> str:
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise HeardError(f"{name}: line {line} is not UTF-8; save the file as UTF-8 and try again") from error


def _rows(text: str, name: str) -> Iterator[Sequence[str]]:
    """The rows with anything in them, the header first."""
    ending = name.casefold()
    header = text.partition("\n")[0]
    if ending.endswith(_TSV) or (not ending.endswith(_CSV) and "\t" in header):
        yield from (line.removesuffix("\r").split("\t") for line in text.split("\n") if line.strip("\r"))
        return
    separator = ";" if header.count(";") > header.count(",") else ","
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield from (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row)
    except csv.Error as error:
        raise HeardError(f"{name}: not to be read as CSV: {error}") from error
    finally:
        csv.field_size_limit(before)


def _several(names: Sequence[str]) -> str:
    return f"the column {names[0]}" if len(names) == 1 else f"the columns {', '.join(names)}"
