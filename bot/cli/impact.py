"""``heard impact``: what came of the work, against what it was for."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json
from bot.cli.show import plain
from bot.digest.figures import percent_between

if TYPE_CHECKING:
    from rich.console import Console

    from bot.model.aims import Funnel, ProviderPanel, StageRate, Tally
    from bot.model.value import ValueLedger
    from bot.wiring.impact.aims import Reviewed

MOST_LIFTS = 10


@click.group(invoke_without_command=True)
@click.option("--objective", metavar="ID", help="Only this objective, with its trend and its reviews.")
@click.option("--since", metavar="WHEN", help="Funnel, providers and voices from this day on (28 days unless told).")
@click.option("--until", metavar="WHEN", help="All of it as it stood on this day (today unless told).")
@json_option
@config_option
@click.pass_context
def impact(ctx: click.Context, objective: str | None, since: str | None, until: str | None, *, as_json: bool) -> None:
    """Show how each department's objectives stand, and what came of what was said.

    A verdict comes from the interval, not from the figure: met, missed, on track, off track, or cannot tell yet. What
    several tools count of the same stands side by side and is never added. 'heard impact decide' writes a review down.
    """
    if ctx.invoked_subcommand is not None:
        return
    app = open_app(ctx)
    now, zone = app.clock.now(), app.settings.timezone
    start, end = parse_moment(since, zone, now), parse_moment(until, zone, now)
    if as_json:
        print_json([app.impact.shape(start, end, objective)])
        return
    reviewed = app.impact.reviewed(end, objective)
    out = console()
    _print_objectives(out, reviewed, ZoneInfo(zone), whole=objective is not None)
    if objective is None:
        window = app.impact.window(start, end)
        out.print(f"\n[bold]From {app.local(window.start)} to {app.local(window.end)}[/bold]")
        voice = app.voices.share_of_voice(window)
        out.print(f"Share of voice: {plain(voice.text or voice.why)}")
        for lift in app.voices.lifts(end)[-MOST_LIFTS:]:
            out.print(f"{plain(lift.activity)}: {plain(lift.text or lift.refused)}")
        funnel = app.impact.funnel(window)
        _print_funnel(out, funnel)
        _print_value(out, app.impact.value(window, funnel))
        _print_providers(out, app.impact.providers(window))


@impact.command()
@click.argument("objective", metavar="OBJECTIVE")
@click.option("--keep", "course", flag_value="keep", help="Go on as before.")
@click.option("--change", "course", flag_value="change", help="Go on, but otherwise: say how with --next.")
@click.option("--stop", "course", flag_value="stop", help="End what was done for it.")
@click.option("--reason", metavar="TEXT", required=True, help="Why: what the next review learns from.")
@click.option("--next", "next_change", metavar="TEXT", default="", help="What is done otherwise from now on.")
@json_option
@config_option
@click.pass_context
def decide(
    ctx: click.Context, objective: str, course: str | None, reason: str, next_change: str, *, as_json: bool
) -> None:
    """Write a review of an objective down.

    How it stands now, what is decided, and why. It stays for good.
    """
    from bot.impact.shapes import decision_shape
    from bot.model.aims import Course

    if course is None:
        raise click.UsageError("say what is decided: --keep, --change or --stop")
    if course == Course.CHANGE and not next_change.strip():
        raise click.UsageError("--change needs --next: what is done otherwise from now on")
    app = open_app(ctx)
    done = app.impact.decide(objective, Course(course), reason, next_change=next_change, actor="cli")
    if as_json:
        print_json([decision_shape(done)])
    else:
        click.echo(f"Written down for {plain(objective)}: {course}. {app.impact.standing(objective).text}")


def _print_objectives(out: Console, reviewed: tuple[Reviewed, ...], zone: ZoneInfo, *, whole: bool) -> None:
    from bot.digest.wording import interval_label
    from bot.impact.standing_wording import measured_text

    if not reviewed:
        out.print("No objective is configured. Add an [[objective]] with its measure and its target.", markup=False)
    by_department = sorted(reviewed, key=lambda one: one.standing.objective.department or "")
    for department, rows in groupby(by_department, key=lambda one: one.standing.objective.department or ""):
        out.print(f"\n[bold]{plain(department or 'Without a department')}[/bold]")
        for one in rows:
            objective = one.standing.objective
            owner = f" ({plain(objective.owner)})" if objective.owner else ""
            out.print(f"{plain(objective.id)}{owner}: {plain(objective.statement)}")
            out.print(f"  {plain(one.standing.text)}")
            out.print(f"  Measured over {interval_label(one.standing.measured.window, zone)}.")
            if one.due:
                out.print(f"  A review is due: heard impact decide {plain(objective.id)}")
            if whole:
                for period in one.standing.trend:
                    days = interval_label(period.window, zone)
                    out.print(f"  {days}: {plain(measured_text(period, one.standing.unit))}")
                out.print(f"  Measured as: {plain(one.standing.method)}")
                for said in one.decisions:
                    after = f" Next: {plain(said.next_change)}" if said.next_change else ""
                    out.print(f"  {said.at.astimezone(zone):%Y-%m-%d} {said.course}: {plain(said.reason)}{after}")


def _print_funnel(out: Console, funnel: Funnel) -> None:
    from bot.words import FUNNEL_STAGES

    out.print("\n[bold]Funnel[/bold]")
    for stage in funnel.stages:
        told = "; ".join(_tally(one) for one in (*stage.tallies, *stage.attributed))
        out.print(f"{FUNNEL_STAGES[stage.name]}: {plain(told or 'nobody counts them')}")
        if stage.rate is not None and stage.tallies:
            out.print(f"  of the stage before: {plain(_rate(stage.rate))}")
    out.print(f"Own posts with a tracked link or a code: {funnel.linked} of {funnel.own_posts}, {_rate(funnel.cta)}")
    out.print(plain(funnel.caveat))


def _print_value(out: Console, ledger: ValueLedger) -> None:
    from bot.impact.value_wording import CAVEAT, earned_lines, said_lines, touched_lines

    columns = {"Earned and spent": earned_lines, "People touched": touched_lines, "What was said": said_lines}
    out.print("\n[bold]Value[/bold]")
    for head, lines in columns.items():
        out.print(f"{head}:")
        for line in lines(ledger):
            out.print(f"  {plain(line)}")
    out.print(CAVEAT)


def _print_providers(out: Console, panels: tuple[ProviderPanel, ...]) -> None:
    for panel in panels:
        if len(panel.rows) < 2:  # noqa: PLR2004 one provider has nobody beside it
            continue
        out.print(f"\n[bold]{plain(panel.metric)} ({plain(panel.of)}), side by side[/bold]")
        for row in panel.rows:
            beside = (
                "the record"
                if row.tally.record
                else f"{row.ratio:.2f} times the record [{row.low:.2f}, {row.high:.2f}] on {row.pairs} days"
                if row.ratio is not None
                else "too few days in common to say more"
            )
            out.print(f"{plain(_tally(row.tally))}: {beside}")
            if row.alert:
                out.print(f"  {plain(row.alert)}")
        for line in filter(None, (panel.why, *panel.causes)):
            out.print(f"  {plain(line)}", style="dim")


def _tally(tally: Tally) -> str:
    """``58 redemptions of offer free-truffle (Heard, ledger)``; ``stories not known (Heard, …), nothing was looked at``."""
    of = "" if tally.of == "whole" else f" of {tally.of.replace(':', ' ', 1)}"
    figure = f"{tally.unit}{of} not known" if tally.value is None else f"{tally.value:,.0f} {tally.unit}{of}"
    activities = f", brought by {', '.join(tally.activities)}" if tally.activities else ""
    why = f", {tally.why}" if tally.why else ""
    return f"{figure} ({tally.provider}, {tally.method}{activities}){why}"


def _rate(rate: StageRate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return f"no rate: {rate.why}"
    return percent_between(rate.value, rate.low, rate.high)
