"""``heard status``: how listening is going, in one look."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, json_option, open_app, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import TargetState
    from bot.wiring import App

DAY = timedelta(days=1)
BEAT_LASTS = timedelta(seconds=90)
"""How old a heartbeat may be: six are missing by then."""
NOTICES = 5
"""How many of the latest notices are shown."""


@click.command()
@click.option("--healthy", is_flag=True, help="Only whether the bot is at work here: exit status 0 or 1. Quick, for a container's health check.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def status(ctx: click.Context, *, as_json: bool, healthy: bool) -> None:
    """Show how listening is going: states, coverage, gaps, cost.

    Looks back over the last 24 hours; cost is of this month (UTC). Exit status 1 when a source is failing, blocked,
    refuses the credentials, is out of credit or silent, so that a script can watch it. With --json the same lines as
    'heard sources'.
    """
    if healthy:
        _say_healthy(ctx)
    else:
        _say_how(ctx, as_json=as_json)


def _say_healthy(ctx: click.Context) -> None:
    """Asks the heartbeat file, and the database only where there is none: reading the file needs no library."""
    from bot.clock import SystemClock
    from bot.heartbeat import read_beat
    from config.finding import find_config

    beat, now = read_beat(find_config(ctx.ensure_object(dict).get("config"))), SystemClock().now()
    if beat is not None and abs(now - beat.at) <= BEAT_LASTS:
        late = beat.late
    else:
        vitals = open_app(ctx).vitals
        if not vitals.has_beaten():
            click.echo("not at work: no bot on this machine has said anything within the last minute and a half")
            ctx.exit(1)
        late = vitals.late()
    click.echo(f"late: {', '.join(late)}" if late else "at work")
    ctx.exit(1 if late else 0)


def _say_how(ctx: click.Context, *, as_json: bool) -> None:
    from bot.cli.sources import print_states
    from bot.shapes import state_shape

    app = open_app(ctx)
    states = app.listening.states()
    if as_json:
        print_json(state_shape(state, coverage) for state, coverage in states)
    else:
        looked = app.listening.coverage()
        click.echo(looked.text)
        if states:
            print_states(app, states)
        _print_around(app, states, looked.share)
    if any(state.state.is_broken for state, _ in states):
        ctx.exit(1)


def _print_around(app: App, states: Sequence[tuple[TargetState, float | None]], looked: float) -> None:
    """What else somebody should know: gaps, notices, alerts, reviews, money. ``looked``: the share that was covered."""
    from bot.cli.show import label
    from bot.digest.plain import clean
    from bot.digest.wording import CAUSES
    from bot.listen.budget import STAGE_WORDS

    for state, _ in states:
        for gap in state.gaps:
            between = f"{app.local(gap.interval.start)} – {app.local(gap.interval.end)}"
            click.echo(f"not covered: {label(state.target)} {between} ({CAUSES[gap.cause]})")
    for notice, _ in app.watching.notices(NOTICES):
        click.echo(f"told {app.local(notice.created_at)}: {clean(notice.subject_line)}")
    if raised := app.alarms.latest(since=app.clock.now() - DAY):
        click.echo(f"Raised in the last 24 hours: {', '.join(one.rule for one in raised)}. See: heard alerts")
    if due := app.impact.reviews_due():
        click.echo(f"A review is due: {', '.join(due)}. See: heard impact")
    for source, stage, since in app.budgets.thinned():
        click.echo(f"to stay within the budget, {source.id}: {STAGE_WORDS[stage]}, since {app.local(since)}")
    for name, posts in app.listening.unread().items():
        click.echo(f"{name}: counted, not read: {posts:,} post{'' if posts == 1 else 's'} in the last 24 hours")
    for source, day in app.budgets.disagreeing():
        click.echo(
            f"{source.id}: the platform counts {day.platform:,} posts on {day.day} and we {day.ours:,}. See: heard budget"
        )
    for line in app.following.lines():
        click.echo(f"Deletions: {line}")
    now = app.clock.now()
    click.echo(f"Said by others in the last 24 hours: {app.telling.numbers(now - DAY, now).told(looked)}.")
    cost = app.budgets.spent_this_month()
    click.echo(f"Cost this month: ${cost.usd:,.2f} for {cost.reads:,} billable reads.")
