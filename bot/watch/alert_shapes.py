"""The public JSON shapes of alerts and their back-tests (docs/json.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.model.alert import Alert, Backtest
from bot.shapes import Shape, time_shape


def alert_shape(alert: Alert) -> Shape:
    """An alert as ``heard alerts --json`` prints it; ``facts`` is its explanation."""
    return {
        "id": alert.id,
        "alert": alert.rule,
        "kind": alert.kind.value,
        "subject": alert.subject or None,
        "event": alert.event,
        "severity": alert.severity.value,
        "first_day": alert.day.isoformat(),
        "last_day": alert.last_day.isoformat(),
        "count": alert.count,
        "expected": None if alert.expected is None else round(alert.expected, 2),
        "p": alert.p,
        "raised_at": time_shape(alert.raised_at),
        "updated_at": time_shape(alert.updated_at),
        "told_at": time_shape(alert.told_at),
        "notices": list(alert.notices),
        "facts": dict(alert.body),
    }


def backtest_shape(found: Backtest, at: Mapping[str, Backtest]) -> Shape:
    """A back-test as ``heard alerts test --json`` prints it; ``sensitivities`` is what it would be at each."""
    return {**_tested(found), "alert": found.rule, "subject": found.subject, "sensitivities": {
        word: _tested(one) for word, one in at.items()
    }}  # fmt: skip


def _tested(found: Backtest) -> dict[str, Any]:
    return {
        "p": found.p,
        "since": None if found.first is None else found.first.isoformat(),
        "until": None if found.last is None else found.last.isoformat(),
        "days_judged": found.judged,
        "days_missing": found.missing,
        "learning": found.learning,
        "fired": [{"day": day.isoformat(), "p": p} for day, p in zip(found.fired, found.p_values, strict=True)],
        "by_chance": found.by_chance,
    }
