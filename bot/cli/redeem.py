"""``heard redeem``: one redemption at the desk."""

from __future__ import annotations

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.shapes import redemption_shape

MEANING = {
    "unknown_code": "this code is not known",
    "not_started": "the offer has not started yet",
    "expired": "the offer has ended",
    "disabled": "the offer is switched off",
    "used_up": "this code has been used",
    "offer_cap": "the offer is used up",
    "day_cap": "today's share of the offer is used up",
    "week_cap": "this week's share of the offer is used up",
    "customer_cap": "this customer has had their share",
    "wrong_placement": "this code is not valid at that placement",
}


@click.command()
@click.argument("code")
@click.option("--offer", metavar="ID", help="The offer's id, where the same phrase could belong to several.")
@click.option("--placement", metavar="NAME", help="Where it was redeemed or where the code was placed.")
@click.option(
    "--customer", metavar="REF", help="A reference of your own for the customer; only a keyed hash of it is kept."
)
@click.option(
    "--key", metavar="KEY", help="Repeat-proof key: the same key is answered with the first answer and counts once."
)
@json_option
@config_option
@click.pass_context
def redeem(
    ctx: click.Context,
    code: str,
    offer: str | None,
    placement: str | None,
    customer: str | None,
    key: str | None,
    *,
    as_json: bool,
) -> None:
    """Redeem one offer code.

    Case, spaces, dashes and accents do not matter, and a 0 may be typed for an O. A refusal says why and exits with 1.
    """
    app = open_app(ctx)
    app.expect("offer", offer)
    result = app.counting.redeem(code, offer=offer, placement=placement, customer=customer, key=key)
    if as_json:
        print_json([redemption_shape(result)])
    elif result.redeemed:
        again = " (asked again with the same key; counted once)" if result.replayed else ""
        click.echo(f"Redeemed: {result.offer}{f' at {result.placement}' if result.placement else ''}{again}")
    else:
        reason = str(result.reason)
        click.echo(f"Refused: {MEANING.get(reason, reason)} [{reason}]")
    if not result.redeemed:
        ctx.exit(1)
