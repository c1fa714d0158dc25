"""``heard offers events``, ``reserve``, ``release`` and ``rollback``: looks at the ledger, or adds to it by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.cli.redeem import meaning
from bot.digest.plain import clean
from bot.model import Claim, EventKind
from bot.offers.ledger.codes import tidy
from bot.offers.ledger.shapes import event_shape, reservation_shape
from bot.words import HAPPENED, WHY

if TYPE_CHECKING:
    from bot.model import OfferEvent
    from bot.wiring import App


@click.command()
@click.option("--offer", metavar="ID", help="Only what happened to this offer.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([str(kind) for kind in EventKind if kind != "issued"]),
              help="Only this kind of event (may be repeated).")  # fmt: skip
@click.option("--code", metavar="CODE", help="Only what happened to this code, in any spelling.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1_000_000), default=100, show_default=True,
              help="How many of the last events.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def events(
    ctx: click.Context, offer: str | None, kinds: tuple[str, ...], code: str | None, limit: int, *, as_json: bool
) -> None:
    """List what happened to codes, newest first.

    The ledger as it was written: each line ends with what 'heard offers rollback' and 'release' take.
    """
    app = open_app(ctx)
    app.expect("offer", offer)
    found = app.counting.events(limit, offer=offer, kinds=[EventKind(kind) for kind in kinds], code=code)
    if as_json:
        print_json(map(event_shape, found))
        return
    leaked = app.tracing.after_leak()
    for event in found:
        click.echo(event_line(app, event, after_leak=leaked(event)))
    if not found:
        click.echo("Nothing has happened yet.")


@click.command()
@click.argument("code")
@click.option("--offer", metavar="ID", help="The offer's id, where the same phrase could belong to several.")
@click.option("--placement", metavar="NAME", help="Where it is to be redeemed.")
@click.option("--order", metavar="ID", help="The order that holds it; that order may redeem it without more ado.")
@click.option("--customer", metavar="REF", help="A reference of your own; only a keyed hash of it is kept.")
@click.option(
    "--minutes", metavar="N", type=click.IntRange(1, 7 * 24 * 60), help="How long it holds (else the offer's)."
)
@click.option("--key", metavar="KEY", help="Repeat-proof key: the same key is answered with the first answer.")
@json_option
@config_option
@click.pass_context
def reserve(ctx: click.Context, /, code: str, minutes: int | None, *, as_json: bool, **said: str | None) -> None:
    """Hold a code for a while, so that nobody else can use it up.

    What is held counts against every cap until it is redeemed or released, or its time has run out.
    """
    app = open_app(ctx)
    app.expect("offer", said["offer"])
    claim = Claim(code, said["offer"], said["placement"], said["customer"], order=said["order"], key=said["key"])
    result = app.counting.reserve(claim, hold=None if minutes is None else timedelta(minutes=minutes))
    if as_json:
        print_json([reservation_shape(result)])
    elif result.reserved and result.expires_at is not None:
        click.echo(f"Held until {app.local(result.expires_at)}: {result.reservation}")
    else:
        click.echo(f"Refused: {meaning(str(result.reason))}")
    if not result.reserved:
        ctx.exit(1)


@click.command()
@click.argument("reservation")
@config_option
@click.pass_context
def release(ctx: click.Context, reservation: str) -> None:
    """Let a reservation go; its use is free again."""
    app = open_app(ctx)
    _, before = app.counting.release(reservation)
    click.echo(f"{'Released before' if before else 'Released'}: {reservation}")


@click.command()
@click.argument("redemption")
@config_option
@click.pass_context
def rollback(ctx: click.Context, redemption: str) -> None:
    """Give a redemption back; the history is kept."""
    app = open_app(ctx)
    app.counting.roll_back(redemption)
    click.echo(f"Given back: {redemption}")


def event_line(app: App, event: OfferEvent, *, after_leak: bool) -> str:
    """One event in a line, marked where the code had leaked before; its id at the end."""
    parts = (
        tidy(event.code),
        event.placement and f"at {event.placement}",
        event.order and f"order {event.order}",
        event.value is not None and f"{event.value:,.2f} {event.currency}",
        event.reason and f"({WHY[event.reason]})",
        after_leak and "(after leak)",
    )
    what = " ".join(str(part) for part in parts if part)
    return f"{app.local(event.at)}  {HAPPENED[event.kind]:<12}  {clean(what)}  {event.id}"
