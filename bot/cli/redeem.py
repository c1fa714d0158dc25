"""``heard redeem``: one redemption at the desk."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import click

from bot.cli.context import config_option, json_option, open_app, parse_moment, print_json
from bot.model import Claim
from bot.shapes import redemption_shape

MEANING = {
    "unknown_code": "this code is not known",
    "not_started": "the offer has not started yet",
    "expired": "the offer has ended",
    "disabled": "the offer or this code is switched off",
    "used_up": "this code has been used",
    "offer_cap": "the offer is used up",
    "day_cap": "today's share of the offer is used up",
    "week_cap": "this week's share of the offer is used up",
    "customer_cap": "this customer has had their share",
    "wrong_placement": "this code is not valid at that placement",
    "reserved": "what is left is held for a checkout just now",
    "reservation_expired": "the reservation has run out",
    "already_rolled_back": "this order's redemption was given back; an order counts once",
    "order_mismatch": "this belongs to another order",
}


@click.command()
@click.argument("code")
@click.option("--offer", metavar="ID", help="The offer's id, where the same phrase could belong to several.")
@click.option("--placement", metavar="NAME", help="Where it was redeemed or where the code was placed.")
@click.option(
    "--customer", metavar="REF", help="A reference of your own for the customer; only a keyed hash of it is kept."
)
@click.option(
    "--order", metavar="ID", help="The order or receipt; an order counts once for a code, however often told."
)
@click.option("--value", metavar="AMOUNT", help="What the order came to, such as 12.50.")
@click.option("--currency", metavar="CODE", help="The currency of the amount, such as EUR (else the offer's).")
@click.option("--new-customer/--known-customer", default=None, help="Whether the customer was here for the first time.")
@click.option(
    "--at", metavar="TIME", help="When it happened, if not now: up to 31 days back, such as 2026-11-21T18:30."
)
@click.option(
    "--key", metavar="KEY", help="Repeat-proof key: the same key is answered with the first answer and counts once."
)
@json_option
@config_option
@click.pass_context
def redeem(ctx: click.Context, /, code: str, *, as_json: bool, **said: str | bool | None) -> None:
    """Redeem one offer code.

    Case, spaces, dashes and accents do not matter, and a 0 may be typed for an O. A refusal says why and exits with 1.
    """
    app = open_app(ctx)
    offer, at, value = _text(said["offer"]), _text(said["at"]), _text(said["value"])
    app.expect("offer", offer)
    claim = Claim(
        code,
        offer,
        _text(said["placement"]),
        _text(said["customer"]),
        order=_text(said["order"]),
        value=None if value is None else amount(value),
        currency=_text(said["currency"]),
        new_customer=None if said["new_customer"] is None else bool(said["new_customer"]),
        at=parse_moment(at, app.settings.timezone, app.clock.now()),
        key=_text(said["key"]),
    )
    result = app.counting.redeem(claim)
    if as_json:
        print_json([redemption_shape(result)])
    elif result.redeemed:
        again = " (told before; counted once)" if result.replayed else ""
        click.echo(f"Redeemed: {result.offer}{f' at {result.placement}' if result.placement else ''}{again}")
    else:
        click.echo(f"Refused: {meaning(str(result.reason))}")
        hint = app.counting.hint(code) if result.reason == "unknown_code" else None
        if hint is not None:
            click.echo(f"Did they mean: {hint}?")
    if not result.redeemed:
        ctx.exit(1)


def meaning(reason: str) -> str:
    """A refusal in words, and its name for programs."""
    return f"{MEANING.get(reason, reason)} [{reason}]"


def amount(text: str) -> Decimal:
    """An amount as it was typed. Raises a usage error for what is no number."""
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise click.BadParameter(f"'{text[:40]}' is not an amount; write it as 12.50") from error


def _text(said: str | bool | None) -> str | None:
    return said if isinstance(said, str) else None
