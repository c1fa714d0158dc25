"""Reads the charts of a digest's body and draws them: one specification for mail, page and export."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import altair as alt

from bot.charts.days import DayCount, Days, draw_days
from bot.charts.marks import Mark
from bot.charts.theme import Theme
from bot.charts.trend import Point, Trend, draw_trend


def read_chart(data: Mapping[str, Any]) -> Days | Trend | None:
    """A chart of ``body["charts"]``; None where it has nothing to draw, or is of a kind that is not known here."""
    marks = tuple(
        Mark(_day(row["day"]), str(row["text"]), str(row.get("kind") or "")) for row in data.get("marks") or ()
    )
    title, unit = str(data.get("title") or ""), str(data.get("unit") or "")
    if data.get("kind") == "days" and data.get("days"):
        return Days(tuple(map(_count, data["days"])), title, unit, marks)
    if data.get("kind") == "trend" and data.get("points"):
        by = _day(data["by"]) if data.get("by") else None
        target, baseline = _figure(data.get("target")), _figure(data.get("baseline"))
        return Trend(tuple(map(_point, data["points"])), title, unit, target, baseline, by, marks)
    return None


def draw_chart(chart: Days | Trend, theme: Theme) -> alt.LayerChart:
    """The chart of either kind."""
    return draw_days(chart, theme) if isinstance(chart, Days) else draw_trend(chart, theme)


def _count(row: Mapping[str, Any]) -> DayCount:
    """One day; a count that is not known makes the day one that was not wholly looked at."""
    counts = {name: row.get(name) for name in ("negative", "neutral", "positive", "unknown")}
    looked = bool(row.get("looked", True)) and None not in counts.values()
    return DayCount(_day(row["day"]), **{name: int(count or 0) for name, count in counts.items()}, looked=looked)


def _point(row: Mapping[str, Any]) -> Point:
    return Point(_day(row["start"]), _day(row["end"]), *(_figure(row.get(name)) for name in ("value", "low", "high")))


def _figure(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _day(text: str) -> date:
    """A day, also of an instant."""
    return date.fromisoformat(text[:10])
