"""Who hears of an alert: ordered routes, of which the first that fits decides; else the alert's own channels. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.model.alert import AlertRule, Route, Severity


def channels_for(rule: AlertRule, subject: str, severity: Severity, routes: Sequence[Route]) -> tuple[str, ...]:
    """The channels that an alert of this rule, subject and severity goes to; none: it is only kept."""
    return next((one.channels for one in routes if fits(one, rule, subject, severity)), rule.channels)


def fits(route: Route, rule: AlertRule, subject: str, severity: Severity) -> bool:
    """Whether a route is for an alert of this rule, subject and severity."""
    return (
        route.alert in (None, rule.id)
        and route.kind in (None, rule.kind)
        and route.subject in (None, subject)
        and (route.min_severity is None or severity.rank >= route.min_severity.rank)
    )
