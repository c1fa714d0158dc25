"""One table into one file, in the form that is asked for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from bot.errors import ConfigError
from bot.export.lines import Tell, write_csv, write_jsonl
from bot.export.sheets import Sheet
from bot.export.table import Table
from bot.files import whole_file

MISSING = "writing {what} needs {library}, which is not installed: pip install 'heard[export]'"


class Format(StrEnum):
    """The forms of an export; the word is the file's ending, too."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write_table(table: Table, form: Format, path: Path, tell: Tell) -> None:
    """Writes the table whole or not at all, as CSV, JSON Lines or Parquet; a sheet is for :func:`write_sheets`.

    Raises ConfigError when the library for the form is not installed, OSError when the file cannot be written.
    """
    if form is Format.PARQUET:
        require_parquet()
        from bot.export.parquet import write_parquet  # noqa: PLC0415 an extra, and large

        with whole_file(path) as part:
            write_parquet(table, part, tell)
        return
    write = write_csv if form is Format.CSV else write_jsonl
    encoding = "utf-8-sig" if form is Format.CSV else "utf-8"  # Excel takes a CSV without the mark for something else
    with whole_file(path) as part, part.open("w", encoding=encoding, newline="") as file:
        write(table, file, tell)


def write_sheets(
    sheets: tuple[Sheet, ...], path: Path, zone: str, created: datetime, tell: Tell, *, title: str
) -> None:
    """Writes a workbook whole or not at all."""
    from bot.export.workbook import write_workbook  # noqa: PLC0415 its library is slow to load

    with whole_file(path) as part:
        write_workbook(sheets, part, zone, created, tell, title=title)


def require_parquet() -> None:
    """Raises ConfigError, with the command that mends it, when pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise ConfigError(MISSING.format(what="Parquet", library="pyarrow"))
