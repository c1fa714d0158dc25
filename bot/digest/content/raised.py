"""Alerts of the window as the digest's body has them: what was out of the ordinary, and how far. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.digest.content.health import stamp
from bot.digest.content.links import Links
from bot.digest.notices.alerts import AlertDesk, against_together, evidence_url, headline
from bot.digest.plain import clean
from bot.model.alert import Alert, AlertKind
from bot.phrases import plural

TOLD = 5
"""Matters that are told; the alerts of the rest are counted."""


def alert_rows(alerts: Sequence[Alert], names: Mapping[str, str], timezone: str, links: Links) -> list[dict[str, Any]]:
    """What matters most first; ``names`` are those of subjects and offers by id."""
    desk = AlertDesk(names, timezone, links.public)
    ranked = sorted(alerts, key=lambda one: (-one.severity.rank, one.raised_at, one.id))
    together: dict[tuple[str, ...], list[Alert]] = {}
    for one in ranked:
        together.setdefault(_matter(one), []).append(one)
    told = list(together.values())[:TOLD]
    rows = [_row(group, desk, links) for group in told]
    more = len(ranked) - sum(map(len, told))
    if more > 0:
        rows.append({"alert": None, "text": f"And {plural(more, 'more alert')}.", "evidence": links.alerts()})
    return rows


def _matter(one: Alert) -> tuple[str, ...]:
    """What it is about: stories that go against the same message the same way are one matter."""
    if one.kind is AlertKind.CONTRARY_MESSAGE:
        against = one.body["contrary"]
        return (one.subject, against["message"], against["outcome"])
    return (one.id,)


def _row(group: Sequence[Alert], desk: AlertDesk, links: Links) -> dict[str, Any]:
    one = group[0]
    # the digest tells it as a whole, not what is new of it
    told = headline(replace(one, told_size=None), desk) if len(group) == 1 else against_together(group, desk)
    return {
        "alert": one.id,
        "stories": len(group),
        "message": one.body["contrary"]["message"] if one.kind is AlertKind.CONTRARY_MESSAGE else None,
        "rule": one.rule,
        "kind": one.kind.value,
        "subject": one.subject,
        "severity": one.severity.value,
        "day": one.day.isoformat(),
        "raised_at": stamp(one.raised_at),
        "text": f"{clean(told)}.",
        "evidence": evidence_url(one, links.public.rstrip("/")) if links.public else None,
    }
