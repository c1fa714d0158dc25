"""``[[alert]]`` and ``[[route]]``: when to raise the alarm, and who is told."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from bot.model.alert import SENSITIVITIES, AlertKind, AlertRule, AtMost, Counting, QuietHours, Route, Severity
from bot.options import Options
from config.values import Duration, Slug, at_most

_AT_MOST = re.compile(r"\s*(\d{1,3})\s*(?:/|per|a)\s*(day|week|month|quarter|year)\s*")
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_QUIET = re.compile(r"\s*(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})\s*")
_LEAST, _MOST = 1e-6, 0.05
_COOLDOWN = {AlertKind.CONTRARY_MESSAGE: timedelta(hours=1), AlertKind.CODE_LEAK: timedelta(hours=1)}
_DAY = timedelta(days=1)
Cooldown = Annotated[Duration, at_most("90d")]


def _sensitivity(value: object) -> object:
    if isinstance(value, str) and value in SENSITIVITIES:
        return SENSITIVITIES[value]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and _LEAST <= value <= _MOST:
        return float(value)
    words = ", ".join(f"'{word}' (p < {p:g})" for word, p in SENSITIVITIES.items())
    raise ValueError(f"use {words}, or a probability from {_LEAST:g} to {_MOST:g}")


def _at_most(value: object) -> object:
    found = _AT_MOST.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found[1]) == 0:
        raise ValueError(f"write how often at most as '2/week'; units are {', '.join(_DAYS)}")
    return AtMost(int(found[1]), _DAYS[found[2]], f"{int(found[1])}/{found[2]}")


def _quiet_hours(value: object) -> object:
    found = _QUIET.fullmatch(value) if isinstance(value, str) else None
    try:
        start, end = (time.fromisoformat(found[number].zfill(5)) for number in (1, 2)) if found else (None, None)
    except ValueError:
        start = end = None
    if start is None or end is None or start == end:
        raise ValueError("write two local times of day such as '22:00-07:00'")
    return QuietHours(start, end)


Sensitivity = Annotated[float, BeforeValidator(_sensitivity)]
Budget = Annotated[AtMost, BeforeValidator(_at_most)]
Quiet = Annotated[QuietHours, BeforeValidator(_quiet_hours)]


class AlertTable(Options):
    """``[[alert]]``: when to raise the alarm."""

    id: Slug
    subject: str | None = None
    kind: Literal["spike", "silence", "negative-surge", "contrary-message", "code-leak"]
    sensitivity: Sensitivity | None = None
    at_most: Budget | None = None
    count: Literal["stories", "mentions"] = "stories"
    confidence: Annotated[float, Field(gt=0, le=1)] = 0.7
    cooldown: Cooldown | None = None
    quiet_hours: Quiet | None = None
    channels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _codes_belong_to_offers(self) -> AlertTable:
        if self.kind == "code-leak" and self.subject is not None:
            raise ValueError("a code belongs to an offer, not to a subject: leave 'subject' out")
        return self


class RouteTable(Options):
    """``[[route]]``: who hears of which alerts; the first that fits decides."""

    alert: str | None = None
    kind: Literal["spike", "silence", "negative-surge", "contrary-message", "code-leak"] | None = None
    subject: str | None = None
    min_severity: Literal["low", "medium", "high"] | None = None
    channels: tuple[str, ...]


def alert_rule(row: AlertTable) -> AlertRule:
    """The noun of a table. A budget without a sensitivity starts at the most sensitive and lets history lower it."""
    kind = AlertKind(row.kind)
    usual = SENSITIVITIES["more" if row.at_most else "balanced"]
    return AlertRule(
        id=row.id,
        kind=kind,
        subject=row.subject,
        p=row.sensitivity or usual,
        at_most=row.at_most,
        counting=Counting(row.count),
        confidence=row.confidence,
        cooldown=_COOLDOWN.get(kind, _DAY) if row.cooldown is None else row.cooldown,
        quiet=row.quiet_hours,
        channels=row.channels,
    )


def route(row: RouteTable) -> Route:
    """The noun of a table."""
    return Route(
        channels=row.channels,
        alert=row.alert,
        kind=None if row.kind is None else AlertKind(row.kind),
        subject=row.subject,
        min_severity=None if row.min_severity is None else Severity(row.min_severity),
    )
