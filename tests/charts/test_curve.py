"""The curve of an offer: what is drawn is what was counted, for one day or three years, whatever leaked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bot.charts.axis import whole_ticks
from bot.charts.curve import Curve, Day, draw_curve
from bot.charts.picture import to_svg
from bot.charts.theme import DARK, LIGHT, theme_of

FIRST = date(2026, 3, 1)


def _curve(*redeemed: int, leaked: dict[int, int] | None = None, **more: Any) -> Curve:
    after = leaked or {}
    days = (Day(FIRST + timedelta(days=place), count, after.get(place, 0)) for place, count in enumerate(redeemed))
    return Curve(tuple(days), **more)


def _rows(spec: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the two panels draw: the sums, and the bars."""
    sets = spec.get("datasets", {})
    above, below = spec["vconcat"]
    return _values(above, sets), _values(below, sets)


def _values(panel: dict[str, Any], sets: dict[str, Any]) -> list[dict[str, Any]]:
    data = panel.get("data") or panel["layer"][0]["data"]
    found: list[dict[str, Any]] = sets[data["name"]] if "name" in data else data["values"]
    return found


def test_sums_and_bars_are_the_counts() -> None:
    sums, bars = _rows(draw_curve(_curve(2, 0, 3, leaked={2: 1}), LIGHT).to_dict())
    assert [row["total"] for row in sums] == [0, 2, 2, 5]
    assert [row["ours"] for row in sums] == [0, 2, 2, 4]
    assert [(row["day"], row["low"], row["high"]) for row in bars] == [
        ("2026-03-01", 0, 2),
        ("2026-03-03", 0, 2),
        ("2026-03-03", 2, 3),
    ]


def test_long_campaigns_are_drawn_by_the_week() -> None:
    _, bars = _rows(draw_curve(_curve(*[1] * 365), LIGHT).to_dict())
    assert len(bars) == 53
    assert sum(row["high"] - row["low"] for row in bars) == 365


def test_a_day_that_is_not_over_is_paler() -> None:
    _, bars = _rows(draw_curve(_curve(1, 1, open_last=True), LIGHT).to_dict())
    assert [row["opacity"] for row in bars] == [1, 0.55]


@pytest.mark.parametrize("curve", [_curve(0), _curve(5), _curve(0, 0, 0), _curve(1, 2, cap=3), _curve(1, cap=100_000)])
def test_every_curve_becomes_a_picture(curve: Curve) -> None:
    picture = ET.fromstring(to_svg(draw_curve(curve, DARK)))
    assert picture.tag.endswith("svg")


def test_cap_and_leak_are_named_in_the_picture() -> None:
    curve = _curve(1, 2, 3, 4, leaked={2: 1, 3: 4}, cap=12, leaked_on=FIRST + timedelta(days=2))
    picture = to_svg(draw_curve(curve, theme_of("light", narrow=True)))
    assert "cap 12" in picture
    assert "leak seen" in picture
    assert "cap" not in to_svg(draw_curve(_curve(1, cap=500), LIGHT))


@pytest.mark.parametrize("top", [1, 2, 3, 7, 10, 99, 1_000_000])
def test_axes_have_few_whole_numbers(top: int) -> None:
    for about in (3, 4):
        ticks = whole_ticks(top, about)
        assert ticks[0] == 0
        assert 2 <= len(ticks) <= about + 1
        assert ticks[-1] <= top
