"""What may stand in the texts of a chart: whatever it is, a picture comes of it, and the process lives on."""

from __future__ import annotations

from typing import Any
from xml.dom import minidom

import pytest

from bot.charts.picture import to_svg
from bot.charts.reading import draw_chart, read_chart
from bot.charts.theme import theme_of


def svg_of(text: str) -> str:
    chart: dict[str, Any] = {
        "name": "volume", "kind": "days", "title": text, "alt": text, "unit": text,
        "days": [{"day": "2026-03-01", "negative": 1, "neutral": 2, "positive": 3, "unknown": 0, "looked": True}],
        "marks": [{"day": "2026-03-01", "text": text, "kind": text}],
    }  # fmt: skip
    drawn = read_chart(chart)
    assert drawn is not None
    return to_svg(draw_chart(drawn, theme_of("light", narrow=False)))


@pytest.mark.parametrize("sign", ["\x00", "\x01", "\x1b", "\x7f", "\x85", "\ud800", "\ufffe", "\u202e", "\u2066"])
def test_a_sign_that_cannot_be_drawn_is_left_out(sign: str) -> None:
    drawn = svg_of(f"Velvet{sign}Crumb")
    assert "VelvetCrumb" in drawn
    assert sign not in drawn
    minidom.parseString(drawn)  # noqa: S318 our own picture


def test_no_text_of_a_chart_is_markup_or_fetches_anything() -> None:
    drawn = svg_of("</text><script>alert(1)</script><image href='https://evil.example/'/>\" onload=\"alert(1)")
    root = minidom.parseString(drawn)  # noqa: S318 our own picture
    assert not root.getElementsByTagName("script")
    assert not root.getElementsByTagName("image")
    assert not [node for node in root.getElementsByTagName("*") if node.hasAttribute("onload")]
