"""``heard status``: how listening is going, in one look."""

from __future__ import annotations

from datetime import timedelta

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.cli.show import label
from bot.cli.sources import print_states
from bot.digest.plain import clean
from bot.listen.budget import STAGE_WORDS
from bot.listen.polling import month_start
from bot.model import Cost
from bot.shapes import state_shape

DAY = timedelta(days=1)
NOTICES = 5
"""How many of the latest notices are shown."""


@click.command()
@json_option
@config_option
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Show how listening is going: states, coverage, gaps, cost.

    Looks back over the last 24 hours; cost is of this month (UTC). Exit status 1 when a source is failing, blocked,
    refuses the credentials, is out of credit or silent, so that a script can watch it. With --json the same lines as 'heard sources'.
    """
    app = open_app(ctx)
    states = app.listening.states()
    if as_json:
        print_json(state_shape(state, coverage) for state, coverage in states)
    else:
        click.echo(app.listening.coverage().text)
        if states:
            print_states(app, states)
        for state, _ in states:
            for gap in state.gaps:
                between = f"{app.local(gap.interval.start)} – {app.local(gap.interval.end)}"
                click.echo(f"not covered: {label(state.target)} {between} ({gap.cause})")
        for notice, _ in app.watching.notices(NOTICES):
            click.echo(f"told {app.local(notice.created_at)}: {clean(notice.subject_line)}")
        for source, stage, since in app.budgets.thinned():
            click.echo(f"to stay within the budget, {source.id}: {STAGE_WORDS[stage]}, since {app.local(since)}")
        for name, posts in app.listening.unread().items():
            click.echo(f"{name}: counted, not read: {posts:,} post{'' if posts == 1 else 's'} in the last 24 hours")
        for source, day in app.budgets.disagreeing():
            click.echo(
                f"{source.id}: the platform counts {day.platform:,} posts on {day.day} and we {day.ours:,}. See: heard budget"
            )
        now = app.clock.now()
        click.echo(f"Said by others in the last 24 hours: {app.telling.numbers(now - DAY, now).text}.")
        spent = [app.store.spent(source.id, month_start(now)) for source in app.settings.sources]
        cost = sum((one for one in spent if one.usd), Cost())  # what costs nothing is not billed
        click.echo(f"Cost this month: ${cost.usd:,.2f} for {cost.reads:,} billable reads.")
    if any(state.state.is_broken for state, _ in states):
        ctx.exit(1)
