"""``heard explain``: the receipt of one mention's score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import plain, table
from bot.digest.plain import shorten
from bot.errors import HeardError
from bot.model import Alignment, Outcome, Relevance, ScoredMention
from bot.shapes import explain_shape

if TYPE_CHECKING:
    from rich.console import Console

WORDS = {
    Outcome.FULL: "carried",
    Outcome.PARTIAL: "partly carried",
    Outcome.MISFRAMED: "misframed",
    Outcome.CONTRARY: "contradicted",
    Outcome.NONE: "absent",
}


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
    found = app.store.mention(mention)
    if found is None:
        raise HeardError(f"there is no mention '{mention}'. 'heard mentions' lists their ids in its first column")
    if not isinstance(found, ScoredMention):
        raise HeardError(f"mention '{mention}' is not scored yet; 'heard collect' scores what is new")
    again = app.telling.recompute(found)
    same = again == found.score.score
    if as_json:
        print_json([{**explain_shape(found), "recomputed": again, "same": same}])
    else:
        _print(console(), found, again)
    if not same:
        raise HeardError(f"worked out again the score is {again}, but {found.score.score} is stored")


def _print(out: Console, found: ScoredMention, again: float | None) -> None:
    item, score = found.mention.item, found.score
    out.print(f"[bold]{plain(item.title or shorten(item.text, 100))}[/bold]")
    out.print(f"{plain(item.outlet)} · {plain(item.author.handle or item.author.name or 'unknown author')}")
    if item.url:
        out.print(plain(item.url), soft_wrap=True)
    out.print("named by " + ", ".join(sorted({plain(f"{hit.term} ({hit.field})") for hit in found.mention.matched})))
    out.print(_relevance(found.mention.relevance))
    shown = table("factor", "value", "from", "method")
    shown.columns[1].justify = "right"
    for column in shown.columns[:2]:
        column.no_wrap = True
    for factor in score.factors:
        shown.add_row(plain(factor.name), _shown(factor.value), plain(factor.source), plain(factor.method))
    out.print()
    out.print(shown)
    out.print()
    out.print(plain(score.formula))
    out.print(
        f"score [bold]{_shown(score.score)}[/bold], worked out again {_shown(again)} · rules {score.rules_version}"
    )
    if score.tone.why:
        out.print(f"\ntone: {plain(score.tone.why)}")
    for span in score.tone.spans:
        out.print(f"  {span.contribution:+.2f}  “{plain(span.text)}” at {span.start}–{span.end}")
    for alignment in score.alignments:
        if alignment.outcome is not Outcome.NONE:
            _print_alignment(out, alignment)


def _relevance(judged: Relevance) -> str:
    """Whether it counts, and why."""
    word = {True: "relevant", False: "irrelevant, set aside", None: "relevant or not: unknown, it counts"}[
        judged.relevant
    ]
    return ", ".join(filter(None, (word, judged.basis and f"by {judged.basis}"))) + (
        f": {plain(judged.reason)}" if judged.reason else ""
    )


def _print_alignment(out: Console, alignment: Alignment) -> None:
    from rich.padding import Padding

    out.print(f"\nmessage {plain(alignment.message)}: {WORDS[alignment.outcome]}, {plain(alignment.reason)}")
    out.print(Padding(f"“{plain(alignment.quote)}” at {alignment.start}–{alignment.end}", (0, 0, 0, 2)))


def _shown(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
