"""``heard sources``: every source, with since when it is how it is; pause and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.coverage import coverage as coverage_command
from bot.cli.recheck import recheck as recheck_command
from bot.cli.show import NARROW, label, plain, targets
from bot.digest.plain import clean
from bot.errors import HeardError
from bot.shapes import found_feed_shape, state_shape

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model import TargetState
    from bot.wiring import App


@click.group(invoke_without_command=True)
@json_option
@config_option
@click.pass_context
def sources(ctx: click.Context, *, as_json: bool) -> None:
    """Show every source; pause or resume one; coverage; find feeds; look again.

    'covered' is the share of the last 24 hours that was looked at.
    """
    if ctx.invoked_subcommand is not None:
        return
    app = open_app(ctx)
    states = app.listening.states()
    if as_json:
        print_json(state_shape(state, coverage) for state, coverage in states)
    elif states:
        print_states(app, states)
    else:
        click.echo("No sources are configured. Add a [[source]] to the configuration.")


sources.add_command(coverage_command)
sources.add_command(recheck_command)


@sources.command()
@click.argument("address", metavar="URL")
@json_option
@config_option
@click.pass_context
def discover(ctx: click.Context, address: str, *, as_json: bool) -> None:
    """Find the feeds of a web page and read each.

    The page is asked, then what it announces, else where feeds usually are: 20 requests at most.
    """
    from bot.http import redact

    found = open_app(ctx).feeds.discover(address)
    if as_json:
        print_json(found_feed_shape(feed) for feed in found)
    elif found:
        for feed in found:
            newest = f", newest of {feed.newest:%Y-%m-%d}" if feed.newest else ""
            entries = "1 entry" if feed.entries == 1 else f"{feed.entries} entries"
            click.echo(f"{clean(feed.title) or 'without a title'}\n  {feed.address}\n  {feed.kind}, {entries}{newest}")
        click.echo(f'\nFor a [[source]] with connector = "rss":\nfeeds = ["{found[0].address}"]')
    if not found:
        raise HeardError(f"no feed was found at {redact(address)}; look for one in a browser, and give its own address")


@sources.command()
@click.argument("source", metavar="ID")
@config_option
@click.pass_context
def pause(ctx: click.Context, source: str) -> None:
    """Stop polling a source until it is resumed."""
    _set_paused(ctx, source, paused=True)


@sources.command()
@click.argument("source", metavar="ID")
@config_option
@click.pass_context
def resume(ctx: click.Context, source: str) -> None:
    """Poll a paused or blocked source again."""
    _set_paused(ctx, source, paused=False)


def _set_paused(ctx: click.Context, source: str, *, paused: bool) -> None:
    app = open_app(ctx)
    app.expect("source", source)
    touched = app.watching.set_paused(source, paused=paused)
    if not paused:
        app.following.resume(source)
    if not touched:
        raise HeardError(f"source '{source}' has nothing to {'pause' if paused else 'resume'}")
    click.echo(f"{source}: {'paused' if paused else 'due now, for the running bot or the next heard collect'}")


def print_states(app: App, states: tuple[tuple[TargetState, float | None], ...]) -> None:
    """The table of targets, then what is wrong with each; also what ``heard status`` shows."""
    out = console()
    narrow = out.width < NARROW

    def moment(when: datetime | None) -> str:
        return app.local(when)[4:] if narrow and when else app.local(when)

    rows = [["source", "state", "last answer", "next poll", "covered", "since"]]
    for state, coverage in states:
        moments = (moment(state.last_success), moment(state.next_poll_at))
        covered = "?" if coverage is None else f"{100 * coverage:.0f} %"
        rows.append([label(state.target), str(state.state), *moments, covered, moment(state.since)])
    if narrow:
        targets(out, [row[:-1] for row in rows], (13, 12, 12, -7))
    else:
        targets(out, rows, (13, 16, 16, -7, 16))
    for state, _ in states:
        if state.error:
            since = f"{state.state} since {app.local(state.since)}"
            out.print(f"[bold]{plain(label(state.target))}[/bold] {since}: {plain(state.error)}", soft_wrap=True)
