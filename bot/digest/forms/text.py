"""Draws a digest as plain text of 76 columns, readable in any mail program. Adds and drops nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size

from bot.digest.forms.layout import Group, Page, Piece, Quote, Section, lay_out
from bot.model.feedback import FeedbackLink

WIDTH = 76
_INDENT = "   "
_GAP = 2


Links = Callable[[str], Sequence[FeedbackLink]]
"""The links under a piece by which a reader sets something right, by the id of its mention."""


def no_links(_mention: str) -> Sequence[FeedbackLink]:
    """For forms that are nobody's own."""
    return ()


def render_text(body: Mapping[str, Any], links: Links = no_links) -> str:
    """The text of a digest's body, ending in a line feed; addresses stand on lines of their own, unbroken.

    ``links`` gives the reader's own links under a piece.
    """
    return "\n".join(_page(lay_out(body), links)).rstrip() + "\n"


def _page(page: Page, links: Links) -> Iterator[str]:
    yield from _wrapped(page.subject_line)
    yield f"{page.title} · {page.date}"
    yield "=" * WIDTH
    yield ""
    yield from _wrapped(page.verdict)
    yield from _wrapped(page.beside)
    run_in = False
    for section in page.sections:
        if section.title and not (section.run_in and run_in):
            yield ""
        run_in = section.run_in
        yield from _section(section, links)
    yield ""
    yield "-" * WIDTH
    for line in page.foot:
        yield from _wrapped(line)


def _section(section: Section, links: Links) -> Iterator[str]:
    if section.title and not section.run_in:
        yield section.title.upper()
    for place, piece in enumerate(section.pieces):
        if place and piece.mark.isdigit():
            yield ""
        yield from _piece(piece, links)
    if section.groups:
        yield from _table(section)
    for place, line in enumerate(section.lines):
        lead = f"{section.lead.upper()} " if section.run_in and not place else ""
        yield from _wrapped(lead + line.text)
        yield from _address(line.url)


def _piece(piece: Piece, links: Links) -> Iterator[str]:
    mark = f"{piece.mark}. " if piece.mark.isdigit() else f"{piece.mark}: "
    yield from textwrap.wrap(mark + piece.headline, WIDTH, subsequent_indent=_INDENT, break_on_hyphens=False)
    yield from _wrapped(piece.why, _INDENT)
    if piece.quote:
        yield from _quote(piece.quote)
    if piece.facts:
        yield from _wrapped(piece.facts, _INDENT)
    yield from _address(piece.evidence)
    yield from _address(piece.url)
    for link in links(piece.mention) if piece.mention else ():
        yield from _wrapped(link.label, _INDENT)
        yield from _address(link.url)


def _quote(quote: Quote) -> Iterator[str]:
    yield from _wrapped(f"“{quote.text}” — {quote.source}" if quote.source else f"“{quote.text}”", _INDENT)
    yield from _address(quote.url)


def _table(section: Section) -> Iterator[str]:
    rows = [row for group in section.groups for row in group.rows]
    widths = [
        max(cell_len(column), *(cell_len(row.cells[place].text) for row in rows)) + _GAP
        for place, column in enumerate(section.columns)
    ]
    first = WIDTH - sum(widths)
    yield " " * first + "".join(column.rjust(width) for column, width in zip(section.columns, widths, strict=True))
    for place, group in enumerate(section.groups):
        if place and len(section.groups[place - 1].rows) + len(group.quotes) > 1:
            yield ""
        yield from _group(group, first, widths)


def _group(group: Group, first: int, widths: list[int]) -> Iterator[str]:
    yield from _wrapped(f"{group.title} · {group.facts}" if group.facts else group.title)
    for row in group.rows:
        label = f"  {row.label}"
        if cell_len(label) > first:
            yield label
            label = ""
        figures = "".join(cell.text.rjust(width) for cell, width in zip(row.cells, widths, strict=True))
        yield set_cell_size(label, first) + figures
    yield from _address(group.url)
    for quote in group.quotes:
        yield from _quote(quote)


def _address(url: str | None) -> Iterator[str]:
    """An address on a line of its own, whole, so that every mail program makes a link of it."""
    if url:
        yield _INDENT + url


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
