"""A figure over periods with its 95 % interval, held against a target and a baseline. An unknown period is a hole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

import altair as alt

from bot.charts.axis import DAY, days_axis
from bot.charts.marks import Mark, draw_marks, place, place_labels
from bot.charts.theme import Theme, heading

SHARE = "share"
_FAR = 1.5
"""A due date further ahead than the trend is long would press the trend flat; it is then left to the words."""
_SHORTENED = 10_000
"""Five digits no longer fit beside the axis: thousands are written as k."""
_ROOM = 0.12
"""What the axis leaves free above the highest and below the lowest, as a part of the span."""
_GUTTER = 4.6
"""The room at the right for the names of target and baseline, in type sizes."""
_APART = 1.3
"""The least distance of two labels in type sizes."""


@dataclass(frozen=True, slots=True)
class Point:
    """The figure of one period, ``[start, end)`` in local days. ``value`` None is unknown; the interval may be, too."""

    start: date
    end: date
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """The points of a chart in order. ``unit`` "share" is shown as per cent; ``by`` is the day the target is due."""

    points: tuple[Point, ...]
    title: str = ""
    unit: str = ""
    target: float | None = None
    baseline: float | None = None
    by: date | None = None
    marks: tuple[Mark, ...] = ()


def draw_trend(chart: Trend, theme: Theme) -> alt.LayerChart:
    """The chart; ``chart.points`` must not be empty."""
    if chart.target is not None or chart.baseline is not None:
        theme = replace(theme, width=theme.width - round(_GUTTER * theme.size))
    first, last = chart.points[0].start, max(chart.points[-1].end - DAY, chart.points[0].start)
    due = chart.by if chart.by and last < chart.by <= last + _FAR * (last - first) else None
    x = days_axis(first, due or last, theme)
    y = _values_axis(chart)
    layers = [
        *_holes(chart, theme, x),
        *_interval(chart, theme, x, y),
        *_lines(chart, theme, y),
        *_figures(chart, theme, x, y),
        *_due(chart, due, theme, x, y),
        *draw_marks(place_labels(chart.marks, first, due or last, theme), theme),
    ]
    words = heading(chart.title, "" if chart.unit == SHARE else chart.unit, theme)
    drawn: alt.LayerChart = (
        alt.layer(*layers).properties(width=theme.width, height=theme.height, **words).configure(**theme.config())
    )
    return drawn


def say(value: float, unit: str) -> str:
    """A figure for people: a share as per cent, anything else with the places that its size leaves worth reading."""
    if unit == SHARE:
        return f"{100 * value:.1f}".removesuffix(".0") + "\N{NO-BREAK SPACE}%"
    places = max(0, 2 - sum(abs(value) >= power for power in (10, 100)))
    return f"{value:,.{places}f}".removesuffix("." + "0" * places)


def _values_axis(chart: Trend) -> alt.Y:
    low, high = _domain(chart)
    share = chart.unit == SHARE
    short = "~s" if max(high, -low) >= _SHORTENED else ",~f"
    words = "format(100 * datum.value, '~f') + '\u00a0%'" if share else f"format(datum.value, '{short}')"
    axis = alt.Axis(title=None, tickCount=4, labelExpr=words)
    return alt.Y("value:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=axis)


def _domain(chart: Trend) -> tuple[float, float]:
    """From nought, or below where figures are, to a little above the highest; a share ends at 100 %."""
    drawn = [figure for one in chart.points if one.value is not None for figure in (one.value, one.low, one.high)]
    known = [0.0, *(figure for figure in (*drawn, chart.target, chart.baseline) if figure is not None)]
    low, high = min(known), max(known)
    room = _ROOM * ((high - low) or 1.0)
    top = high + room if high > 0 or low == 0 else high
    whole = chart.unit == SHARE and high <= 1
    return (low - room if low < 0 else 0.0, min(1.0, top) if whole else top)


def _middle(one: Point) -> str:
    return (one.start + (one.end - one.start) / 2).isoformat()


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Known points that follow each other: a line is never drawn across a hole."""
    for known, run in groupby(points, key=lambda one: one.value is not None):
        if known:
            yield list(run)


def _holes(chart: Trend, theme: Theme, x: alt.X) -> list[alt.Chart]:
    """Grey from top to bottom where the figure is not known."""
    rows = [
        {"day": one.start.isoformat(), "end": one.end.isoformat(), "place": _middle(one), "words": "not known"}
        for one in chart.points
        if one.value is None
    ]
    if not rows:
        return []
    base = alt.Chart(alt.InlineData(values=rows))
    words = base.mark_text(align="left", baseline="middle", color=theme.quiet, fontSize=theme.size, angle=270)
    return [
        base.mark_rect(color=theme.line).encode(x=x, x2=alt.X2("end:T")),
        words.encode(x="place:T", y=alt.value(theme.height - theme.size / 2), text=alt.Text("words:N")),
    ]


def _interval(chart: Trend, theme: Theme, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The band of the intervals; a point that stands alone has a bar instead."""
    layers = []
    for run in _runs(chart.points):
        rows = [
            {"day": _middle(one), "value": one.low, "high": one.high}
            for one in run
            if one.low is not None and one.high is not None
        ]
        if rows:
            base = alt.Chart(alt.InlineData(values=rows))
            drawn = base.mark_area(color=theme.ink_soft, opacity=0.28) if len(rows) > 1 else base.mark_rule(
                color=theme.ink_soft, strokeWidth=5, opacity=0.5
            )  # fmt: skip
            layers.append(drawn.encode(x=x, y=y, y2=alt.Y2("high:Q")))
    return layers


def _figures(chart: Trend, theme: Theme, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The line, its points, and in words the last figure."""
    layers = []
    for run in _runs(chart.points):
        rows = [{"day": _middle(one), "value": one.value} for one in run]
        base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
        if len(rows) > 1:
            layers.append(base.mark_line(color=theme.ink, strokeWidth=2, strokeJoin="round"))
        layers.append(base.mark_point(color=theme.ink, fill=theme.ink, size=34, opacity=1))
    known = [one for one in chart.points if one.value is not None]
    if known and known[-1].value is not None:
        last = {"day": _middle(known[-1]), "value": known[-1].value, "words": say(known[-1].value, chart.unit)}
        below = _crossed(chart, known[-1].value, theme)
        words = alt.Chart(alt.InlineData(values=[last])).mark_text(
            baseline="top" if below else "bottom", dy=8 if below else -7, color=theme.ink, fontSize=theme.size,
            fontWeight="bold",
        )  # fmt: skip
        layers.append(words.encode(x=x, y=y, text=alt.Text("words:N")))
    return layers


def _crossed(chart: Trend, value: float, theme: Theme) -> bool:
    """Whether target or baseline run through the words above ``value``."""
    low, high = _domain(chart)
    above = [
        theme.height * (line - value) / (high - low) for line in (chart.target, chart.baseline) if line is not None
    ]
    return any(0 < distance < 2 * theme.size for distance in above)


def _lines(chart: Trend, theme: Theme, y: alt.Y) -> list[alt.Chart]:
    """Target and baseline from edge to edge, named at the right of the plot where no figure can cover them."""
    lines = [
        (value, word, colour, dash)
        for value, word, colour, dash in (
            (chart.target, "target", theme.accent, [6, 3]),
            (chart.baseline, "baseline", theme.quiet, [2, 3]),
        )
        if value is not None
    ]
    layers = []
    for (value, word, colour, dash), height in zip(
        lines, _heights(chart, [one[0] for one in lines], theme), strict=True
    ):
        base = alt.Chart(alt.InlineData(values=[{"value": value, "words": [word, say(value, chart.unit)]}]))
        layers.append(base.mark_rule(color=colour, strokeWidth=1.5, strokeDash=dash).encode(y=y))
        words = base.mark_text(
            align="left", baseline="middle", color=colour, fontSize=theme.size, lineHeight=theme.size * _APART
        )
        layers.append(words.encode(*place(theme.width + 6, height), alt.Text("words:N")))
    return layers


def _heights(chart: Trend, values: Sequence[float], theme: Theme) -> list[float]:
    """Where the names of the lines stand, in pixels from the top: at their lines, moved apart where these are close."""
    low, high = _domain(chart)
    two_lines = 2 * _APART * theme.size
    exact = [theme.height * (high - value) / (high - low) - two_lines / 4 for value in values]
    if len(exact) < len(("target", "baseline")) or abs(exact[0] - exact[1]) >= two_lines:
        return exact
    middle, up = sum(exact) / 2, 1 if exact[0] <= exact[1] else -1
    return [middle - up * two_lines / 2, middle + up * two_lines / 2]


def _due(chart: Trend, due: date | None, theme: Theme, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """A hollow point where the target is to be met."""
    if due is None or chart.target is None:
        return []
    base = alt.Chart(alt.InlineData(values=[{"day": due.isoformat(), "value": chart.target}]))
    return [base.mark_point(color=theme.accent, shape="diamond", size=80, strokeWidth=1.8, opacity=1).encode(x=x, y=y)]
