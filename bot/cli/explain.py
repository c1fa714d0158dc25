"""``heard explain``: the receipt of one mention's score."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import cells, plain
from bot.digest.plain import clean, shorten
from bot.digest.wording import OUTCOMES, in_words
from bot.errors import HeardError
from bot.model import Alignment, Factor, Relevance, RelevanceBasis, ScoredMention, ToneReading
from bot.model.place import place_of
from bot.phrases import plural
from bot.shapes import explain_shape, mention_shape, time_shape

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from bot.wiring import App

SPANS = 6
"""So many of the words that drove the tone are shown; ``--json`` has them all."""

METHOD = 30
"""The least room for a method beside its factor; with less it goes below."""


@click.command()
@click.argument("mention", metavar="ID")
@json_option
@config_option
@click.pass_context
def explain(ctx: click.Context, mention: str, *, as_json: bool) -> None:
    """Show why a mention has its score, factor by factor.

    ID is what 'heard mentions' shows in its first column. Printed are every factor with where it comes from, the words
    that drove the tone, each message's quote, and the score worked out again from the factors: it has the same digits
    as the stored one, or this command says so and exits with 1.
    """
    app = open_app(ctx)
    receipt = app.evidence.receipt(mention)
    if receipt is None:
        raise HeardError(f"there is no mention '{mention}'. 'heard mentions' lists their ids in its first column")
    found, rules, again = receipt.found, receipt.rules, receipt.again
    gone = app.evidence.gone(receipt.mention)
    if gone is not None and not isinstance(found, ScoredMention):
        if as_json:
            print_json([mention_shape(found)])
        else:
            console().print(_gone(app, gone), soft_wrap=True)
        return
    if not isinstance(found, ScoredMention):
        raise HeardError(f"mention '{mention}' is not scored yet; 'heard collect' scores what is new")
    if as_json:
        print_json([{
            **explain_shape(found), "recomputed": again, "same": receipt.same,
            "rules_since": time_shape(rules.first_used_at) if rules else None, "rules_changed": list(receipt.otherwise),
        }])  # fmt: skip
    else:
        if gone is not None:
            console().print(_gone(app, gone), soft_wrap=True)
        _print(console(), found, again)
        since = f", first used {app.local(rules.first_used_at)}" if rules else ""
        console().print(f"\nrules {found.score.rules_version}{since}, {_standing(receipt.otherwise)}")
    if not receipt.same:
        raise HeardError(f"worked out again the score is {again}, but {found.score.score} is stored")


def _gone(app: App, gone: tuple[str, datetime]) -> str:
    """Why there are no words to explain."""
    why, when = gone
    return f"[bold]{why.capitalize()}[/bold], noticed {app.local(when)}: its words, author and address are erased here."


def _print(out: Console, found: ScoredMention, again: float | None) -> None:
    item, score = found.mention.item, found.score
    out.print(f"[bold]{plain(item.title or shorten(item.text, 100))}[/bold]")
    out.print(f"{plain(item.outlet)} · {plain(item.author.handle or item.author.name or 'unknown author')}")
    if item.url:
        out.print(plain(item.url), soft_wrap=True)
    out.print("named by " + ", ".join(sorted({plain(f"{hit.term} ({hit.field})") for hit in found.mention.matched})))
    out.print(_relevance(found.mention.relevance))
    out.print()
    _print_factors(out, score.factors)
    out.print()
    out.print(plain(score.formula))
    out.print(
        f"score [bold]{_shown(score.score)}[/bold], worked out again {_shown(again)} · rules {score.rules_version}"
    )
    _print_tone(out, score.tone)
    for alignment in score.alignments:
        _print_alignment(out, alignment, place_of(item, alignment))


def _print_factors(out: Console, factors: Sequence[Factor]) -> None:
    """A line a factor, with its method beside it, or below it where a terminal is narrow."""
    from rich.text import Text

    rows = [
        (factor.name, _shown(factor.value), clean(factor.source), clean(in_words(factor.method))) for factor in factors
    ]
    rows.insert(0, ("factor", "value", "from", "method"))
    first, second, third = (max(len(row[column]) for row in rows) for column in range(3))
    beside = first + second + third + 3 * 2
    below = out.width - beside < METHOD
    indent = 4 if below else beside
    for number, (*row, method) in enumerate(rows):
        style = "" if number else "bold"
        head = cells(row, (first, -second, third), style)
        told = textwrap.wrap(method, max(out.width - indent, METHOD // 2)) or [""]
        if below:
            head.rstrip()
            told = told if number else []
        else:
            head = head + Text("  ") + Text(told.pop(0), style)
        out.print(head, soft_wrap=True)
        for line in told:
            out.print(Text(" " * indent + line), soft_wrap=True)


def _print_tone(out: Console, tone: ToneReading) -> None:
    """What the engine says, and the words that weighed most, in the order of the text."""
    if tone.why:
        out.print(f"\ntone: {plain(in_words(tone.why))}")
    strongest = sorted(tone.spans, key=lambda span: -abs(span.contribution))[:SPANS]
    for span in sorted(strongest, key=lambda span: span.start):
        out.print(f"  {span.contribution:+.2f}  “{plain(span.text)}” at {span.start}–{span.end}")
    if len(tone.spans) > SPANS:
        out.print(f"  and {plural(len(tone.spans) - SPANS, 'word')} that weighed less; --json has them all")


def _standing(otherwise: tuple[str, ...]) -> str:
    """Whether the rules of a score still hold, and what is otherwise now."""
    if not otherwise:
        return "still the present ones"
    return f"not the present ones: {plain('; '.join(otherwise))}. 'heard rescore' scores history anew"


def _relevance(judged: Relevance) -> str:
    """Whether it counts, and why."""
    word = {True: "relevant", False: "irrelevant, set aside", None: "relevant or not: unknown, it counts"}[
        judged.relevant
    ]
    if judged.basis is RelevanceBasis.ASSUMED:
        return f"counted as {word} ({plain(judged.reason)})"
    if judged.basis is not None:
        word = f"{word}, by {judged.basis}"
    return f"{word}: {plain(judged.reason)}" if judged.reason else word


def _print_alignment(out: Console, alignment: Alignment, place: str | None) -> None:
    from rich.padding import Padding

    told = f"{OUTCOMES[alignment.outcome]} ({100 * alignment.confidence:.0f} % sure), {plain(alignment.reason)}"
    out.print(f"\nmessage {plain(alignment.message)}: {told}")
    if place is not None:
        where = f"in the {place}, at {alignment.start}–{alignment.end}"
        out.print(Padding(f"“{plain(alignment.quote)}” {where}", (0, 0, 0, 2), expand=False))


def _shown(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
