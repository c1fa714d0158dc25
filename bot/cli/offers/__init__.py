"""``heard offers``: redemption counts, codes and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.offers import codes, compare, history, leaks, reconcile
from bot.cli.offers.facts import fact_lines
from bot.cli.show import plain, table
from bot.phrases import plural
from bot.shapes import facts_shape, offer_shape

if TYPE_CHECKING:
    from bot.wiring.offers.showing import Row

COUNT = 19
"""The room of a count with its word, where the terminal has it: ``   12  4 provisional``."""


@click.group(invoke_without_command=True)
@json_option
@config_option
@click.pass_context
def offers(ctx: click.Context, *, as_json: bool) -> None:
    """Show redemption counts; issue and list codes."""
    if ctx.invoked_subcommand is not None:
        return
    app = open_app(ctx)
    counts = app.reconciling.counts()
    if as_json:
        print_json(offer_shape(count) for count in counts)
    elif counts:
        print_counts(app.showing.rows())
    else:
        click.echo("No offers are configured. Add an [[offer]] with its code to the configuration.")


@offers.command()
@click.argument("offer", metavar="ID")
@click.option("--codes", "list_codes", is_flag=True, help="List the issued codes instead.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=20, show_default=True,
              help="How many of the last events.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def show(ctx: click.Context, offer: str, limit: int, *, list_codes: bool, as_json: bool) -> None:
    """Show one offer's counts and last events, newest first.

    Refusals are shown with their reasons; the id at the end of a redemption's line is what 'heard offers rollback'
    takes. With --json the counts, and the facts with the row of the whole offer.
    """
    app = open_app(ctx)
    app.expect("offer", offer)
    if list_codes:
        codes.print_codes(app.counting.codes(offer), as_json=as_json)
        return
    counts = app.reconciling.counts(offer)
    if as_json:
        facts = facts_shape(app.reconciling.facts(offer))
        print_json(offer_shape(count) | {"facts": None if count.placement else facts} for count in counts)
        return
    print_counts(app.showing.rows(offer))
    for line in fact_lines(app.reconciling.facts(offer)):
        click.echo(line)
    leaked = app.tracing.after_leak()
    for event in app.counting.events(limit, offer=offer):
        click.echo(history.event_line(app, event, after_leak=leaked(event)))


def print_counts(rows: tuple[Row, ...]) -> None:
    """Each offer with its placements below it, each count with its word, and the facts of the whole in a line."""
    out = console()
    for number, top in enumerate(row for row in rows if row.placement is None):
        whole = top.counted
        shown = table(plain(whole.name), *(f"{name:<{COUNT}}" for name in ("today", "this week", "in all")))
        shown.columns[0].min_width = 16
        for row in rows:
            if row.counted.offer == whole.offer:
                name = "everywhere" if row.placement is None else f"  {plain(row.placement)}"
                shown.add_row(name, *(f"{told.count:>5,}  {told.word}" for told in (row.today, row.week, row.total)))
        if number:
            out.print()
        out.print(shown)
        facts = [f"[bold]{whole.offer}[/bold]", plain(whole.verdict)]
        facts.append("no cap" if whole.cap_remaining is None else f"{whole.cap_remaining:,} left")
        # Where a mismatch is the word of the total, what may still change beside it is told here.
        facts += [f"{whole.provisional:,} provisional"] if whole.mismatch and whole.provisional else []
        facts += [f"{whole.held:,} held"] if whole.held else []
        facts += [f"{whole.refused:,} refused"] if whole.refused else []
        facts += [f"{whole.rolled_back:,} given back"] if whole.rolled_back else []
        facts += [f"{plural(whole.gap_days, 'day')} not told in full"] if whole.gap_days else []
        out.print(" · ".join(facts))
    out.print("Today is counted up to now; ranges are 95 % intervals.")


for command in (
    *(codes.issue, codes.sheet, codes.disable, codes.enable),
    *(history.events, history.reserve, history.release, history.rollback),
):
    offers.add_command(command)
offers.add_command(compare.compare)
offers.add_command(compare.plan)
offers.add_command(compare.blocks)
offers.add_command(compare.keep)
offers.add_command(reconcile.reconcile)
offers.add_command(leaks.chain)
offers.add_command(leaks.leaks)
