"""An Excel workbook that is read and not repaired: frozen headings, filters, widths, real dates, and no formula at all.

Whatever somebody else wrote is written as a string, so that no program runs it. Rows go to disk as they come
(``constant_memory``), so that a sheet of any length costs no more memory than a short one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bot.errors import HeardError
from bot.export.lines import Tell, counted, whole_characters
from bot.export.sheets import Facts, Sheet
from bot.export.table import Column, Kind, Table, Value

ROWS = 1_048_575
"""Rows of a sheet besides its heading; Excel has no more."""
LONGEST = 32_767
"""Characters of a cell; Excel has no more."""
LINKS = 50_000
"""Addresses of a sheet that can be clicked; Excel has room for 65,530, the others stand as text."""
LONGEST_LINK = 2_079
_OLDEST = date(1900, 3, 1)
"""Excel counts days from 1900 and takes that year for a leap year."""
_CLICKABLE = re.compile(r"https?://[^\s\"<>]+", re.ASCII)
_CUT = " […]"

_INK, _ACCENT, _PAPER, _SOFT = "#1F1D1A", "#A8361C", "#F5F1EA", "#6B655C"


def write_workbook(
    sheets: tuple[Sheet, ...], path: Path, zone: str, created: datetime, tell: Tell, *, title: str, most: int = ROWS
) -> None:
    """The sheets in their order; times are written in ``zone``. ``tell`` hears of the rows of all sheets together.

    ``most`` rows a sheet holds.

    Raises HeardError for a table that is longer than a sheet can be.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": title, "author": "Heard", "created": created.replace(tzinfo=None)})
        desk = _Desk(book, ZoneInfo(zone), most)
        places = [
            (sheet, book.add_worksheet(sheet.title if isinstance(sheet, Table) else sheet.name)) for sheet in sheets
        ]
        done = 0
        for sheet, place in places:
            if isinstance(sheet, Table):
                done += desk.lay_table(sheet, place, partial(_onwards, tell, done))
        # What is said of the tables is known when they are written.
        for sheet, place in places:
            if isinstance(sheet, Facts):
                desk.lay_facts(sheet, place)
        places[0][1].activate()


def _onwards(tell: Tell, before: int, number: int) -> None:
    tell(before + number)


class _Desk:
    """Lays rows on sheets; the formats belong to one workbook."""

    def __init__(self, book: xlsxwriter.Workbook, zone: ZoneInfo, most: int) -> None:
        self._zone, self._most = zone, most

        def made(**told: Any) -> Format:
            return book.add_format({"valign": "top", "font_color": _INK, **told})

        self._head = made(bold=True, bg_color=_PAPER, bottom=1, bottom_color=_ACCENT, text_wrap=True)
        self._title = made(bold=True, font_size=15)
        self._heading = made(bold=True, font_color=_ACCENT)
        self._label, self._long = made(font_color=_SOFT), made(text_wrap=True, align="left")
        self._link = made(font_color=_ACCENT, underline=1)
        self._formats: Mapping[Kind, Format] = {
            Kind.TEXT: made(),
            Kind.ADDRESS: made(),
            Kind.INTEGER: made(num_format="#,##0"),
            Kind.NUMBER: made(num_format="#,##0.00"),
            Kind.MONEY: made(num_format="#,##0.00"),
            Kind.FLAG: made(),
            Kind.TIME: made(num_format="yyyy-mm-dd hh:mm"),
            Kind.DAY: made(num_format="yyyy-mm-dd"),
        }

    def lay_table(self, table: Table, sheet: Worksheet, tell: Tell) -> int:
        """Heading and rows; how many rows."""
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.heading, self._head)
        sheet.freeze_panes(1, 0)
        self._print(sheet)
        number = links = 0
        for number, row in enumerate(counted(table.rows, tell), 1):
            if number > self._most:
                raise HeardError(
                    f"the sheet '{table.title}' has more than {self._most:,} rows, which Excel cannot hold; "
                    "ask for less with --since and --until, or for csv or parquet"
                )
            for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                links += self._lay(sheet, number, place, column, value, may_link=links < LINKS)
        sheet.autofilter(0, 0, number, len(table.columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{number + 1}"})
        return number

    def lay_facts(self, facts: Facts, sheet: Worksheet) -> None:
        """A title, and a line each: label on the left, words or a figure on the right."""
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 100)
        sheet.hide_gridlines(2)
        self._print(sheet)
        sheet.write_string(0, 0, _text(facts.title), self._title)
        for number, fact in enumerate(facts.lines(), 2):
            alone = fact.value is None
            sheet.write_string(number, 0, _text(fact.label), self._heading if alone else self._label)
            if isinstance(fact.value, datetime):
                self._lay(sheet, number, 1, Column("", Kind.TIME, ""), fact.value, may_link=False)
            elif isinstance(fact.value, int | float) and not isinstance(fact.value, bool):
                sheet.write_number(number, 1, fact.value, self._long)
            elif not alone:
                sheet.write_string(number, 1, _text(str(fact.value)), self._long)

    def _lay(self, sheet: Worksheet, row: int, place: int, column: Column, value: Value, *, may_link: bool) -> bool:
        """Writes one cell; whether it can be clicked. Unknown stays an empty cell."""
        form = self._formats[column.kind]
        if isinstance(value, bool):
            sheet.write_boolean(row, place, value, form)
        elif isinstance(value, int | float | Decimal):
            if math.isfinite(value):
                sheet.write_number(row, place, value, form)
        elif isinstance(value, datetime):
            local = value.astimezone(self._zone).replace(tzinfo=None, microsecond=0)
            if local.date() < _OLDEST:
                sheet.write_string(row, place, local.isoformat(" "), self._formats[Kind.TEXT])
            else:
                sheet.write_datetime(row, place, local, form)
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, form)
        elif value is not None:
            if may_link and column.kind is Kind.ADDRESS and _is_clickable(value):
                sheet.write_url(row, place, value, self._link, string=value)
                return True
            sheet.write_string(row, place, _text(value), form)
        return False

    def _print(self, sheet: Worksheet) -> None:
        """On paper: A4, across, as wide as one page."""
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)


def _is_clickable(address: str) -> bool:
    """Whether it may go into the sheet's list of links, where a sign that XML has no room for breaks the whole file."""
    return len(address) <= LONGEST_LINK and address.isprintable() and _CLICKABLE.fullmatch(address) is not None


def _text(text: str) -> str:
    """The text as a cell takes it: whole characters, at most as long as a cell is."""
    told = whole_characters(text.replace("\0", ""))
    # Excel counts UTF-16 units.
    if len(told) * 2 > LONGEST and (units := len(told.encode("utf-16-le")) // 2) > LONGEST:
        room = LONGEST - len(_CUT)
        told = told[:room] if units == len(told) else _in_units(told, room)
        return told + _CUT
    return told


def _in_units(text: str, room: int) -> str:
    return text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore")
