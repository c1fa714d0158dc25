"""``heard status``: how listening is going, in one look."""

from __future__ import annotations

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.cli.show import label
from bot.cli.sources import print_states
from bot.listen.polling import month_start
from bot.model import Cost, State
from bot.shapes import state_shape

WRONG = frozenset({State.BLOCKED, State.FAILING, State.OUT_OF_CREDIT})
"""States that need somebody; a rate limit passes by itself, and a pause was wanted."""


@click.command()
@json_option
@config_option
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Show how listening is going: states, coverage, gaps, cost.

    Looks back over the last 24 hours; cost is of this month (UTC). Exit status 1 when a source is blocked, failing or
    out of credit, so that a script can watch it. With --json the same lines as 'heard sources'.
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
        cost = sum(
            (app.store.spent(source.id, month_start(app.clock.now())) for source in app.settings.sources), Cost()
        )
        click.echo(f"Cost this month: ${cost.usd:,.2f} for {cost.reads:,} billable reads.")
    if any(state.state in WRONG for state, _ in states):
        ctx.exit(1)
