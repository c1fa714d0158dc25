"""``heard explain``: the receipt of one mention's score."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.errors import HeardError
from bot.model import Outcome, ScoredMention
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
@click.argument("mention")
@json_option
@config_option
@click.pass_context
def explain(ctx: click.Context, mention: str, *, as_json: bool) -> None:
    """Show why a mention has its score, factor by factor.

    Every factor with where it comes from, the words that drove the tone, each message's quote, and the sum worked out
    again: it gives the same digits as the stored score, or this command says so and exits with 1.
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
        click.echo(f"heard: worked out again the score is {again}, stored is {found.score.score}", err=True)
        sys.exit(1)


def _print(out: Console, found: ScoredMention, again: float | None) -> None:
    from rich.markup import escape
    from rich.table import Table

    item, score = found.mention.item, found.score
    out.print(f"[bold]{escape(item.title or item.text[:80])}[/bold]")
    out.print(f"{escape(item.outlet)} · {escape(item.author.handle or item.author.name or 'unknown author')}")
    if item.url:
        out.print(escape(item.url), soft_wrap=True)
    out.print("named by " + ", ".join(sorted({escape(f"{hit.term} ({hit.field})") for hit in found.mention.matched})))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("factor", "value", "from", "method"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "value" else "left")
    for factor in score.factors:
        table.add_row(escape(factor.name), _shown(factor.value), escape(factor.source), escape(factor.method))
    out.print(table)
    out.print(escape(score.formula))
    out.print(
        f"score [bold]{_shown(score.score)}[/bold], worked out again {_shown(again)} · rules {score.rules_version}"
    )
    if score.tone.why:
        out.print(f"tone: {escape(score.tone.why)}")
    for span in score.tone.spans:
        out.print(f"  {span.contribution:+.2f}  “{escape(span.text)}” at {span.start}–{span.end}")
    for alignment in score.alignments:
        if alignment.outcome is Outcome.NONE:
            continue
        out.print(f"message {escape(alignment.message)}: {WORDS[alignment.outcome]}, {escape(alignment.reason)}")
        out.print(f"  “{escape(alignment.quote)}” at {alignment.start}–{alignment.end}")


def _shown(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
