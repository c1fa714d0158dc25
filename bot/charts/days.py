"""Stories by the day and their tone. A day that was not fully looked at is grey, and never a nought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import altair as alt

from bot.charts.axis import DAY, days_axis, whole_ticks
from bot.charts.marks import Mark, draw_marks, place_labels
from bot.charts.theme import Theme, heading

UNSCORED = "not scored"
TONES = ("negative", "neutral", "positive", UNSCORED)
"""From the ground up: what goes against us stands on the line, where its height is read best."""
UNSEEN = "not fully looked at"
_TICKS = 4
_APART = 6
"""Pixels between the legend's words: so all five go into a letter's width."""
_EVENING = "T21:00:00Z"
"""Where a day's bar ends, so that it stands apart from the next."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """What was said on one local day, by tone; ``unknown`` could not be scored. ``looked`` is False for a day that was
    not looked at throughout: what is counted then is a part, and none may mean anything.
    """

    day: date
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unknown: int = 0
    looked: bool = True

    @property
    def total(self) -> int:
        """All of them."""
        return self.negative + self.neutral + self.positive + self.unknown


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a chart in order, ``unit`` being what is counted."""

    days: tuple[DayCount, ...]
    title: str = ""
    unit: str = "stories"
    marks: tuple[Mark, ...] = ()


def draw_days(chart: Days, theme: Theme) -> alt.LayerChart:
    """The chart; ``chart.days`` must not be empty."""
    first, last = chart.days[0].day, chart.days[-1].day
    x = days_axis(first, last, theme)
    marks = draw_marks(place_labels(chart.marks, first, last, theme), theme)
    words = heading(chart.title, "" if chart.title else f"{chart.unit} a day".strip(), theme)
    drawn: alt.LayerChart = (
        alt.layer(*_unseen(chart, theme, x), *_bars(chart, theme, x), *marks)
        .properties(width=theme.width, height=theme.height, **words)
        .configure(**theme.config())
    )
    return drawn


def _bars(chart: Days, theme: Theme, x: alt.X) -> list[alt.Chart]:
    top = max(1, *(one.total for one in chart.days))
    ticks = whole_ticks(top, _TICKS)
    scale = alt.Scale(domain=[0, max(top, ticks[-1])])
    y = alt.Y("low:Q", scale=scale, axis=alt.Axis(title=None, values=ticks, format=",d"))
    rows = [row for one in chart.days for row in _parts(one)]
    if not rows:  # the axes stand all the same
        rows = [{"day": chart.days[0].day.isoformat(), "tone": TONES[0], "low": 0, "high": 0}]
    scored = alt.Chart(alt.InlineData(values=[row for row in rows if row["tone"] != UNSCORED]))
    hollow = alt.Chart(alt.InlineData(values=[row for row in rows if row["tone"] == UNSCORED]))
    layers = [scored.mark_bar(), hollow.mark_bar(stroke=theme.quiet, strokeWidth=1)]
    colours = _colours(chart, theme)
    return [layer.encode(x, alt.X2("end:T"), y, alt.Y2("high:Q"), colours) for layer in layers]


def _parts(one: DayCount) -> Iterator[dict[str, Any]]:
    """The parts of a day's bar, one on the other; a part of nothing is not drawn."""
    low = 0
    ends = {"day": one.day.isoformat(), "end": f"{one.day.isoformat()}{_EVENING}"}
    for tone, count in zip(TONES, (one.negative, one.neutral, one.positive, one.unknown), strict=True):
        if count:
            yield {**ends, "tone": tone, "low": low, "high": low + count}
        low += count


def _unseen(chart: Days, theme: Theme, x: alt.X) -> list[alt.Chart]:
    """Grey from top to bottom where not everything was looked at."""
    rows = []
    for looked, run in groupby(chart.days, key=lambda one: one.looked):
        if not looked:
            blind = list(run)
            rows.append({"day": blind[0].day.isoformat(), "end": (blind[-1].day + DAY).isoformat(), "tone": UNSEEN})
    if not rows:
        return []
    grey = alt.Chart(alt.InlineData(values=rows)).mark_rect()
    return [grey.encode(x, alt.X2("end:T"), _colours(chart, theme))]


def _colours(chart: Days, theme: Theme) -> alt.Color:
    """The colours with their legend, which names what this chart has and nothing else."""
    palette = dict(zip(TONES, (theme.accent, theme.ink_soft, theme.ink, "transparent"), strict=True))
    tones = {row["tone"] for one in chart.days for row in _parts(one)}
    shown = {tone: colour for tone, colour in palette.items() if tone in tones}
    if not all(one.looked for one in chart.days):
        shown[UNSEEN] = theme.line
    legend = alt.Legend(
        title=None, orient="bottom", columns=3 if theme.narrow else len(TONES) + 1, symbolType="square",
        symbolStrokeColor=theme.quiet, symbolStrokeWidth=1, columnPadding=_APART,
    ) if shown else None  # fmt: skip
    scale = alt.Scale(domain=list(shown) or [TONES[0]], range=list(shown.values()) or [theme.accent])
    return alt.Color("tone:N", scale=scale, legend=legend)
