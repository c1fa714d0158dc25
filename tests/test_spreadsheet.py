"""Exports that a spreadsheet opens as text, whatever strangers wrote."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.spreadsheet import Cell, safe_cell, safe_rows

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
RUNS = (*SIGNS, "\t", "\r", "\n")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t1", "\r1", "\n1", "  =1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_what_a_spreadsheet_would_run_is_made_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", ""),
        ("a=b", "a=b"),
        ("A\0B", "AB"),
        ("a; b=c", "a; b=c"),
        (-5, "-5"),
        (Decimal("-1.50"), "-1.50"),
        (2.5, "2.5"),
        (datetime(2026, 3, 2, 12, tzinfo=UTC), "2026-03-02T12:00:00+00:00"),
    ],
)
def test_other_values_stay_as_they_are(value: object, cell: str) -> None:
    assert safe_cell(value) == cell  # type: ignore[arg-type]


def written(*rows: Sequence[Cell]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(safe_rows(rows))
    return out.getvalue()


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_no_text_becomes_a_formula_and_every_row_stays_one_row(cells: list[str]) -> None:
    rows = list(csv.reader(io.StringIO(written(["h"] * len(cells), cells), newline="")))
    assert len(rows) == 2
    assert len(rows[1]) == len(cells)
    assert not any(cell.lstrip(" ").startswith(RUNS) for cell in rows[1])


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('x";=1+1', "x\";'=1+1"),
        ("A-7; =HYPERLINK(0)", "A-7;' =HYPERLINK(0)"),
        ('x;"=1', "x;'\"=1"),
        ("a\t+1", "a\t'+1"),
        ("Ada\n-1", "Ada\n'-1"),
        (";;@x", ";;'@x"),
        ("\t=1", "'\t'=1"),
    ],
)
def test_what_begins_a_cell_where_semicolons_part_them_is_made_text_too(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


HOSTILE = st.text(st.sampled_from("=+-@＝＠\t\r\n;,\" 'a1"), max_size=12)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(st.lists(HOSTILE, min_size=1, max_size=4))
def test_no_cell_is_a_formula_whatever_separator_the_spreadsheet_expects(separator: str, cells: list[str]) -> None:
    text = written(["h"] * len(cells), ["2026-03-02", *cells])
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        assert not any(cell.lstrip(" \t\r\n").startswith(SIGNS) for cell in row), (row, text)
