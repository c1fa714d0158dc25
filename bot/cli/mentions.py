"""``heard mentions``: the list of what was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from bot.cli.choosing import mention_filters
from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json
from bot.cli.show import NARROW, cells
from bot.digest.content.numbers import numbers_of
from bot.digest.plain import clean
from bot.model import UNKNOWN_TONE, Counted, ScoredMention, has_unknown_tone, mention_of
from bot.shapes import mention_shape

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from bot.model import Mention
    from bot.wiring import App

SHOWN = 30
COUNTED_UP_TO = 1000
"""Mentions that are not shown are counted up to here."""
WIDTHS = (12, 16, 22, 8, -6)
WITH_SUBJECT = (12, 16, 14, 14, 8, -6)
"""The same with whom a mention is about, where that may be one of several."""


@click.command()
@mention_filters
@click.option("--limit", metavar="N", type=click.IntRange(min=1),
              help=f"At most this many (else the newest {SHOWN}; with --json all).")  # fmt: skip
@json_option
@config_option
@click.pass_context
def mentions(ctx: click.Context, /, limit: int | None, *, as_json: bool, **wanted: str | None) -> None:
    """List what was said, newest first.

    The id in the first column is what 'heard explain' takes. A question mark stands for what is not known.
    """
    app = open_app(ctx)
    counted = Counted(wanted["relevant"] or Counted.COUNTED)
    for kind in ("subject", "source", "message"):
        app.expect(kind, wanted[kind])
    now, zone = app.clock.now(), app.settings.timezone
    since, until = parse_moment(wanted["since"], zone, now), parse_moment(wanted["until"], zone, now)
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--since must lie before --until")
    found = _find(app, wanted, (since, until), counted, limit or (None if as_json else SHOWN + 1))
    if as_json:
        print_json(mention_shape(mention) for mention in found)
        return
    rows = list(found)
    shown = rows[: limit or SHOWN]
    out = console()
    _print(app, out, shown, several=not wanted["subject"] and _several(app, shown))
    if shown and out.is_terminal:
        click.echo(f"{numbers_of(shown).text}.")
    if not rows:
        narrowed = limit is not None or any(value is not None for value in wanted.values())
        none = "No mention fits. Without any options this lists everything" if narrowed else "There is no mention yet"
        click.echo(f"{none}; 'heard status' says what was looked at.")
    if limit is None and len(rows) > SHOWN:
        click.echo(f"Only the newest {SHOWN} are shown; ask for more with --limit, or for all with --json.")
    if counted is Counted.COUNTED and (
        hidden := sum(1 for _ in _find(app, wanted, (since, until), Counted.NO, COUNTED_UP_TO))
    ):
        click.echo(_hidden(hidden))


def _gone(app: App, mention: Mention) -> str:
    """What stands where the words were."""
    gone = app.evidence.gone(mention)
    return "" if gone is None else f"({gone[0]}, noticed {app.local(gone[1])})"


def _hidden(number: int) -> str:
    many = f"{number:,} or more" if number == COUNTED_UP_TO else f"{number:,}"
    return f"{many} set aside as irrelevant {'is' if number == 1 else 'are'} not shown: heard mentions --relevant no"


def _find(
    app: App,
    wanted: dict[str, str | None],
    span: tuple[datetime | None, datetime | None],
    counted: Counted,
    limit: int | None,
) -> Iterator[ScoredMention | Mention]:
    """What is wanted, with people's words in place of the rules'."""
    unknown = wanted["tone"] == UNKNOWN_TONE
    found = app.store.mentions(
        subject=wanted["subject"],
        source=wanted["source"],
        since=span[0],
        until=span[1],
        tone=None if unknown else wanted["tone"],
        message=wanted["message"],
        story=wanted["story"],
        search=wanted["search"],
        counted=counted,
        limit=None if unknown else limit,
    )
    told = app.learning.as_told(found)
    if not unknown:
        return told
    return islice(filter(has_unknown_tone, told), limit)


def _several(app: App, rows: Iterable[ScoredMention | Mention]) -> bool:
    """Whether it has to be said whom a mention is about: a brand, a competitor, an offer."""
    return len({*(one.id for one in app.settings.subjects), *(mention_of(row).subject for row in rows)}) > 1


def _print(app: App, out: Console, rows: Iterable[ScoredMention | Mention], *, several: bool) -> None:
    """One line a mention where there is room; on a narrow terminal the headline has a line of its own."""
    from rich.text import Text

    widths = WITH_SUBJECT if several else WIDTHS
    for number, row in enumerate(rows):
        if not number:
            head = ("id", "said", *(("about",) if several else ()), "where", "tone", "score")
            out.print(cells(head, widths, "bold"), soft_wrap=True)
        shape, mention = mention_shape(row), mention_of(row)
        score = "?" if shape["score"] is None else f"{shape['score']:+.2f}"
        about = (shape["subject"],) if several else ()
        tone = shape["tone_label"] or "?"
        line = cells((shape["id"], app.local(mention.told_at), *about, shape["outlet"], tone, score), widths)
        what = Text(clean(shape["title"] or shape["text"] or _gone(app, mention), 400))
        if isinstance(row, ScoredMention) and row.owned:
            what = Text("our own text: ", "italic") + what
        if out.width < NARROW:
            out.print(line, soft_wrap=True)
            what = Text("  ") + what
        else:
            what = line + "  " + what
        out.print(what, no_wrap=True, overflow="ellipsis")
