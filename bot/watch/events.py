"""From alarms to alerts: one event is one alert, told once, and again only when it has grown a great deal. Pure."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.model.alert import Alert, AlertKind, AlertRule, Judged, Severity, Tail

_DAY = timedelta(days=1)
_FRESH = timedelta(days=3)
_GROWTH, _MORE = 1.5, 5
_HIGH_P, _MEDIUM_P = 1e-6, 1e-4
_HIGH_RATIO, _MEDIUM_RATIO = 5.0, 3.0
_LONG_SILENCE = 3


def alert_id(rule: str, subject: str, event: str) -> str:
    """The public id of an event: the same whoever raises it, and however often."""
    mark = hashlib.sha256(f"{rule}\0{subject}\0{event}".encode("utf-8", "replace")).digest()
    return f"alert-{b32encode(mark).decode().lower()[:12]}"


def first_day(judged: Judged, known: Sequence[Alert]) -> date:
    """The first day of the event that an alarm belongs to: one that went on until the day before, one that begins on
    the day after (what came late fills in the day before it), or its own.

    ``known`` are the alerts of the same rule and subject.
    """
    begins = judged.day - (judged.days - 1) * _DAY if judged.tail is Tail.GAP else judged.day
    going_on = [one.day for one in known if one.day - _DAY <= judged.day <= one.last_day + _DAY]
    return max(going_on, default=begins)


def size_of(judged: Judged, first: date) -> int:
    """What grows with an event: the count, of too little the days."""
    return (judged.day - first).days + 1 if judged.tail in (Tail.LOWER, Tail.GAP) else judged.count


def severity_of(judged: Judged) -> Severity:
    """How far out of the ordinary it is."""
    p = 1.0 if judged.p is None else judged.p
    if judged.tail in (Tail.LOWER, Tail.GAP):
        if p < _HIGH_P or judged.days >= _LONG_SILENCE:
            return Severity.HIGH
        return Severity.MEDIUM if p < _MEDIUM_P else Severity.LOW
    ratio = judged.count / judged.expected if judged.expected else 1.0
    if (p < _HIGH_P and ratio >= _MEDIUM_RATIO) or (p < _MEDIUM_P and ratio >= _HIGH_RATIO):
        return Severity.HIGH
    return Severity.MEDIUM if p < _MEDIUM_P or ratio >= _MEDIUM_RATIO else Severity.LOW


def has_grown(alert: Alert) -> bool:
    """Whether an event is so much larger than what people were told that they should hear again."""
    told = alert.told_size
    if told is None:
        return True
    if alert.kind is AlertKind.CODE_LEAK:
        return alert.size > told
    if alert.kind is AlertKind.SILENCE:
        return alert.size >= 2 * told and alert.size > told + 1
    return alert.size >= _GROWTH * told and alert.size >= told + _MORE


def to_tell(alerts: Sequence[Alert], rule: AlertRule, now: datetime, last: datetime | None) -> tuple[Alert, ...]:
    """What is to be told now of the alerts of one rule and subject: what is new or has grown, unless it cools down
    since ``last``, when people were told last.

    A clock that was put back does not silence it: what was told in the future does not cool down. What nobody could be
    told of while it was fresh (the rule was taken out for a while, Heard was off) is no alarm any more.
    """
    if last is not None and timedelta(0) <= now - last < rule.cooldown:
        return ()
    return tuple(one for one in alerts if has_grown(one) and now - one.updated_at <= rule.cooldown + _FRESH)
