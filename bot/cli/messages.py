"""``heard messages``: is the message getting out?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json
from bot.cli.show import plain, table
from bot.shapes import standing_shape

if TYPE_CHECKING:
    from rich.console import Console

    from bot.model import MessageStanding


@click.command()
@click.option("--since", metavar="WHEN", default="7d", show_default=True,
              help="From this day or time on: 2026-11-01, 7d, 12h.")  # fmt: skip
@click.option("--until", metavar="WHEN", help="Before this day or time (now unless told).")
@json_option
@config_option
@click.pass_context
def messages(ctx: click.Context, since: str, until: str | None, *, as_json: bool) -> None:
    """Show whether the key messages come through, with quotes.

    Counts stories about your own brand (copies of one text count once), without your own posts. Quotes against a
    message come first, then those that carry it. Under 20 stories no share is printed: it would say more than is known.
    """
    app = open_app(ctx)
    now, zone = app.clock.now(), app.settings.timezone
    start, end = parse_moment(since, zone, now), parse_moment(until, zone, now) or now
    if start is None or start >= end:
        raise click.UsageError("--since must lie before --until")
    standings = app.telling.standings(start, end)
    if as_json:
        print_json(standing_shape(standing) for standing in standings)
    elif not standings:
        click.echo("No key messages are configured. Add a [[message]] with its statement to the configuration.")
    else:
        _print(console(), standings)
        click.echo(f"\nSaid by others about your own brand: {app.telling.numbers(start, end).text}.")


def _print(out: Console, standings: tuple[MessageStanding, ...]) -> None:
    from rich.padding import Padding

    shown = table("message", right=("stories", "carried", "partly", "misframed", "contradicted"))
    for standing in standings:
        counts = (standing.relevant, standing.full, standing.partial, standing.misframed, standing.contrary)
        shown.add_row(plain(standing.message), *map(str, counts))
    out.print(shown)
    for standing in standings:
        out.print(f"\n[bold]{plain(standing.message)}[/bold]: {_verdict(standing)}")
        for evidence in standing.evidence:
            out.print(Padding.indent(f"“{plain(evidence.quote)}”", 2))
            out.print(f"  {plain(evidence.url or evidence.mention)}", soft_wrap=True)


def _verdict(standing: MessageStanding) -> str:
    share, low, high = standing.penetration, standing.penetration_low, standing.penetration_high
    if share is None or low is None or high is None:
        return standing.verdict
    return f"{standing.verdict}; at least partly in {share:.0%} of the stories [{low:.0%}, {high:.0%}]"
