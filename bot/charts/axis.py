"""Axes that the charts share: days that are named without crowding, and few round numbers."""

from __future__ import annotations

from datetime import date, timedelta

import altair as alt

from bot.charts.theme import Theme

DAY = timedelta(days=1)
_STEPS = (1, 2, 7, 14, 28, 56, 91, 182, 364, 728)
"""Days between two that are named on the axis."""
_EDGE = 0.92


def days_axis(first: date, last: date, theme: Theme, *, named: bool = True) -> alt.X:
    """The axis of the days ``first`` to ``last``, both whole."""
    span = (last - first).days + 1
    step = next((step for step in _STEPS if span <= step * theme.ticks), _STEPS[-1])
    # A name is written to the right of its day: at the very end it would stand outside.
    days = [(first + timedelta(days=offset)).isoformat() for offset in range(0, span, step) if offset <= _EDGE * span]
    scale = alt.Scale(type="utc", domain=[first.isoformat(), (last + DAY).isoformat()], nice=False)
    named_as = "%-d %b" if first.year == last.year else "%-d %b ’%y"
    axis = alt.Axis(
        title=None, format=named_as, grid=False, values=days, labelAlign="left", labelOverlap=True, labels=named, ticks=named
    )  # fmt: skip
    return alt.X("day:T", scale=scale, axis=axis)


def whole_ticks(top: int, about: int) -> list[int]:
    """Whole numbers from 0 to ``top`` or a little less, at most ``about`` steps of 1, 2 or 5 times a power of ten."""
    steps = (unit * 10**power for power in range(10) for unit in (1, 2, 5))
    step = next(step for step in steps if step * about >= top)
    return list(range(0, top + 1, step))
