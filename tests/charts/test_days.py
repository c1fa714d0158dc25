"""Stories by the day: what is drawn is what was counted, and a day that nobody looked at is never a nought."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bot.charts.days import UNSEEN, DayCount, Days, draw_days
from bot.charts.marks import Mark
from bot.charts.picture import to_svg
from bot.charts.theme import LIGHT, theme_of
from tests.charts.support import layers, words

FIRST = date(2026, 3, 1)


def chart(*days: tuple[int, int, int, int] | None, **more: Any) -> Days:
    """A day for each; None is one that was not looked at."""
    counts = (
        DayCount(FIRST + timedelta(days=place), *(row or (0, 0, 0, 0)), looked=row is not None)
        for place, row in enumerate(days)
    )
    return Days(tuple(counts), **more)


def bars(drawn: Any) -> list[tuple[str, str, int, int]]:
    return [
        (row["day"][-2:], row["tone"], row["low"], row["high"])
        for layer in layers(drawn)
        if layer["kind"] == "bar"
        for row in layer["rows"]
    ]


def test_each_days_tones_stand_on_each_other_with_the_negative_on_the_ground() -> None:
    assert sorted(bars(draw_days(chart((1, 2, 3, 4), (0, 0, 2, 0)), LIGHT))) == [
        ("01", "negative", 0, 1),
        ("01", "neutral", 1, 3),
        ("01", "not scored", 6, 10),
        ("01", "positive", 3, 6),
        ("02", "positive", 0, 2),
    ]


def test_days_that_nobody_looked_at_are_grey_from_one_edge_to_the_other_and_have_no_bar() -> None:
    drawn = draw_days(chart((1, 0, 0, 0), None, None, (0, 0, 0, 0)), LIGHT)
    (grey,) = [layer for layer in layers(drawn) if layer["kind"] == "rect"]
    assert grey["rows"] == [{"day": "2026-03-02", "end": "2026-03-04", "tone": UNSEEN}]
    assert "y" not in grey["encoding"]
    assert [row[0] for row in bars(drawn)] == ["01"]


def test_a_day_that_was_looked_at_in_part_has_both() -> None:
    drawn = draw_days(Days((DayCount(FIRST, 0, 3, 0, 0, looked=False),)), LIGHT)
    assert {layer["kind"] for layer in layers(drawn)} == {"rect", "bar"}


def test_the_legend_names_what_the_chart_has_and_nothing_else() -> None:
    def named(days: Days) -> list[str]:
        found: list[str] = layers(draw_days(days, LIGHT))[0]["encoding"]["color"]["scale"]["domain"]
        return found

    assert named(chart((1, 0, 2, 0))) == ["negative", "positive"]
    assert named(chart((0, 1, 0, 1), None)) == ["neutral", "not scored", UNSEEN]


@pytest.mark.parametrize(
    "days",
    [chart(None), chart((0, 0, 0, 0)), chart((1, 1, 1, 1), None), chart(*[(9, 9, 9, 9_999)] * 92), chart(*[None] * 30)],
    ids=["not looked at", "nothing", "both", "a quarter", "blind month"],
)
def test_every_chart_becomes_a_picture(days: Days) -> None:
    assert ET.fromstring(to_svg(draw_days(days, theme_of("dark", narrow=True)))).tag.endswith("svg")


def test_activities_are_named_at_their_days_and_those_of_other_days_are_left_out() -> None:
    marks = (Mark(FIRST + timedelta(days=3), "Press release"), Mark(FIRST - timedelta(days=1), "Before"))
    drawn = draw_days(chart(*[(1, 0, 0, 0)] * 10, marks=marks), LIGHT)
    assert words(drawn) == ["Press release"]
    (rule,) = [layer for layer in layers(drawn) if layer["kind"] == "rule"]
    assert rule["encoding"]["x"]["value"] == pytest.approx(LIGHT.width * 3 / 10)


def test_texts_cannot_become_markup_and_control_characters_break_no_picture() -> None:
    bad = "<script>alert(1)</script>\x00\x1b\u202egnirts\ud800 & \" '"
    picture = to_svg(draw_days(chart((1, 0, 0, 0), marks=(Mark(FIRST, bad[:30]),), title="<b>&\"'"), LIGHT))
    tree = ET.fromstring(picture)
    assert not [node for node in tree.iter() if node.tag.endswith("script")]
    assert "<b>" in "".join(tree.itertext())
