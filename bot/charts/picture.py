"""Charts as pictures, drawn by vl-convert: no browser, and nothing fetched."""

from __future__ import annotations

import re
from typing import Any

import altair as alt
import vl_convert

from bot.charts.png import compact

SCALE = 2
"""Pixels of a PNG for each of the chart's: sharp on fine screens."""
_LONGEST = 2_000
_UNSEEN = re.compile(
    "[^\t\n\r\u0020-\u200d\u2010-\u2029\u202f-\u205f\u2070-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f]"
)
"""Signs that XML has no room for, and those that turn the direction of what follows."""


def to_svg(chart: alt.TopLevelMixin) -> str:
    """The chart as SVG; texts in it are escaped."""
    return str(vl_convert.vegalite_to_svg(_drawable(chart.to_dict()), allowed_base_urls=[]))


def to_png(chart: alt.TopLevelMixin, scale: float = SCALE) -> bytes:
    """The chart as PNG with ``scale`` pixels for each of its own; small enough to go by mail."""
    return compact(bytes(vl_convert.vegalite_to_png(_drawable(chart.to_dict()), scale=scale, allowed_base_urls=[])))


def _drawable(part: Any) -> Any:
    """A specification whose texts can be drawn: at a control character the library ends the whole process."""
    if isinstance(part, dict):
        return {key: _drawable(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_drawable(value) for value in part]
    return _UNSEEN.sub("", part[:_LONGEST]) if isinstance(part, str) else part
