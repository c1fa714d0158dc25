"""Draws a digest for a terminal with rich: the same page, with a little weight and one colour. Adds and drops
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Group as Stack
from rich.console import RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from bot.digest.forms.layout import Linked, Page, Piece, Quote, Row, Section, lay_out

_ACCENT = "red"
_WIDTH = 80
_GAP = 2


def render_terminal(body: Mapping[str, Any]) -> RenderableType:
    """The digest as something that rich prints; texts of others are never read as markup."""
    page = lay_out(body)
    return Stack(_head(page), *(part for section in page.sections for part in _section(section)), *_foot(page))


def _head(page: Page) -> RenderableType:
    verdict = [Text(page.verdict), *([Text(page.beside, style="dim")] if page.beside else [])]
    return Panel(
        Stack(Text(page.subject_line, style="bold"), Text(), *verdict),
        title=Text(f"{page.title} · {page.date}", style="dim"),
        title_align="left",
        box=box.ROUNDED,
        padding=(1, 2),
        width=_WIDTH,
        border_style="dim",
    )


def _section(section: Section) -> Iterator[RenderableType]:
    if section.title:
        yield Text()
    if section.title and not section.run_in:
        yield Text(f" {section.title}", style="bold underline")
    for piece in section.pieces:
        yield Padding(_piece(piece), (0, 1))
    if section.groups:
        yield Padding(_table(section), (0, 1))
    for place, line in enumerate(section.lines):
        lead = Text(f"{section.lead} " if section.run_in and not place else "", style="bold")
        yield Padding(lead + _linked(line.text, line.url, "not bold"), (0, 1))


def _piece(piece: Piece) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.width = _WIDTH - 2
    grid.add_column(style="dim", width=1 if piece.mark.isdigit() else 9)
    grid.add_column(ratio=1)
    lines: list[RenderableType] = [_linked(piece.headline, piece.url, "bold"), Text(piece.why)]
    if piece.quote:
        lines.append(_quote(piece.quote))
    if piece.facts:
        lines.append(_linked(piece.facts, piece.evidence, "dim"))
    if piece.url:
        lines.append(Text(piece.url, style="dim", overflow="fold"))
    grid.add_row(Text(piece.mark), Stack(*lines))
    return grid


def _quote(quote: Quote) -> Text:
    text = Text(f"“{quote.text}”", style=_ACCENT if quote.against else "italic")
    if quote.source:
        text.append(" — ", style="dim")
        text.append_text(_linked(quote.source, quote.url, "dim"))
    return text


def _table(section: Section) -> RenderableType:
    """Heads, then each group under its title, which may take the whole width."""
    rows = [row for group in section.groups for row in group.rows]
    widths = [
        max(cell_len(column), *(cell_len(row.cells[place].text) for row in rows))
        for place, column in enumerate(section.columns)
    ]
    parts: list[RenderableType] = [_grid(widths, [Row("", tuple(map(Linked, section.columns)))])]
    for group in section.groups:
        title = Text(group.title, style="bold")
        if group.facts:
            title.append_text(_linked(f" · {group.facts}", group.url, "not bold dim"))
        parts += [Text(), title, _grid(widths, group.rows), *map(_quote, group.quotes)]
    return Stack(*parts)


def _grid(widths: Sequence[int], rows: Sequence[Row]) -> Table:
    grid = Table.grid()
    grid.width = _WIDTH - 2
    grid.add_column(ratio=1)
    for width in widths:
        grid.add_column(justify="right", width=width + _GAP, no_wrap=True)
    for row in rows:
        style = Style() if row.strong else Style(dim=True)
        grid.add_row(Text(row.label), *(_linked(cell.text, cell.url, "") for cell in row.cells), style=style)
    return grid


def _foot(page: Page) -> Iterator[RenderableType]:
    yield Text()
    yield Rule(style="dim")
    for line in page.foot:
        yield Padding(Text(line, style="dim"), (0, 1))


def _linked(text: str, url: str | None, style: str) -> Text:
    return Text(text, style=Style.parse(style) + Style(link=url) if url else style)
