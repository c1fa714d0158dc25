"""Objectives as the digest's body has them: where each stands, stood and leads, against its target. Pure.

Every verdict comes from an interval against a target (measurement §10); here it is only put into words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.digest import wording
from bot.digest.content.health import stamp
from bot.digest.content.links import Links
from bot.digest.figures import as_set, count, measured, to_interval
from bot.digest.plain import clean, shorten
from bot.model.impact import Measured, ObjectiveStanding, ObjectiveVerdict
from bot.model.measure import RANGES
from bot.phrases import plural
from bot.words import STANDS

_STATEMENT = 140
_NAME = 40
_TEXT = 500
_AMISS = (ObjectiveVerdict.MISSED, ObjectiveVerdict.OFF_TRACK)
_BEFORE = 3
"""Periods before the present one that the table shows; the chart has more."""


def objective_rows(standings: Sequence[ObjectiveStanding], timezone: str, links: Links) -> list[dict[str, Any]]:
    """One row an objective, what is amiss first, departments kept in their order within that."""
    order = {verdict: place for place, verdict in enumerate(STANDS)}
    return [_row(one, timezone, links) for one in sorted(standings, key=lambda one: order[one.verdict])]


def pictured(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The one objective whose course is drawn: the first amiss that was measured often enough to have a course."""
    for row in rows:
        known = [one for one in (row, *row["trend"]) if one["value"] is not None]
        if row["verdict"] in _AMISS and len(known) > _BEFORE:
            return str(row["objective"])
    return None


def tally(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """How many objectives have each verdict, in words, what is amiss first."""
    found = Counter(row["verdict"] for row in rows)
    return [(word, found[verdict.value]) for verdict, word in STANDS.items() if found[verdict.value]]


def tally_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """``4 objectives: 1 off track, 1 cannot tell yet, 2 met``; empty without one."""
    if not rows:
        return ""
    of = plural(len(rows), "objective")
    if all(row["verdict"] == ObjectiveVerdict.CANNOT_TELL for row in rows):
        return f"{of}: nothing can be told yet"
    return f"{of}: {', '.join(f'{count(number)} {word}' for word, number in tally(rows))}"


def _row(one: ObjectiveStanding, timezone: str, links: Links) -> dict[str, Any]:
    objective, present = one.objective, one.measured
    by = "" if objective.by is None else _day_before(objective.by, timezone)
    told = objective.target is not None
    return {
        "objective": objective.id,
        "statement": shorten(objective.statement, _STATEMENT),
        "department": None if objective.department is None else shorten(objective.department, _NAME),
        "owner": None if objective.owner is None else shorten(objective.owner, _NAME),
        "stage": None if objective.stage is None else objective.stage.value,
        "unit": one.unit,
        **_figures(present, one.unit, timezone),
        "baseline": objective.baseline,
        "target": objective.target,
        "direction": objective.direction,
        "by": stamp(objective.by),
        "verdict": one.verdict.value,
        "word": STANDS[one.verdict],
        "who": f"owner: {shorten(objective.owner, _NAME)}" if objective.owner else "",
        "why": shorten(present.why, _STATEMENT) if present.value is None else "",
        "offer": objective.measure.get("offer"),
        "message": objective.measure.get("message"),
        "target_label": f"Target{f', by {by}' if by else ''}" if told else "",
        "target_text": _target_text(one) if told else "",
        "by_text": by,
        "projected_label": f"Where it leads by {by}" if one.projected is not None and by else "",
        "projected_text": _figure(one.projected, one.unit) if one.projected is not None and by else "",
        "projected": None if one.projected is None else _figures(one.projected, one.unit, timezone),
        "trend": [_figures(point, one.unit, timezone) for point in reversed(one.trend[-_BEFORE:])],
        "method": clean(one.method),
        "text": shorten(one.text, _TEXT),
        "decision_rule": None if objective.decision_rule is None else shorten(objective.decision_rule, _TEXT),
        "evidence": links.objective(objective),
    }


def _figures(point: Measured, unit: str, timezone: str) -> dict[str, Any]:
    return {
        "start": stamp(point.window.start),
        "end": stamp(point.window.end),
        "label": wording.interval_label(point.window, ZoneInfo(timezone)),
        "value": to_interval(point.value, point.low, point.high),
        "low": to_interval(point.low, point.low, point.high),
        "high": to_interval(point.high, point.low, point.high),
        "n": point.n,
        "figure": _figure(point, unit),
    }


def _figure(point: Measured, unit: str) -> str:
    return "not known" if point.value is None else measured(point.value, point.low, point.high, unit)


def _target_text(one: ObjectiveStanding) -> str:
    """``15 % or more``, ``5 or more redemptions a day``."""
    side = "or less" if one.objective.direction == "down" else "or more"
    unit = "" if one.unit in RANGES else f" {clean(one.unit)}"
    return f"{as_set(one.objective.target or 0.0, one.unit)} {side}{unit}"


def _day_before(by: datetime, timezone: str) -> str:
    """The day by which something is due, with its year."""
    day = by.astimezone(ZoneInfo(timezone)).date()
    return f"{wording.days_label(day, day).partition(' ')[2]} {day.year}"
