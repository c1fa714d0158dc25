"""``heard messages``: is the message getting out?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json
from bot.cli.show import plain, table
from bot.digest.figures import as_set, percent_between
from bot.digest.wording import OUTCOMES
from bot.digest.wording import unlooked as unlooked_words
from bot.model.measure import SHARE
from bot.shapes import learned_shape, standing_shape

if TYPE_CHECKING:
    from rich.console import Console

    from bot.model import MessageStanding
    from bot.wiring import App

TABLE = 70
"""Terminals with fewer columns than this get each message's counts below its verdict."""


@click.command()
@click.option("--since", metavar="WHEN", default="7d", show_default=True,
              help="From this day or time on: 2026-11-01, 7d, 12h.")  # fmt: skip
@click.option("--until", metavar="WHEN", help="Before this day or time (now unless told).")
@click.option("--learned", is_flag=True, help="Show instead what your labels taught about each message.")
@json_option
@config_option
@click.pass_context
def messages(ctx: click.Context, since: str, until: str | None, *, learned: bool, as_json: bool) -> None:
    """Show whether the key messages come through, with quotes.

    Counts stories about your own brand (copies of one text count once), without your own posts. Quotes against a
    message come first, then those that carry it. Under 20 stories no share is printed: it would say more than is known.
    """
    app = open_app(ctx)
    if learned:
        _learned(app, as_json=as_json)
        return
    now, zone = app.clock.now(), app.settings.timezone
    start, end = parse_moment(since, zone, now), parse_moment(until, zone, now) or now
    if start is None or start >= end:
        raise click.UsageError("--since must lie before --until")
    standings, broken = app.telling.standings(start, end), app.telling.series_break(start, end)
    looked = app.listening.coverage(start, end)
    if as_json:
        beside = {"series_break": broken.text if broken else None, "coverage": round(looked.share, 4)}
        print_json(standing_shape(standing) | beside for standing in standings)
    elif not standings:
        click.echo("No key messages are configured. Add a [[message]] with its statement to the configuration.")
    elif (unlooked := unlooked_words(looked.share)) and not any(standing.relevant for standing in standings):
        # a nought would say that nobody spoke of it
        click.echo(f"{unlooked.capitalize()} from {app.local(start)} to {app.local(end)}, so no message can be judged.")
        click.echo(plain(looked.text))
    else:
        _print(console(), standings)
        if broken is not None:
            click.echo(f"\n{' '.join(filter(None, (broken.text, broken.mixed)))}")
        span = f"{app.local(start)} to {app.local(end)}"
        console().print(f"\nSaid by others about your own brand, {span}: {app.telling.numbers(start, end).text}.")
        if not looked.allows_quiet:
            console().print(f"At least so much was said: not everything was looked at. {plain(looked.text)}")


def _learned(app: App, *, as_json: bool) -> None:
    """Which messages have learned what, from how many labels, and how well it does on labels that were held out."""
    standings = app.learning.standings()
    if as_json:
        print_json(learned_shape(one.message.id, one.labels, one.model) for one in standings)
        return
    if not standings:
        click.echo("No key messages are configured. Add a [[message]] with its statement to the configuration.")
    for one in standings:
        model = one.model
        said = f"{one.labels} labels that can be learned from"
        if model is None:
            need = app.settings.learn.calibration
            click.echo(
                f"{plain(one.message.id)}: {said}; nothing learned yet, {need} are needed: heard label, heard review"
            )
            continue
        parts = ("likeness calibrated" if model.calibration else "", "own classifier" if model.classifier else "")
        click.echo(
            f"{plain(one.message.id)}: {said}; {' and '.join(filter(None, parts)) or 'the rules stand alone'}, "
            f"from {model.labels} labels on {app.local(model.fitted_at)}"
        )
        for name, (value, low, high) in sorted(model.figures.items()):
            click.echo(f"  {name.replace('_', ' ')}: {percent_between(value, low, high)}")
        if model.why:
            click.echo(f"  {model.why}")


def _print(out: Console, standings: tuple[MessageStanding, ...]) -> None:
    from rich.padding import Padding

    words = ("stories", "carried", "partly", "misframed", "contradicted")
    counts = [
        (standing.relevant, standing.full, standing.partial, standing.misframed, standing.contrary)
        for standing in standings
    ]
    narrow = out.width < TABLE
    if not narrow:
        shown = table("message", right=words)
        for standing, numbers in zip(standings, counts, strict=True):
            shown.add_row(plain(standing.message), *map(str, numbers))
        out.print(shown)
    for standing, numbers in zip(standings, counts, strict=True):
        out.print(f"\n[bold]{plain(standing.message)}[/bold]: {_verdict(standing)}")
        if narrow:
            out.print("  " + ", ".join(f"{number} {word}" for number, word in zip(numbers, words, strict=True)))
        for evidence in standing.evidence:
            said = f"{OUTCOMES[evidence.outcome].capitalize()}: " if evidence.outcome else ""
            out.print(Padding(f"{said}“{plain(evidence.quote)}”", (0, 0, 0, 2), expand=False))
            out.print(f"  {plain(evidence.url or evidence.mention)}", soft_wrap=True)


def _verdict(standing: MessageStanding) -> str:
    share, low, high = standing.penetration, standing.penetration_low, standing.penetration_high
    if share is None or low is None or high is None:
        return standing.verdict
    target = "" if standing.target is None else f", target {as_set(standing.target, SHARE)}"
    told = f"{standing.verdict}; at least partly in {percent_between(share, low, high)} of the stories{target}"
    return f"{told}; {plain(standing.basis)}" if standing.basis else told
