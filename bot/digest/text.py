"""Draws a digest as plain text of 76 columns, readable in any mail program. Adds and drops nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from rich.cells import cell_len, set_cell_size

from bot.digest.layout import Group, Page, Piece, Quote, Section, lay_out

WIDTH = 76
_INDENT = "   "
_GAP = 2


def render_text(body: Mapping[str, Any]) -> str:
    """The text of a digest's body, ending in a line feed; addresses stand on lines of their own, unbroken."""
    return "\n".join(_page(lay_out(body))).rstrip() + "\n"


def _page(page: Page) -> Iterator[str]:
    yield from _wrapped(page.subject_line)
    yield f"{page.title} · {page.date}"
    yield "=" * WIDTH
    yield ""
    yield from _wrapped(page.verdict)
    for section in page.sections:
        if section.title:
            yield ""
        yield from _section(section)
    yield ""
    yield "-" * WIDTH
    for line in page.foot:
        yield from _wrapped(line)


def _section(section: Section) -> Iterator[str]:
    if section.title:
        yield section.title.upper()
    for place, piece in enumerate(section.pieces):
        if place:
            yield ""
        yield from _piece(piece)
    if section.groups:
        yield from _table(section)
    for line in section.lines:
        yield from _wrapped(line)


def _piece(piece: Piece) -> Iterator[str]:
    mark = f"{piece.mark}. " if piece.mark.isdigit() else f"{piece.mark}: "
    yield from textwrap.wrap(mark + piece.headline, WIDTH, subsequent_indent=_INDENT, break_on_hyphens=False)
    yield from _wrapped(piece.why, _INDENT)
    if piece.quote:
        yield from _quote(piece.quote)
    if piece.facts:
        yield from _wrapped(piece.facts, _INDENT)
    if piece.url:
        yield _INDENT + piece.url


def _quote(quote: Quote) -> Iterator[str]:
    yield from _wrapped(f"“{quote.text}” — {quote.source}" if quote.source else f"“{quote.text}”", _INDENT)
    if quote.url:
        yield _INDENT + quote.url


def _table(section: Section) -> Iterator[str]:
    rows = [row for group in section.groups for row in group.rows]
    widths = [
        max(cell_len(column), *(cell_len(row.cells[place]) for row in rows)) + _GAP
        for place, column in enumerate(section.columns)
    ]
    first = WIDTH - sum(widths)
    yield " " * first + "".join(column.rjust(width) for column, width in zip(section.columns, widths, strict=True))
    for place, group in enumerate(section.groups):
        if place:
            yield ""
        yield from _group(group, first, widths)


def _group(group: Group, first: int, widths: list[int]) -> Iterator[str]:
    yield from _wrapped(f"{group.title} · {group.facts}" if group.facts else group.title)
    for row in group.rows:
        label = set_cell_size(f"  {row.label}", first)
        yield label + "".join(cell.rjust(width) for cell, width in zip(row.cells, widths, strict=True))
    for quote in group.quotes:
        yield from _quote(quote)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
