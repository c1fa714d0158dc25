"""Checking what is told, and what it is for: alerts and who hears of them, objectives, activities, pages. A line each,
and behind it what is allowed and rarely meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.digest.sections import sections_of
from bot.digest.sending.windows import next_due
from bot.model import Report
from bot.model.alert import AlertKind, AlertRule, Route, Severity
from bot.model.impact import Activity, Objective
from bot.model.measure import MEASURES, PERIOD
from bot.model.observation import METRICS
from bot.watch.routes import fits

if TYPE_CHECKING:
    from bot.wiring.app import App

_NEXT = "\n      "
_BY_CHANCE = frozenset({AlertKind.SPIKE, AlertKind.SILENCE, AlertKind.NEGATIVE_SURGE})
"""The kinds that are raised where chance alone would hardly give a count."""


def report_line(app: App, report: Report) -> str:
    """Whom a digest is for, when it comes next, and by what. Raises ConfigError for sections that there are not."""
    shown = sections_of(report)
    coming = next_due(report, app.clock.now(), app.settings.timezone)
    by = ", ".join(report.channels) or "no channel: it is only kept"
    lines = [f"{report.audience}, each {report.period}, next at {app.local(coming)}, by {by}"]
    if "objectives" in shown and not app.settings.objectives:
        lines.append("its section 'objectives' stays empty: there is no [[objective]]")
    return _NEXT.join(lines)


def alert_line(app: App, rule: AlertRule) -> str:
    """What an alert watches and how strictly, and who would hear of it, by severity."""
    heard: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for one in app.alarms.hears():
        if one.rule.id == rule.id:
            heard.setdefault((one.subject, one.channels), []).append(one.severity.value)
    lines = [
        f"{subject + ', ' if subject else ''}{' and '.join(grades)}: {', '.join(channels) or 'nobody: it is only kept'}"
        for (subject, channels), grades in heard.items()
    ]
    strict = f", p < {rule.p:g}" if rule.kind in _BY_CHANCE else ""
    if rule.at_most:
        strict += f", at most {rule.at_most.words}"
    return _NEXT.join((f"{rule.kind}{strict}; who hears of it:", *lines))


def route_lines(app: App) -> Iterator[tuple[str, str]]:
    """Each route by its number: where it leads, and whether it ever decides."""
    routes = app.settings.routes
    for place, route in enumerate(routes):
        to = ", ".join(route.channels) or "nobody: it is only kept"
        yield f"route {place + 1}", _NEXT.join(filter(None, (f"to {to}", _never_decides(app, routes[:place], route))))


def _never_decides(app: App, before: Sequence[Route], route: Route) -> str:
    """Why a route decides nothing, in words; empty where it does."""
    meant = [
        (one.rule, one.subject, severity)
        for one in app.alarms.watched()
        for severity in Severity
        if fits(route, one.rule, one.subject, severity)
    ]
    if not meant:
        return "it fits none of the alerts, so it decides nothing"
    if all(any(fits(one, *case) for one in before) for case in meant):
        return "it is never reached: a route before it fits first, and the first that fits decides"
    return ""


def objective_line(app: App, objective: Objective) -> str:
    """What an objective is held against, and what it lacks for a verdict."""
    if not objective.measure:
        return "nothing measures it, so nothing is told of it: give it a measure"
    filters = [f"{key} {value}" for key, value in objective.measure.items() if key not in ("metric", "period")]
    metric = str(objective.measure["metric"])
    days = objective.measure.get("period", PERIOD).days
    lines = [f"{' of '.join((metric, ', '.join(filters))) if filters else metric}, over {days} days"]
    if objective.target is None:
        lines.append("without a target there is a figure and no verdict")
    if objective.by is not None and objective.by <= app.clock.now():
        lines.append(f"it was due on {_day(app, objective.by)}: what stands then is the verdict")
    imported = metric in METRICS and "provider" in MEASURES[metric].filters
    if imported and not app.store.observations(metric=metric):
        lines.append("nothing measures it yet: bring its figures with 'heard import observations'")
    return _NEXT.join(lines)


def activity_line(app: App, activity: Activity) -> str:
    """When something was done, and what it is held against."""
    against = f" against {activity.control}" if activity.control else ""
    series = activity.series or "stories"
    return f"{activity.kind}, {_day(app, activity.starts)}; told once, after {activity.weeks} weeks: {series}{against}"


def _day(app: App, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(app.settings.timezone)):%Y-%m-%d}"


def web_line(app: App) -> str:
    """Where the pages are, and whether letters can lead there. Raises ConfigError for a secret that cannot be used."""
    app.feedback.check()
    settings = app.settings
    if settings.public_url:
        lines = [f"{settings.web.listen}, for people {settings.public_url}"]
        if settings.public_url.startswith("https:") and not settings.web.trusted_proxies:
            lines.append(
                "no proxy is named in trusted_proxies of [web]: wrong passwords are counted for the proxy and not for people, "
                "and /metrics asks this machine for a key too"
            )
        return _NEXT.join(lines)
    lines = [settings.web.listen]
    if settings.reports:
        lines.append(
            "without public_url in [heard] no number in a digest leads to its evidence, and nothing can be set right"
        )
    if settings.web.model_fields_set & {"feedback_days", "secret_env", "secret_file"}:
        lines.append("feedback_days and the secret of [web] are for those links: without public_url they do nothing")
    return _NEXT.join(lines)
