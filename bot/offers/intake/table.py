"""A table from a file as spreadsheets write them: whatever its encoding and separator, a record at a time; pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.errors import ConfigError
from bot.model import BadLine

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
STRANGE = {"|": "bars", ":": "colons", " ": "spaces"}
LINES_OF_A_RECORD = 50
"""A cell may hold line breaks; a record of more lines has a quotation mark that is never closed."""
LONGEST_CELL = 10_000

_BOMS = ((b"\xef\xbb\xbf", "UTF-8", "utf-8-sig"), (b"\xff\xfe", "UTF-16", "utf-16"), (b"\xfe\xff", "UTF-16", "utf-16"))


@dataclass(frozen=True, slots=True)
class Table:
    """A file as text. ``columns`` are the header's names, small and with ``_`` for what parts words."""

    encoding: str
    separator: str
    columns: tuple[str, ...]
    lines: Sequence[str]
    first: int
    """The index of the line after the header."""

    def records(self) -> Iterator[tuple[int, Mapping[str, str] | BadLine]]:
        """The number of the line where each record begins, and its cells by column, or what is wrong with it.

        Empty lines are passed over. A record that cannot be read costs its first line and no other.
        """
        at = self.first
        while at < len(self.lines):
            fed = _Feed(self.lines, at)
            reader = csv.reader(fed, delimiter=self.separator, strict=True)
            try:
                for cells in reader:
                    start, fed.start = fed.start, fed.at
                    if any(cell.strip() for cell in cells):
                        yield start + 1, self._record(start + 1, cells)
            except (csv.Error, _TooLong) as error:
                yield fed.start + 1, BadLine(fed.start + 1, _unreadable(error))
                at = fed.start + 1
            else:
                return

    def _record(self, line: int, cells: Sequence[str]) -> Mapping[str, str] | BadLine:
        if any(cell.strip() for cell in cells[len(self.columns) :]):
            said = f"{len(cells)} cells under {len(self.columns)} columns: put quotation marks around a cell with a"
            return BadLine(line, f"{said} {SEPARATORS[self.separator]} in it")
        if any(len(cell) > LONGEST_CELL for cell in cells):
            return BadLine(line, f"a cell has more than {LONGEST_CELL:,} characters")
        return {column: cell.strip() for column, cell in zip(self.columns, cells, strict=False)}


class _TooLong(Exception):
    """A record of more lines than any has."""


def _unreadable(error: Exception) -> str:
    """What is wrong with a record that cannot be told from the next."""
    quotes = 'its quotation marks (") do not match'
    # The length at which Python's reader gives up is the whole process's, and not ours to set.
    return f"a cell has more than {LONGEST_CELL:,} characters, or {quotes}" if "larger" in str(error) else quotes


class _Feed:
    """Lines for the reader from one on; ``start`` is where the present record begins."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        self._lines = lines
        self.start = self.at = start

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.at - self.start >= LINES_OF_A_RECORD:
            raise _TooLong
        if self.at >= len(self._lines):
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1]


def read_table(body: bytes, known: frozenset[str], needed: Mapping[str, Collection[str]]) -> Table:
    """A table whose header names columns among ``known``, at least one of each of ``needed``.

    UTF-8, UTF-16 and, where it is neither, Windows-1252 are understood; commas, semicolons and tabs. Raises ConfigError
    that says what was found instead.
    """
    encoding, text = _decoded(body)
    lines = list(io.StringIO(text, newline=""))
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise ConfigError("the file is empty")
    header = lines[first]
    if len(header) > LONGEST_CELL:
        raise ConfigError(f"the first line, which names the columns, has more than {LONGEST_CELL:,} characters")
    separator = max(SEPARATORS, key=lambda one: (len(known & set(_columns(header, one))), header.count(one)))
    columns = _columns(header, separator)
    for column, names in needed.items():
        if not set(names) & set(columns):
            raise ConfigError(_missing(column, columns, header, known))
    twice = sorted({name for name in columns if name and name in known and columns.count(name) > 1})
    if twice:
        raise ConfigError(f"the first line names the column '{twice[0]}' twice")
    return Table(encoding, separator, columns, lines, first + 1)


def _missing(column: str, columns: Sequence[str], header: str, known: frozenset[str]) -> str:
    for strange, name in STRANGE.items():
        if len(known & set(_columns(header, strange))) > 1:
            return f"the columns are parted by {name}; save the file with commas, semicolons or tabs between them"
    found = ", ".join(name for name in columns if name)[:200]
    return f"the first line must name the columns, among them '{column}'; it names: {found or 'none'}"


def _columns(header: str, separator: str) -> tuple[str, ...]:
    cells = next(csv.reader([header.rstrip("\r\n")], delimiter=separator), [])
    return tuple(re.sub(r"[\s_-]+", "_", cell.strip().casefold()).strip("_") for cell in cells)


def _decoded(body: bytes) -> tuple[str, str]:
    """What the file is written in, in words, and its text."""
    for mark, name, codec in _BOMS:
        if body.startswith(mark):
            return name, _text(body, codec, name)
    if body[1:2] == b"\0" or body[:1] == b"\0":
        return "UTF-16", _text(body, "utf-16-le" if body[1:2] == b"\0" else "utf-16-be", "UTF-16")
    try:
        return "UTF-8", body.decode("utf-8")
    except UnicodeDecodeError:
        return "Windows-1252", body.decode("cp1252", "replace")


def _text(body: bytes, codec: str, name: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        raise ConfigError(f"the file begins as {name} and is not: {error.reason}; save it as UTF-8") from error
