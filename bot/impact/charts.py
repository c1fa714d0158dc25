"""A standing as a chart: the data that mail, page and export draw alike. Activities stand on it as marks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.impact.standing_wording import measured_text, target_text
from bot.model.impact import Activity, ObjectiveStanding


def objective_chart(standing: ObjectiveStanding, activities: Iterable[Activity], zone: ZoneInfo) -> dict[str, Any]:
    """The trend of an objective with its interval, target and baseline."""

    def day(moment: datetime) -> str:
        return moment.astimezone(zone).date().isoformat()

    objective, unit = standing.objective, standing.unit
    points = [
        {
            "start": day(one.window.start),
            "end": day(one.window.end),
            "value": one.value,
            "low": one.low,
            "high": one.high,
        }
        for one in (*standing.trend, standing.measured)
    ]
    told = [f"{objective.statement}: {measured_text(standing.measured, unit)} from {points[-1]['start']} on"]
    if objective.target is not None:
        told.append(f"target {target_text(objective, unit)}")
    return {
        "name": f"objective-{objective.id}",
        "kind": "trend",
        "title": objective.statement,
        "alt": "; ".join(told) + ".",
        "unit": unit,
        "points": points,
        "target": objective.target,
        "baseline": objective.baseline,
        "by": day(objective.by) if objective.by else None,
        "marks": [{"day": day(one.starts), "text": one.name, "kind": one.kind} for one in activities],
    }
