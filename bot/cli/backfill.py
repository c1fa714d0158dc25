"""``heard backfill``: read a source's past, after saying what it costs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json
from bot.errors import BudgetSpent
from bot.shapes import interval_shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bot.listen.backfill import Prospect, Wish
    from bot.model import Saved
    from bot.wiring import App


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option("--since", required=True, metavar="WHEN", help="From when on: 2026-11-21, or a span such as 7d.")
@click.option("--until", metavar="WHEN", help="Up to when; else up to now.")
@click.option("--subject", metavar="ID", help="For one subject only.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what it would cost and stop. Counting may cost, too.")
@json_option
@config_option
@click.pass_context
def backfill(ctx: click.Context, source: str, *, since: str, until: str | None, subject: str | None, yes: bool,
             dry_run: bool, as_json: bool) -> None:  # fmt: skip
    """Read a source's past, as far as its platform gives it.

    Says first what it may cost, and asks. Keeps to the source's budget; broken off, it goes on where it was. What is
    found is not told as news.
    """
    app = open_app(ctx)
    app.expect("source", source)
    app.expect("subject", subject)
    zone, now = app.settings.timezone, app.clock.now()
    start = parse_moment(since, zone, now)
    assert start is not None  # noqa: S101 --since is required
    wish = app.backfilling.wish(source, start, parse_moment(until, zone, now), subject)
    if not yes and not dry_run and not sys.stdin.isatty():
        raise click.UsageError("nobody is there to ask: say --yes, or look first with --dry-run")
    asking = app.backfilling.asking_cost(wish)
    if asking.usd and not as_json:
        click.echo(f"Counting what there is costs ${asking.usd:,.3f}.")
        if not yes and not dry_run:
            click.confirm("Count?", abort=True)
    found = app.backfilling.prospect(wish)
    if as_json:
        print_json([_shape(wish, found)])
    else:
        _tell(app, found)
    if dry_run or found.reachable is None:
        return
    if not yes:
        click.confirm("Read it?", abort=True, err=as_json)
    saved: list[Saved] = []
    stopped: BudgetSpent | None = None
    try:
        saved.extend(_with_progress(app.backfilling.run(wish), quiet=as_json))
    except BudgetSpent as spent:
        stopped = spent  # what was read until then is kept, and told
    new, known = sum(page.new for page in saved), sum(page.duplicates for page in saved)
    usd = sum(page.cost.usd for page in saved)
    scored = app.listening.score()
    if as_json:
        print_json([{"source": source, "pages": len(saved), "new": new, "known": known, "usd": round(usd, 6)}])
    else:
        click.echo(f"{new} new mentions, {known} known; {scored} scored. It cost ${usd:,.2f}.")
    if stopped is not None:
        raise stopped


def _tell(app: App, found: Prospect) -> None:
    if found.out_of_reach is not None:
        until = app.local(found.out_of_reach.end)
        click.echo(f"Out of reach: the platform gives nothing from before {until}.")
    if found.reachable is None:
        return
    between = f"{app.local(found.reachable.start)} – {app.local(found.reachable.end)}"
    if found.posts is None:
        click.echo(f"{between}: nobody can say how much there is; {found.cost.reads} requests at most.")
    else:
        click.echo(f"{between}: about {found.posts:,} posts, ${found.cost.usd:,.2f} at most.")
    if found.left.usd is not None and found.cost.usd > found.left.usd:
        click.echo(f"The budget holds ${found.left.usd:,.2f} more: it will stop there and can go on later.")


def _with_progress(pages: Iterator[Saved], *, quiet: bool) -> Iterator[Saved]:
    if quiet or not sys.stderr.isatty():
        yield from pages
        return
    with console(stderr=True).status("Reading the past…") as status:
        for number, page in enumerate(pages, 1):
            status.update(f"Reading the past… page {number}")
            yield page


def _shape(wish: Wish, found: Prospect) -> dict[str, Any]:
    """The estimate."""
    return {
        "source": wish.target.source,
        "subject": wish.subject,
        "reachable": interval_shape(found.reachable),
        "out_of_reach": interval_shape(found.out_of_reach),
        "posts": found.posts,
        "usd_at_most": round(found.cost.usd, 6),
        "usd_left": None if found.left.usd is None else round(found.left.usd, 6),
    }
