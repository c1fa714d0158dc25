"""The curve of an offer since its start: what was redeemed by each day in all, above what was redeemed on each.

Two panels share the days, so that neither needs a second scale. Redemptions after the code leaked are drawn apart, as
measurement §8.5 asks; the cap and the day of the leak are ruled lines with words on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import altair as alt

from bot.charts.axis import DAY, days_axis, whole_ticks
from bot.charts.marks import Mark, draw_marks, place_labels
from bot.charts.theme import Theme, heading

_LONG = 200
"""Days from which bars are too thin to be told apart: weeks are drawn instead."""
_FAR = 4
"""A cap this many times above the curve would press it flat; it is left out, and said in words beside."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was redeemed on one local day; ``leaked`` of them where or when the code was no longer ours alone."""

    day: date
    redeemed: int
    leaked: int = 0


@dataclass(frozen=True, slots=True)
class Curve:
    """An offer's days in order without holes; ``open_last``: the last one has not ended."""

    days: tuple[Day, ...]
    cap: int | None = None
    leaked_on: date | None = None
    open_last: bool = False
    marks: tuple[Mark, ...] = ()


def draw_curve(curve: Curve, theme: Theme) -> alt.VConcatChart:
    """The chart; ``curve.days`` must not be empty."""
    above = _total_panel(curve, theme, _days(curve, theme, named=False))
    below = _bars_panel(curve, theme, _days(curve, theme, named=True))
    chart: alt.VConcatChart = alt.vconcat(above, below, spacing=30).configure(**theme.config())
    return chart


def _days(curve: Curve, theme: Theme, *, named: bool) -> alt.X:
    return days_axis(curve.days[0].day, _last(curve), theme, named=named)


def _last(curve: Curve) -> date:
    """A week at least, so that a young offer's bars are not as broad as the chart."""
    return max(curve.days[-1].day, curve.days[0].day + timedelta(days=6))


def _total_panel(curve: Curve, theme: Theme, x: alt.X) -> alt.LayerChart | alt.FacetChart:
    totals = accumulate(one.redeemed for one in curve.days)
    ours = accumulate(one.redeemed - one.leaked for one in curve.days)
    rows: list[dict[str, str | int]] = [{"day": curve.days[0].day.isoformat(), "total": 0, "ours": 0}]
    rows += [
        {"day": (one.day + DAY).isoformat(), "total": total, "ours": own}  # a day's sum stands at its end
        for one, total, own in zip(curve.days, totals, ours, strict=True)
    ]
    top = max(1, sum(one.redeemed for one in curve.days))
    cap = curve.cap if curve.cap is not None and curve.cap <= _FAR * top else None
    ticks = whole_ticks(max(top, cap or 0), 4)
    scale = alt.Scale(domain=[0, max(top, cap or 0, ticks[-1])])
    labels = place_labels(curve.marks, curve.days[0].day, _last(curve), theme)
    title = "redeemed in all"
    axis = alt.Axis(title=None if labels else title, values=ticks, format=",d")
    y = alt.Y("total:Q", scale=scale, axis=axis)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x)
    layers = [
        base.mark_area(color=theme.ink_soft, opacity=0.25).encode(y=y),
        base.mark_line(color=theme.ink, strokeWidth=2, strokeJoin="round").encode(y=y),
    ]
    if any(one.leaked for one in curve.days):
        without = alt.Y("ours:Q", scale=scale)
        layers.append(base.mark_line(color=theme.ink, strokeWidth=1.5, strokeDash=[4, 3]).encode(y=without))
    if cap is not None:
        layers += _cap(cap, curve.days[-1].day + DAY, theme, scale, x)
    size = {"width": theme.width, "height": theme.height}
    above = heading("", title, theme) if labels else {}  # words over the plot would cover the axis' own title
    layers += [*draw_marks(labels, theme, lift=theme.size + 6), *_leak(curve, theme, x, words=True)]
    return alt.layer(*layers).properties(**size, **above)


def _bars_panel(curve: Curve, theme: Theme, x: alt.X) -> alt.LayerChart | alt.FacetChart:
    step = 7 if len(curve.days) > _LONG else 1
    rows = [row for start in range(0, len(curve.days), step) for row in _bar(curve, theme, start, step)]
    nothing: dict[str, str | float] = {"day": curve.days[0].day.isoformat(), "low": 0, "high": 0}
    top = max([1, *(row["high"] for row in rows)])
    ticks = whole_ticks(top, 3)
    axis = alt.Axis(title="each week" if step > 1 else "each day", values=ticks, format=",d")
    bars = (
        alt.Chart(alt.InlineData(values=rows or [nothing]))
        .mark_bar(binSpacing=0.5 if len(curve.days) * 8 > theme.width else 1.5)
        .encode(
            x=x,
            x2=alt.X2("end:T"),
            y=alt.Y("low:Q", scale=alt.Scale(domain=[0, max(top, ticks[-1])]), axis=axis),
            y2=alt.Y2("high:Q"),
            color=alt.Color("fill:N", scale=None),
            opacity=alt.Opacity("opacity:Q", scale=None),
        )
    )
    size = {"width": theme.width, "height": round(theme.height * 0.55)}
    labels = place_labels(curve.marks, curve.days[0].day, _last(curve), theme)
    done = draw_marks(labels, replace(theme, height=size["height"]), words=False)
    return alt.layer(bars, *done, *_leak(curve, theme, x, words=False)).properties(**size)


def _bar(curve: Curve, theme: Theme, start: int, step: int) -> Iterator[dict[str, Any]]:
    """One bar's parts: what was ours, and on it what came after the leak; a day that is not over is drawn paler."""
    several = curve.days[start : start + step]
    leaked = sum(one.leaked for one in several)
    ours = sum(one.redeemed for one in several) - leaked
    open_end = curve.open_last and several[-1] is curve.days[-1]
    ends = {"day": several[0].day.isoformat(), "end": (several[0].day + step * DAY).isoformat()}
    for fill, low, count in ((theme.ink, 0, ours), (theme.accent, ours, leaked)):
        if count:
            yield {**ends, "low": low, "high": low + count, "fill": fill, "opacity": 0.55 if open_end else 1}


def _cap(cap: int, end: date, theme: Theme, scale: alt.Scale, x: alt.X) -> list[alt.Chart]:
    base = alt.Chart(alt.InlineData(values=[{"total": cap, "day": end.isoformat(), "words": f"cap {cap}"}]))
    y = alt.Y("total:Q", scale=scale)
    label = base.mark_text(align="right", baseline="bottom", dy=-4, color=theme.quiet, fontSize=theme.size)
    return [
        base.mark_rule(color=theme.quiet, strokeDash=[2, 3]).encode(y=y),
        label.encode(x=x, y=y, text=alt.Text("words:N")),
    ]


def _leak(curve: Curve, theme: Theme, x: alt.X, *, words: bool) -> list[alt.Chart]:
    day, first, last = curve.leaked_on, curve.days[0].day, curve.days[-1].day
    if day is None or not first <= day <= last:
        return []
    base = alt.Chart(alt.InlineData(values=[{"day": day.isoformat(), "words": "leak seen"}])).encode(x=x)
    rule = base.mark_rule(color=theme.accent, strokeWidth=1.5)
    if not words:
        return [rule]
    late = day - first > (last - first) / 2
    label = base.mark_text(
        align="right" if late else "left", baseline="bottom", dx=-6 if late else 6, color=theme.accent,
        fontSize=theme.size, fontWeight="bold",
    )  # fmt: skip
    return [rule, label.encode(y=alt.value(theme.height - 8 if not late else 24), text=alt.Text("words:N"))]
