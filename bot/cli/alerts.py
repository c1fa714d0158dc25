"""``heard alerts``: what was raised and why, and what each alert would have done before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json
from bot.cli.progress import progress
from bot.cli.show import plain, table
from bot.phrases import plural

if TYPE_CHECKING:
    from bot.model.alert import Backtest
    from bot.wiring import App
    from bot.wiring.watch.alarming import Tested

_DATES = 8


@click.group(invoke_without_command=True)
@click.option("--since", metavar="WHEN", help="Only what was raised since: 2026-03-01, 7d, 12h.")
@click.option(
    "--limit", metavar="N", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many."
)
@json_option
@config_option
@click.pass_context
def alerts(ctx: click.Context, since: str | None, limit: int, *, as_json: bool) -> None:
    """Show what was raised, and test what would have been."""
    if ctx.invoked_subcommand is not None:
        return
    app = open_app(ctx)
    found = app.alarms.latest(limit, since=parse_moment(since, app.settings.timezone, app.clock.now()))
    if as_json:
        from bot.watch.alert_shapes import alert_shape

        print_json(map(alert_shape, found))
        return
    if not found:
        click.echo(_none(app))
        return
    from bot.digest.notices.alerts import headline

    desk = app.alarms.desk()
    rows = table("Raised", "Severity", "What", "Told", "Id")
    for one in found:
        told = app.local(one.told_at) if one.told_at else "not yet"
        rows.add_row(app.local(one.raised_at), one.severity, plain(headline(one, desk)), told, one.id)
    console().print(rows)


@alerts.command()
@click.argument("alert", metavar="ID")
@json_option
@config_option
@click.pass_context
def show(ctx: click.Context, alert: str, *, as_json: bool) -> None:
    """Show one alert in full.

    What happened, why it was raised, and what to do.
    """
    from bot.digest.notices.alerts import TO_DO, explain, headline
    from bot.errors import ConfigError
    from bot.watch.alert_shapes import alert_shape

    app = open_app(ctx)
    found = app.alarms.alert(alert)
    if found is None:
        raise ConfigError(f"there is no alert '{alert}'; those that were raised are shown by: heard alerts")
    if as_json:
        print_json([alert_shape(found)])
        return
    out = console()
    out.print(f"[bold]{plain(headline(found, app.alarms.desk()))}[/bold]")
    told = f"told {app.local(found.told_at)}" if found.told_at else "not told yet"
    out.print(f"{found.severity}, raised {app.local(found.raised_at)}, {told}")
    for paragraph in explain(found, app.alarms.desk()):
        out.print()
        for line in paragraph.split("\n"):
            out.print(plain(line), soft_wrap=True)
    out.print()
    out.print(f"What to do: {TO_DO[found.kind]}", soft_wrap=True, markup=False, highlight=False)


@alerts.command()
@click.argument("alert", metavar="[ID]", required=False)
@click.option("--days", metavar="N", type=click.IntRange(7, 730), default=90, show_default=True, help="How far back.")
@json_option
@config_option
@click.pass_context
def test(ctx: click.Context, alert: str | None, days: int, *, as_json: bool) -> None:
    """Show when each alert would have fired on stored history.

    With the dates and their probabilities, how many of them chance alone would give, and what it would be at each
    sensitivity. Nothing is raised and nobody is told.
    """
    from bot.watch.alert_shapes import backtest_shape

    app = open_app(ctx)
    app.expect("alert", alert)
    watched = app.alarms.watched(alert)
    with progress("Testing", len(watched)) as tell:
        found = tuple(app.alarms.tests(alert, days=days, progress=tell))
    if as_json:
        print_json(backtest_shape(one.found, one.at) for one in found)
        return
    if not found:
        click.echo("No alert is configured. Add an [[alert]] to the configuration.")
    out = console()
    for one in found:
        name = f"{one.watched.rule.id} ({one.watched.rule.kind}{', ' + one.watched.subject if one.watched.subject else ''})"
        out.print(f"[bold]{plain(name)}[/bold]")
        for line in _tested(one):
            out.print(f"  {line}", soft_wrap=True, markup=False, highlight=False)


def _tested(one: Tested) -> list[str]:
    found = one.found
    if found.learning:
        unseen = f" ({_unseen(found)})" if found.missing else ""
        return [f"learning: fewer than 28 covered days to judge by{unseen}"]
    lines = [f"{plural(found.judged, 'day')} judged, {_unseen(found)}; {_fired(found)}"]
    if one.watched.rule.at_most is not None:
        lines.append(f"at most {one.watched.rule.at_most.words}: its own history asks for p < {found.p:.2g}")
    for word, other in one.at.items():
        lines.append(f"{word:9} (p < {other.p:g}): {_fired(other)}")
    return lines


def _unseen(found: Backtest) -> str:
    """How many days tell nothing: ``3 days were not looked at``."""
    return f"{plural(found.missing, 'day was', 'days were')} not looked at" if found.missing else "none was missing"


def _fired(found: Backtest) -> str:
    from bot.digest import wording

    said = "would not have fired"
    if found.fired:
        said = f"would have fired {wording.times(len(found.fired))}"
        pairs = list(zip(found.fired, found.p_values, strict=True))[-_DATES:]
        dates = [f"{wording.day_label(day)}{'' if p is None else f' (p {p:.1g})'}" for day, p in pairs]
        said += f": {', '.join(dates)}"
    return said if found.by_chance is None else f"{said}; by chance up to about {found.by_chance:g}"


def _none(app: App) -> str:
    if not app.settings.alerts:
        return "No alert is configured. Add an [[alert]] to the configuration; what it would do: heard alerts test"
    return "Nothing was raised. What would have been: heard alerts test"
