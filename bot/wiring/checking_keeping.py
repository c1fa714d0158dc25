"""Checking what is kept: for how long, which figures that is too short for, what lies beside the database, what stands
still.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.digest.content.volume import DAYS, WEEKS
from bot.digest.sections import sections_of
from bot.errors import ConfigError
from bot.impact.lift import LEAST_BEFORE
from bot.model import Period, Report, State
from bot.model.alert import AlertKind
from bot.model.measure import PERIOD
from bot.stewardship.retention import sentences, too_short_for
from bot.watch.baseline import REACH

if TYPE_CHECKING:
    from bot.wiring.app import App
    from config.settings import Settings

_LONGEST = {Period.DAY: timedelta(days=3), Period.WEEK: timedelta(days=7), Period.MONTH: timedelta(days=31)}
"""What a digest covers at most: Monday's of a digest for working days is of three."""
_BEFORE = {Period.DAY: "day before", Period.WEEK: "week before", Period.MONTH: "month before"}
_OF_MENTIONS = {"penetration", "net_pull_through", "contrary_rate", "net_tone", "stories", "share_of_voice", "score"}
"""What objectives measure of single mentions; other figures come from tills, providers or polls."""
_BY_CHANCE = {AlertKind.SPIKE, AlertKind.SILENCE, AlertKind.NEGATIVE_SURGE}


def kept_lines(settings: Settings) -> Iterator[str]:
    """How long what is kept, and which figures that is too short for."""
    yield from sentences(settings.retention)
    yield from too_short_for(settings.retention.rollups, looks_back(settings))


def looks_back(settings: Settings) -> dict[str, timedelta]:
    """How far back each configured figure looks for numbers of single mentions."""
    needs = {figure: span for report in settings.reports for figure, span in _of_report(report)}
    for rule in settings.alerts:
        if rule.kind in _BY_CHANCE:
            needs[f"alert {rule.id}: what is usual"] = timedelta(days=REACH + 1)
    for objective in settings.objectives:
        if objective.measure.get("metric") in _OF_MENTIONS:
            needs[f"objective {objective.id}: its figure"] = objective.measure.get("period") or PERIOD
    for activity in settings.activities:
        needs[f"activity {activity.id}: its lift"] = timedelta(weeks=LEAST_BEFORE + activity.weeks + 1)
    return needs


def _of_report(report: Report) -> Iterator[tuple[str, timedelta]]:
    longest = _LONGEST[report.period]
    yield f"digest {report.id}: the comparison with the {_BEFORE[report.period]}", 2 * longest
    try:
        shown = sections_of(report)
    except ConfigError:  # the digest's own finding
        return
    if "volume" not in shown:
        return
    if report.period is Period.DAY:
        yield f"digest {report.id}: the same day of the {WEEKS} weeks before", timedelta(weeks=WEEKS) + longest
    yield f"digest {report.id}: its chart", timedelta(days=DAYS[report.period])


def standing_still(app: App) -> Iterator[tuple[str, str]]:
    """The feeds and sources nobody asks any more until a person acts, each with why, and what becomes of its items."""
    for state in app.store.target_states():
        if state.state is State.BLOCKED and state.next_poll_at is None and state.error:
            why = f"is not asked any more: {state.error.rstrip('.')}. What it brought is kept."
            yield f"source {state.target}", f"{why} To ask again: heard sources resume {state.target.source}"
