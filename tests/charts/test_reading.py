"""The charts of a digest's body: read back as they were written, and whatever is odd in them is no number."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.charts.days import DayCount, Days
from bot.charts.marks import Mark
from bot.charts.picture import to_svg
from bot.charts.reading import draw_chart, read_chart
from bot.charts.theme import LIGHT
from bot.charts.trend import Point, Trend

DAYS = {
    "name": "volume", "kind": "days", "title": "Stories", "alt": "A bar for each day.", "unit": "stories",
    "days": [{"day": "2026-03-01", "negative": 1, "neutral": 2, "positive": 3, "unknown": 0, "looked": True}],
    "marks": [{"day": "2026-03-01", "text": "Fair", "kind": "event"}],
}  # fmt: skip
TREND = {
    "name": "objective-heard", "kind": "trend", "title": "Heard", "alt": "A line.", "unit": "share",
    "points": [{"start": "2026-03-01", "end": "2026-03-08", "value": 0.2, "low": 0.1, "high": 0.3}],
    "target": 0.4, "baseline": None, "by": "2026-05-01T00:00:00+00:00", "marks": [],
}  # fmt: skip


def test_both_kinds_are_read_as_they_were_written() -> None:
    day = date(2026, 3, 1)
    assert read_chart(json.loads(json.dumps(DAYS))) == Days(
        (DayCount(day, 1, 2, 3, 0),), "Stories", "stories", (Mark(day, "Fair", "event"),)
    )
    assert read_chart(json.loads(json.dumps(TREND))) == Trend(
        (Point(day, date(2026, 3, 8), 0.2, 0.1, 0.3),), "Heard", "share", 0.4, None, date(2026, 5, 1)
    )


def test_what_is_not_known_is_never_a_nought() -> None:
    blind = DAYS | {"days": [{"day": "2026-03-01", "negative": None, "neutral": 2, "positive": None, "unknown": None}]}
    assert read_chart(blind) == Days(
        (DayCount(date(2026, 3, 1), 0, 2, 0, 0, looked=False),),
        "Stories",
        "stories",
        (Mark(date(2026, 3, 1), "Fair", "event"),),
    )
    point = {"start": "2026-03-01", "end": "2026-03-08", "value": float("nan"), "low": float("-inf"), "high": None}
    read = read_chart(TREND | {"points": [point], "target": float("inf")})
    assert isinstance(read, Trend)
    assert (read.points[0].value, read.points[0].low, read.target) == (None, None, None)


@pytest.mark.parametrize("data", [{}, {"kind": "days", "days": []}, {"kind": "trend", "points": None}, {"kind": "pie"}])
def test_a_chart_of_nothing_or_of_another_kind_is_none(data: dict[str, object]) -> None:
    assert read_chart(data) is None


@pytest.mark.parametrize("data", [DAYS, TREND], ids=["days", "trend"])
def test_what_was_read_is_drawn(data: dict[str, object]) -> None:
    chart = read_chart(data)
    assert chart is not None
    assert "<svg" in to_svg(draw_chart(chart, LIGHT))
