"""Colours and sizes of charts, light and dark, wide and narrow: those of the pages (``static/heard.css``)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

FONT = "Helvetica Neue, Arial, Liberation Sans, sans-serif"
_NARROW = 400


@dataclass(frozen=True, slots=True)
class Theme:
    """``width`` and ``height`` are those of the upper panel in pixels; ``ticks`` how many days are named about."""

    ink: str = "#1f1d1a"
    ink_soft: str = "#8f887c"
    quiet: str = "#6b655c"
    line: str = "#e3dfd7"
    accent: str = "#a8361c"
    paper: str = "transparent"
    width: int = 860
    height: int = 165
    size: int = 12
    ticks: int = 8

    @property
    def narrow(self) -> bool:
        """Whether it is for a phone."""
        return self.width < _NARROW

    def config(self) -> dict[str, Any]:
        """Vega-Lite's ``config``."""
        axis = {
            "domain": False, "grid": True, "gridColor": self.line, "tickColor": self.line, "labelColor": self.quiet,
            "labelFontSize": self.size, "labelFont": FONT,
        }  # fmt: skip
        # An upright title over the axis is read sooner than one turned on its side.
        upright = {
            "titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleX": -34, "titleY": -8, "minExtent": 34,
            "maxExtent": 34, "titleFontWeight": "normal", "titleFontSize": self.size, "titleFont": FONT,
            "titleColor": self.quiet,
        }  # fmt: skip
        return {
            "background": self.paper,
            "font": FONT,
            "padding": {"left": 2, "right": 8, "top": 16, "bottom": 4},
            "view": {"stroke": "transparent"},
            "axis": axis,
            "axisX": {"domain": True, "domainColor": self.quiet},
            "axisY": upright,
            "text": {"font": FONT},
            "legend": {"labelFont": FONT, "labelFontSize": self.size, "labelColor": self.quiet, "columnPadding": 14},
        }


LIGHT = Theme()
LETTER = Theme(paper="#faf8f4", width=478, height=80, size=15, ticks=6)
"""For mail: an opaque paper, so that a dark page under it takes nothing away; large enough to be read on a phone."""
DARK = Theme(ink="#ece7de", ink_soft="#8f887c", quiet="#a8a196", line="#35322d", accent="#f08a6c")


def theme_of(name: str, *, narrow: bool = False) -> Theme:
    """``dark``, or light for any other name; ``narrow`` is for phones."""
    theme = DARK if name == "dark" else LIGHT
    return replace(theme, width=300, height=120, ticks=4) if narrow else theme


def heading(title: str, unit: str, theme: Theme) -> dict[str, Any]:
    """The words above a plot: what is shown, and in small what is counted."""
    if not title and not unit:
        return {}
    small = {"color": theme.quiet, "fontSize": theme.size, "fontWeight": "normal"}
    large = {"color": theme.ink, "fontSize": theme.size + 1, "fontWeight": "bold"}
    under = {"subtitle": unit, "subtitleFont": FONT, "subtitleColor": theme.quiet, "subtitleFontSize": theme.size}
    said = {"text": title, **large, **(under if unit else {})} if title else {"text": unit, **small}
    said |= {"anchor": "start", "frame": "group", "offset": 10, "font": FONT}
    return {"title": said}
