"""``heard offers compare``, ``plan``, ``blocks`` and ``keep``: which offer works better, and whether to keep one up."""

from __future__ import annotations

from collections.abc import Sequence

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.digest.plain import clean


@click.command()
@click.argument("arms", metavar="[A B]", nargs=-1)
@json_option
@config_option
@click.pass_context
def compare(ctx: click.Context, arms: tuple[str, ...], *, as_json: bool) -> None:
    """Say which of two offers works better.

    A and B are offers, or placements of them: heard offers compare truffle:counter truffle:market. Without them every
    pair that the configuration means to compare. It may be asked every day: the error rate counts every look.
    """
    if len(arms) not in {0, 2}:
        raise click.UsageError("name two offers or placements, or none for every pair that is meant to be compared")
    app = open_app(ctx)
    found = (app.comparing.compare(*arms),) if arms else app.comparing.compare_all()
    if as_json:
        from bot.offers.verdicts.shapes import comparison_shape

        print_json(map(comparison_shape, found))
    elif found:
        _print_verdicts([one.sentences for one in found])
    else:
        click.echo("Nothing is meant to be compared. Set exposure for two offers, or placements_alike for one.")


@click.command()
@click.option("--rate", metavar="R", type=float, required=True, help="Redemptions a day that are usual.")
@click.option("--lift", metavar="X", type=float, default=1.5, show_default=True,
              help="How many times as many would be worth finding.")  # fmt: skip
@click.option("--days", metavar="N", type=int, help="The days that there are.")
@click.option("--power", metavar="P", type=float, default=0.8, show_default=True,
              help="The chance of finding it that is wanted.")  # fmt: skip
@click.option("--dispersion", metavar="K", type=float,
              help="How evenly redemptions come: the k of a negative binomial, small for very unevenly.")  # fmt: skip
@click.option("--arms", metavar="N", type=int, default=2, show_default=True, help="How many offers are compared.")
@json_option
@config_option
@click.pass_context
def plan(
    ctx: click.Context,
    /,
    rate: float,
    lift: float,
    days: int | None,
    *,
    power: float,
    dispersion: float | None,
    arms: int,
    as_json: bool,
) -> None:
    """Say what a comparison would find, before it starts.

    The chance of finding such a difference, the days that it takes, and the smallest difference that the days can find.
    """
    from bot.offers.verdicts.power import plan as planned

    ctx.ensure_object(dict)
    found = planned(rate=rate, lift=lift, days=days, power=power, dispersion=dispersion, arms=arms)
    if as_json:
        from bot.offers.verdicts.shapes import plan_shape

        print_json([plan_shape(found)])
    else:
        _print_verdicts([found.sentences])


@click.command()
@click.argument("offer", metavar="[ID]", required=False)
@json_option
@config_option
@click.pass_context
def keep(ctx: click.Context, offer: str | None, *, as_json: bool) -> None:
    """Say whether to keep an offer up, and what would change that.

    Judged on day 28 and every 14 days from then on, by what the days left to the review should bring.
    """
    app = open_app(ctx)
    app.expect("offer", offer)
    ids = [offer] if offer else [one.id for one in app.settings.offers]
    verdicts = [app.comparing.keep(name) for name in ids]
    if as_json:
        from bot.offers.verdicts.shapes import keep_shape

        print_json(map(keep_shape, verdicts))
    elif verdicts:
        _print_verdicts([one.sentences for one in verdicts])
    else:
        click.echo("No offers are configured. Add an [[offer]] with its code to the configuration.")


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--count", metavar="N", type=click.IntRange(1, 200), default=7, show_default=True, help="How many blocks."
)
@json_option
@config_option
@click.pass_context
def blocks(ctx: click.Context, a: str, b: str, count: int, *, as_json: bool) -> None:
    """Say which of two offers is announced first, by a coin.

    For offers that are shown in blocks (exposure = "blocks"). The coin is thrown once: asked again, it says the same.
    """
    app = open_app(ctx)
    app.expect("offer", a, b)
    found = app.comparing.blocks(a, b, count)
    if as_json:
        from bot.offers.verdicts.shapes import block_shape

        print_json(map(block_shape, found))
        return
    for block in found:
        click.echo(
            f"{block.first_day:%a} {block.first_day}  {block.leads}; from {block.turn:%a} {block.turn}  {block.follows}"
        )


def _print_verdicts(verdicts: Sequence[Sequence[str]]) -> None:
    """Each verdict a block of lines."""
    for number, sentences in enumerate(verdicts):
        if number:
            click.echo()
        for sentence in sentences:
            click.echo(clean(sentence))
