"""``heard offers``: redemption counts and codes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import plain, table
from bot.digest.plain import clean
from bot.shapes import offer_shape

if TYPE_CHECKING:
    from bot.model import OfferCount


@click.group(invoke_without_command=True)
@json_option
@config_option
@click.pass_context
def offers(ctx: click.Context, *, as_json: bool) -> None:
    """Show redemption counts; issue and list codes."""
    if ctx.invoked_subcommand is not None:
        return
    app = open_app(ctx)
    counts = app.counting.counts()
    if as_json:
        print_json(offer_shape(count) for count in counts)
    elif counts:
        _print_counts(counts)
    else:
        click.echo("No offers are configured. Add an [[offer]] with its code to the configuration.")


@offers.command()
@click.argument("offer", metavar="ID")
@click.option("--count", metavar="N", type=click.IntRange(1, 1_000_000), required=True, help="How many codes to make.")
@click.option("--placement", metavar="NAME", help="Where these codes will be given out.")
@click.option("--prefix", metavar="TEXT", default="", help="What every code begins with.")
@click.option("--length", metavar="N", type=click.IntRange(6, 32), default=10, show_default=True,
              help="Random characters of a code, from 6 to 32.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def issue(ctx: click.Context, /, offer: str, count: int, *, as_json: bool, **shape: str | int | None) -> None:
    """Make unique codes and print them.

    One code a line, ready for a file: heard offers issue ID --count 500 > codes.txt. Every code has a check character,
    so that a mistyped one is never taken for another.
    """
    app = open_app(ctx)
    app.expect("offer", offer)
    placement = str(shape["placement"]) if shape["placement"] else None
    codes = app.counting.issue(offer, count, placement, prefix=str(shape["prefix"]), length=int(shape["length"] or 0))
    if as_json:
        print_json({"offer": offer, "code": code, "placement": placement} for code in codes)
    else:
        sys.stdout.writelines(f"{code}\n" for code in codes)
        sys.stdout.flush()
        click.echo(f"{len(codes)} code{'s' if len(codes) != 1 else ''} issued.", err=True)


@offers.command()
@click.argument("offer", metavar="ID")
@click.option("--codes", is_flag=True, help="List the issued codes instead.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=20, show_default=True,
              help="How many of the last events.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def show(ctx: click.Context, offer: str, limit: int, *, codes: bool, as_json: bool) -> None:
    """Show one offer's counts and last events.

    Refusals are shown with their reasons; the id at the end of a redemption's line is what 'heard offers rollback'
    takes. With --json the counts only.
    """
    app = open_app(ctx)
    app.expect("offer", offer)
    if codes:
        listed = app.store.codes(offer)
        if as_json:
            print_json({"code": code.upper(), "placement": placement, "used": used} for code, placement, used in listed)
        else:
            for code, placement, used in listed:
                click.echo(f"{code.upper()}  {'used' if used else 'open'}  {placement or ''}".rstrip())
        return
    counts = tuple(count for count in app.counting.counts() if count.offer == offer)
    events = list(app.store.offer_events(offer=offer))[-limit:]
    if as_json:
        print_json(offer_shape(count) for count in counts)
        return
    _print_counts(counts)
    for event in events:
        what = " ".join(
            str(part) for part in (event.code, event.placement and f"at {event.placement}", event.reason) if part
        )
        click.echo(f"{app.local(event.at)}  {event.kind:<11}  {clean(what)}  {event.id}")


@offers.command("rollback")
@click.argument("redemption")
@config_option
@click.pass_context
def rollback(ctx: click.Context, redemption: str) -> None:
    """Give a redemption back; the history is kept."""
    app = open_app(ctx)
    app.counting.roll_back(redemption)
    click.echo(f"Given back: {redemption}")


def _print_counts(counts: tuple[OfferCount, ...]) -> None:
    """Each offer with its placements below it, and the facts of the whole in a line."""
    out = console()
    for number, whole in enumerate(count for count in counts if count.placement is None):
        shown = table(plain(whole.name), right=("today", "this week", "in all"))
        shown.columns[0].min_width = 24
        rows = [count for count in counts if count.offer == whole.offer]
        for row in rows:
            name = "everywhere" if row.placement is None else f"  {plain(row.placement)}"
            shown.add_row(name, str(row.today), str(row.this_week), str(row.total))
        if number:
            out.print()
        out.print(shown)
        facts = [f"[bold]{whole.offer}[/bold]", plain(whole.verdict)]
        facts.append("no cap" if whole.cap_remaining is None else f"{whole.cap_remaining:,} left")
        facts += [f"{whole.refused:,} refused"] if whole.refused else []
        facts += [f"{whole.rolled_back:,} given back"] if whole.rolled_back else []
        out.print(" · ".join(facts))
    out.print("Today is counted up to now; ranges are 95 % intervals.")
