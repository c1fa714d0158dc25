"""``heard sources recheck``: ask platforms now whether what is kept still stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.progress import progress
from bot.cli.show import plain
from bot.digest.figures import count
from bot.shapes import time_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.stewardship.following import FollowReport
    from bot.wiring import App


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@json_option
@config_option
@click.pass_context
def recheck(ctx: click.Context, sources: tuple[str, ...], *, as_json: bool) -> None:
    """Ask platforms whether what is due for a look still stands.

    The running bot does so by itself; this does it now, also where a platform had refused. What is gone there is erased
    here. Where a platform answers later (X's compliance jobs), the next look reads the answer. Exit status 1 when a
    platform could not be asked.
    """
    app = open_app(ctx)
    app.expect("source", *sources)
    due = sum(one.due + one.in_hand for one in app.following.standing() if _is_wanted(app, one.platform, sources))
    with progress("Looking again", max(due, 1)) as tell:
        reports = list(app.following.recheck(sources, progress=tell))
    if as_json:
        print_json(_shape(report) for report in reports)
    else:
        for report in reports:
            console().print(_line(app, report), soft_wrap=True)
        if not reports:
            click.echo(_nothing(app, sources))
    if any(report.state and report.state.state.is_broken for report in reports):
        ctx.exit(1)


def _is_wanted(app: App, platform: str, sources: tuple[str, ...]) -> bool:
    return platform in app.following.asked and (not sources or app.following.asked[platform] in sources)


def _line(app: App, report: FollowReport) -> str:
    told = [f"{count(report.looked)} looked at", f"{count(report.gone)} gone at the source and erased"]
    if report.in_hand:
        told.append(f"{count(report.in_hand)} handed in, the answer is to come")
    if report.cost.usd:
        told.append(f"${report.cost.usd:,.2f}")
    line = f"[bold]{plain(report.source)}[/bold]: {', '.join(told)}"
    state = report.state
    if state is None or state.error is None:
        return f"{line}."
    again = f"; asked again {app.local(state.next_poll_at)}" if state.next_poll_at else ""
    return f"{line}. {state.state}: {plain(state.error)}{again}"


def _nothing(app: App, sources: tuple[str, ...]) -> str:
    if not app.settings.follows_deletions:
        return "Deletions are not followed: [retention] delete_follow_up is false."
    if not any(_is_wanted(app, platform, sources) for platform in app.following.asked):
        return "Nobody can be asked: of these sources, none has a platform that says what was deleted."
    return "Another process is asking just now."


def _shape(report: FollowReport) -> Mapping[str, Any]:
    state = report.state
    return {
        "platform": report.platform,
        "source": report.source,
        "state": str(state.state) if state else None,
        "looked": report.looked,
        "gone": report.gone,
        "in_hand": report.in_hand,
        "reads": report.cost.reads,
        "usd": report.cost.usd,
        "error_kind": state.error_kind if state else None,
        "error": state.error if state else None,
        "next_at": time_shape(state.next_poll_at) if state else None,
    }
