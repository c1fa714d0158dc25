"""Workbooks, read back by openpyxl, and looked into as the XML that Excel reads."""

from __future__ import annotations

import re
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from xml.dom import minidom

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from bot.errors import HeardError
from bot.export.sheets import Fact, Facts
from bot.export.table import Table
from bot.export.workbook import LONGEST, write_workbook
from bot.export.write import write_sheets
from bot.files import whole_file
from tests.export.tables import COLUMNS, HOSTILE, NOON, a_row, a_table, hostile_table, never, unknown
from tests.support.counts import FULL

ZONE = "Europe/Berlin"
SHOWN = datetime.fromisoformat("2026-03-29T14:30:15")


def made(tmp_path: Path, *sheets: Table | Facts) -> Path:
    file = tmp_path / "book.xlsx"
    write_sheets(sheets, file, ZONE, NOON, never, title="Heard: Velvet Crumb")
    return file


def sheet_of(file: Path, name: str = "Posts") -> Worksheet:
    found = openpyxl.load_workbook(file)[name]
    assert isinstance(found, Worksheet)
    return found


def test_cells_come_back_typed_and_dates_are_dates_of_the_zone(tmp_path: Path) -> None:
    sheet = sheet_of(made(tmp_path, a_table(a_row(7, "Grüße"), unknown(8))))
    head, row, empty = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert head == [column.heading for column in COLUMNS]
    assert row == [7, "Grüße", "https://a.example/?q=1&b=2", -0.5, -1.5, True, SHOWN,
                   datetime.fromisoformat("2026-03-01T00:00:00")]  # fmt: skip
    assert sheet.cell(2, 7).is_date
    assert sheet.cell(2, 8).number_format == "yyyy-mm-dd"
    assert empty == [8, *[None] * 7]


def test_no_cell_is_a_formula_whatever_strangers_wrote(tmp_path: Path) -> None:
    file = made(tmp_path, hostile_table())
    sheet = sheet_of(file)
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}, "strings, and nothing for empty ones"
    kept = [text for text in HOSTILE if text.isprintable() and text and text != "_x0041_"]
    assert [cell.value for cell in cells if cell.value in kept] == kept
    with zipfile.ZipFile(file) as parts:
        assert "externalLink" not in " ".join(parts.namelist())
        for name in parts.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert not re.search(rb"<f[ >]", parts.read(name))


def test_a_reader_finds_headings_that_stay_filters_widths_and_links(tmp_path: Path) -> None:
    sheet = sheet_of(made(tmp_path, a_table(a_row(1, "one"), a_row(2, "two"))))
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:H3")
    assert sheet.column_dimensions["A"].width == pytest.approx(14, abs=1)
    assert sheet.cell(2, 3).hyperlink.target == "https://a.example/?q=1&b=2"
    assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$1:$1")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "\\\\evil\\share", "internal:A1", "=1"]
)
def test_an_address_that_is_none_of_the_web_is_words(tmp_path: Path, address: str) -> None:
    row = (1, "x", address, None, None, None, None, None)
    cell = sheet_of(made(tmp_path, a_table(row))).cell(2, 3)
    assert (cell.value, cell.hyperlink) == (address, None)


@pytest.mark.parametrize("sign", ["\x01", "\x1f", "\x7f", "\ufffe", "\ud800", "\u202e", "\x85"])
def test_an_address_with_a_sign_that_breaks_a_file_is_words(tmp_path: Path, sign: str) -> None:
    row = (1, f"a{sign}", f"https://a.example/{sign}", None, None, None, None, None)
    file = made(tmp_path, a_table(row))
    assert sheet_of(file).cell(2, 3).hyperlink is None
    with zipfile.ZipFile(file) as parts:
        for name in parts.namelist():
            minidom.parseString(parts.read(name))  # noqa: S318 our own file


@pytest.mark.parametrize("text", ["x" * 40_000, "😀" * 20_000, "x" + "😀" * 17_000])
def test_a_text_that_is_longer_than_a_cell_is_cut_and_says_so(tmp_path: Path, text: str) -> None:
    told = str(sheet_of(made(tmp_path, a_table(a_row(1, text)))).cell(2, 2).value)
    assert told.endswith(" […]")
    assert len(told.encode("utf-16-le")) // 2 in (LONGEST, LONGEST - 1)


def test_times_before_excels_own_are_words(tmp_path: Path) -> None:
    row = (1, "x", None, None, None, None, datetime(1850, 1, 1, tzinfo=UTC), None)
    assert sheet_of(made(tmp_path, a_table(row))).cell(2, 7).value == "1850-01-01 00:53:28"


def test_facts_are_asked_for_when_the_tables_are_written(tmp_path: Path) -> None:
    seen: list[int] = []

    def rows():
        for number in range(3):
            seen.append(number)
            yield unknown(number)

    facts = Facts("Summary", "Velvet Crumb", lambda: (Fact("What was said"), Fact("Posts", len(seen)), Fact("=1", "=2"),
                                                      Fact("At", NOON), Fact("Day", date(2026, 3, 1))))  # fmt: skip
    book = openpyxl.load_workbook(made(tmp_path, facts, Table("posts", "Posts", COLUMNS, rows())))
    assert book.sheetnames == ["Summary", "Posts"]
    cells = [[cell.value for cell in row] for row in book["Summary"].iter_rows()]
    assert cells[0][0] == "Velvet Crumb"
    assert cells[2:] == [["What was said", None], ["Posts", 3], ["=1", "=2"], ["At", SHOWN],
                         ["Day", "2026-03-01"]]  # fmt: skip
    assert (book.properties.title, book.properties.creator) == ("Heard: Velvet Crumb", "Heard")


def test_a_table_that_is_longer_than_a_sheet_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    table = a_table(*map(unknown, range(4)))
    with pytest.raises(HeardError, match=r"more than 3 rows.*--since"), whole_file(file) as part:
        write_workbook((table,), part, ZONE, NOON, never, title="Heard", most=3)
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """Ten times the rows take no more room; 10,000 and 100,000 in the full run."""
    few = 10_000 if FULL else 300

    def most(rows: int) -> int:
        tracemalloc.start()
        table = Table("posts", "Posts", COLUMNS[:2], ((number, f"text {number} " * 20) for number in range(rows)))
        made(tmp_path, table)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    most(10)
    assert most(few * 10) < most(few) * 1.5 + 200_000
