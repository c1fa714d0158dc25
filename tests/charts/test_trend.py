"""A figure over periods: the line, its interval, what it is held against; a hole where it is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bot.charts.marks import Mark
from bot.charts.picture import to_svg
from bot.charts.theme import LIGHT, theme_of
from bot.charts.trend import Point, Trend, draw_trend, say
from tests.charts.support import layers, words

FIRST = date(2026, 3, 2)
WEEK = timedelta(days=7)


def trend(*values: float | None, spread: float | None = 0.05, **more: Any) -> Trend:
    """A week for each value; None is one of which nothing is known."""
    points = (
        Point(
            FIRST + place * WEEK,
            FIRST + (place + 1) * WEEK,
            value,
            None if value is None or spread is None else value - spread,
            None if value is None or spread is None else value + spread,
        )
        for place, value in enumerate(values)
    )
    return Trend(tuple(points), **({"unit": "share"} | more))


def rows(drawn: Any, kind: str) -> list[list[dict[str, Any]]]:
    return [layer["rows"] for layer in layers(drawn) if layer["kind"] == kind]


def test_the_line_is_broken_where_a_period_is_not_known() -> None:
    drawn = draw_trend(trend(0.1, 0.2, None, 0.3, 0.4), LIGHT)
    assert [[row["value"] for row in line] for line in rows(drawn, "line")] == [[0.1, 0.2], [0.3, 0.4]]
    assert [len(band) for band in rows(drawn, "area")] == [2, 2]
    ((hole,),) = rows(drawn, "rect")
    assert (hole["day"], hole["end"]) == ("2026-03-16", "2026-03-23")
    assert "not known" in words(drawn)


def test_a_period_between_two_holes_has_its_point_and_its_interval() -> None:
    drawn = draw_trend(trend(None, 0.2, None), LIGHT)
    assert rows(drawn, "line") == []
    assert [[row["value"] for row in line] for line in rows(drawn, "point")] == [[0.2]]
    (bar,) = rows(drawn, "rule")
    assert [(row["value"], row["high"]) for row in bar] == [(pytest.approx(0.15), pytest.approx(0.25))]


def test_without_intervals_there_is_no_band() -> None:
    assert rows(draw_trend(trend(0.1, 0.2, spread=None), LIGHT), "area") == []


def test_target_and_baseline_are_lines_with_their_names_and_figures() -> None:
    drawn = draw_trend(trend(0.1, 0.2, target=0.4, baseline=0.125), LIGHT)
    said = words(drawn)
    assert said[said.index("target") + 1] == "40\u00a0%"
    assert said[said.index("baseline") + 1] == "12.5\u00a0%"
    assert [row["value"] for rule in rows(drawn, "rule") for row in rule] == [0.4, 0.125]


def test_a_due_date_near_by_widens_the_chart_and_one_far_off_does_not() -> None:
    def last_day(by: date | None) -> str:
        drawn = draw_trend(trend(0.1, 0.2, 0.3, target=0.4, by=by), LIGHT)
        found: str = layers(drawn)[0]["encoding"]["x"]["scale"]["domain"][1]
        return found

    assert last_day(date(2026, 4, 1)) == "2026-04-02"
    assert last_day(date(2028, 4, 1)) == last_day(None) == "2026-03-23"


@pytest.mark.parametrize(("target", "baseline"), [(0.30, 0.29), (0.29, 0.30), (0.3, 0.3)])
def test_the_names_of_close_lines_do_not_cover_each_other(target: float, baseline: float) -> None:
    drawn = draw_trend(trend(0.1, 0.2, target=target, baseline=baseline), LIGHT)
    named = [layer for layer in layers(drawn) if layer["kind"] == "text" and layer["mark"].get("lineHeight")]
    heights = [layer["encoding"]["y"]["value"] for layer in named]
    assert abs(heights[0] - heights[1]) >= 2 * 1.3 * LIGHT.size - 0.01
    assert (heights[0] <= heights[1]) is (target >= baseline)


def test_a_share_never_has_an_axis_beyond_the_whole() -> None:
    drawn = draw_trend(trend(0.9, 0.97, spread=0.03), LIGHT)
    assert next(layer for layer in layers(drawn) if layer["kind"] == "line")["encoding"]["y"]["scale"]["domain"][1] == 1


@pytest.mark.parametrize(
    "chart",
    [
        trend(None), trend(0.0), trend(0.0, 0.0, spread=0.0), trend(-0.4, -0.1, 0.3), trend(-5.0, -3.0, unit="net tone"),
        trend(1e9, 2e9, unit="views", target=3e9), trend(0.5, target=0.5, baseline=0.5, by=FIRST),
        trend(*[0.1] * 60, marks=tuple(Mark(FIRST + place * WEEK, f"Mailing {place}") for place in range(6))),
    ],
    ids=["unknown", "nought", "noughts", "both signs", "negative", "large", "all the same", "crowded"],
)  # fmt: skip
def test_every_chart_becomes_a_picture(chart: Trend) -> None:
    assert ET.fromstring(to_svg(draw_trend(chart, theme_of("dark", narrow=True)))).tag.endswith("svg")


def test_words_of_the_last_figure_step_aside_for_a_line_that_runs_through_them() -> None:
    def below(chart: Trend) -> bool:
        (text,) = [layer for layer in layers(draw_trend(chart, LIGHT)) if layer["mark"].get("fontWeight") == "bold"]
        return bool(text["mark"]["dy"] > 0)

    assert not below(trend(0.1, 0.2))
    assert below(trend(0.1, 0.2, target=0.21))
    assert not below(trend(0.1, 0.2, target=0.9))


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.344, "share", "34.4\u00a0%"),
        (0.4, "share", "40\u00a0%"),
        (0.0, "share", "0\u00a0%"),
        (343.83, "leads", "344"),
        (-12.34, "", "-12.3"),
        (1.0, "", "1"),
        (10.0, "", "10"),
        (100.0, "", "100"),
        (1_234_567.0, "", "1,234,567"),
    ],
)
def test_figures_have_the_places_that_are_worth_reading(value: float, unit: str, said: str) -> None:
    assert say(value, unit) == said


def test_a_trend_of_one_instant_is_drawn_too() -> None:
    one = Trend((Point(FIRST, FIRST, 0.3),), target=0.5)
    assert to_svg(draw_trend(one, LIGHT))
    assert to_svg(draw_trend(replace(one, by=FIRST + WEEK), LIGHT))
