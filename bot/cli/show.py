"""How listings look: tables that stay readable at 80 columns, and texts of others that cannot harm a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bot.model import Target

NARROW = 110
"""Terminals with fewer columns than this get shorter tables."""


SOURCE = 16
"""The least room for a source's name."""


def plain(text: str) -> str:
    """What others wrote, on one line, without control and direction characters, safe from the console's own markup."""
    from rich.markup import escape

    from bot.digest.plain import clean

    return escape(clean(text))


def table(*left: str, right: Sequence[str] = ()) -> Table:
    """An empty table without lines: columns for words, then columns for figures."""
    from rich.table import Table

    empty = Table(box=None, pad_edge=False, header_style="bold")
    for heading in left:
        empty.add_column(heading, overflow="fold")
    for heading in right:
        empty.add_column(heading, justify="right", no_wrap=True)
    return empty


def cells(texts: Sequence[str], widths: Sequence[int], style: str = "") -> Text:
    """One line of columns with fixed widths, two spaces apart; a width below zero puts its column to the right."""
    from rich.text import Text

    from bot.digest.plain import clean

    line = []
    for text, width in zip(texts, widths, strict=True):
        cell = Text(clean(text), style)
        cell.truncate(abs(width), overflow="ellipsis")
        pad = " " * (abs(width) - cell.cell_len)
        line.append(Text(pad) + cell if width < 0 else cell + pad)
    return Text("  ").join(line)


def targets(out: Console, rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    """A table of sources, headings first: the first column takes what the fixed ``widths`` of the others leave."""
    room = out.width - sum(abs(width) + 2 for width in widths)
    first = max(SOURCE, min(room, max(len(row[0]) for row in rows)))
    for number, row in enumerate(rows):
        out.print(cells(row, (first, *widths), "" if number else "bold"), soft_wrap=True)


def label(target: Target) -> str:
    """A target as people read it: the source, and the feed's address without its scheme."""
    return " ".join(part for part in (target.source, target.feed.partition("://")[2] or target.feed) if part)
