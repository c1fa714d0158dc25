"""``heard offers reconcile``: what shops counted themselves beside what the ledger holds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import plain, table
from bot.shapes import match_shape
from bot.words import DIFFERS, WHY

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model import Candidate, Match
    from bot.wiring.app import App

_SHOWN = 10


@click.command()
@click.argument("offer", metavar="[ID]", required=False)
@click.option(
    "--since", metavar="WHEN", type=click.DateTime(["%Y-%m-%d"]), help="From this local day on; else 28 days."
)
@json_option
@config_option
@click.pass_context
def reconcile(ctx: click.Context, offer: str | None, since: datetime | None, *, as_json: bool) -> None:
    """Hold what shops counted themselves against the ledger.

    One line a shop and day: final, provisional (the day is not over, or the shop may still correct its count) or
    mismatch, with what may explain a difference: exact where the shop's list names its orders. Counts come in with
    'heard import counts'.
    """
    from bot.offers.counting.daily import start_of

    app = open_app(ctx)
    app.expect("offer", offer)
    zone = ZoneInfo(app.settings.timezone)
    day = since.date() if since else app.clock.now().astimezone(zone).date() - timedelta(days=28)
    matches = app.reconciling.matches(offer, start_of(day, zone))
    if as_json:
        print_json(match_shape(match) for match in matches)
    elif matches:
        _print(app, matches)
    else:
        click.echo("No shop has told what it counted since then. Bring its counts with 'heard import counts FILE'.")


def _print(app: App, matches: tuple[Match, ...]) -> None:
    out = console()
    shown = table("day", "offer", "shop", "count is", "why", right=("ours", "theirs"))
    for match in matches:
        about = " · ".join(part for part in (match.provider, match.placement, match.code) if part)
        word = f"{match.status} {match.mismatch}" if match.status == "mismatch" else str(match.status)
        theirs = "–" if match.theirs is None else str(match.theirs)
        shown.add_row(
            f"{match.day:%a %d %b}", match.offer, plain(about), word, plain(match.why), str(match.ours), theirs
        )
    out.print(shown)
    for match in matches:
        if match.mismatch is not None:
            out.print(f"\n[bold]{match.day:%a %d %b}[/bold] · {match.offer} · {plain(match.provider)}")
            for line in _named(app, match.candidates):
                out.print(f"  {plain(line)}")


def _named(app: App, candidates: tuple[Candidate, ...]) -> list[str]:
    """What may explain a difference, a line each, the first few."""
    if not candidates:
        return ["nothing in the ledger suggests why; a list with the shop's order numbers (order_id) would"]
    lines = []
    for one in candidates[:_SHOWN]:
        facts = (
            one.order and f"order {one.order}",
            app.local(one.at) if one.at else None,
            one.placement,
            one.reason and WHY[one.reason],
            one.event,
        )
        lines.append(" · ".join((DIFFERS[one.ground], *(fact for fact in facts if fact))))
    rest = len(candidates) - _SHOWN
    return [*lines, f"and {rest} more (--json lists all)"] if rest > 0 else lines
