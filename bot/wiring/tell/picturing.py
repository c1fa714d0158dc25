"""The charts of a digest as pictures for its letter: those that its page has a place for, and no other."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from bot.charts.picture import SCALE, to_png
from bot.charts.png import shown_size
from bot.charts.reading import draw_chart, read_chart
from bot.charts.theme import LETTER
from bot.digest.forms.layout import lay_out
from bot.model.digest import Picture

log = logging.getLogger("heard.charts")


def pictures_of(body: Mapping[str, Any]) -> tuple[Picture, ...]:
    """A picture for each place that the page has for one, in their order."""
    charts = {chart["name"]: chart for chart in body.get("charts") or ()}
    placed = [
        place
        for section in lay_out(body).sections
        for place in (section.picture, *(group.picture for group in section.groups))
        if place
    ]
    return tuple(
        picture
        for place in placed
        if place.name in charts
        for picture in _drawn(place.name, place.alt, charts[place.name])
    )


def _drawn(name: str, alt: str, data: Mapping[str, Any]) -> Iterator[Picture]:
    try:
        chart = read_chart(data)
        if chart is None:
            return
        png = to_png(draw_chart(chart, LETTER))
    except Exception:
        # The drawing library's border: a letter without a chart says the same, and must not wait for one.
        log.exception("chart=%s could not be drawn", name)
        return
    yield Picture(name, png, alt, *shown_size(png, SCALE))
