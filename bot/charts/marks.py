"""Activities on a chart over time: a line at the day of each, with its words above the plot in lanes, so that no two
cover each other. Where there is no room for all, the lines have numbers, and the words stand in a list above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

import altair as alt

from bot.charts.theme import Theme

LANES = 4
"""Rows of words above a plot."""
LISTED = 8
"""Numbered activities that are named; of more, how many there are."""
_LANE = 1.35
"""The height of a lane in type sizes."""
_LETTER = 0.52
"""The mean width of a letter in type sizes."""
_LONGEST = 34
_GAP = 8
_BESIDE = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that was done on a local day: a press release, a mailing, an event."""

    day: date
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """The words of one day's marks. ``at`` is the day's place in pixels; the words stand to its right, or with
    ``before`` to its left; ``lane`` counts upwards, None has no words. A ``number`` stands at the line in their place.
    """

    at: float
    text: str
    before: bool
    lane: int | None
    number: int = 0


def place_labels(marks: Iterable[Mark], first: date, last: date, theme: Theme) -> tuple[Label, ...]:
    """The labels of the marks within ``first`` to ``last``, in order of days; marks of one day share a label.

    They are placed from the last to the first, so that a line that rises to its words passes those of no later day.
    """
    seen = sorted((mark for mark in marks if first <= mark.day <= last), key=lambda mark: mark.day, reverse=True)
    pixels = theme.width / ((last - first).days + 1)
    free = [float("inf")] * LANES
    labels = []
    for day, together in groupby(seen, key=lambda mark: mark.day):
        text = _shortened(" · ".join(dict.fromkeys(filter(None, (_tidy(mark.text) for mark in together)))))
        width, at = len(text) * _LETTER * theme.size, (day - first).days * pixels
        before = at + _BESIDE + width > theme.width
        start, end = (at - _BESIDE - width, at) if before else (at, at + _BESIDE + width)
        lane = _lane(start, at, end, free) if text else None
        if lane is not None:
            free[: lane + 1] = [start] * (lane + 1)
        labels.append(Label(at, text, before, lane))
    labels.reverse()
    if all(label.lane is not None for label in labels if label.text):
        return tuple(labels)
    return tuple(_numbered([label for label in labels if label.text]))


def _lane(start: float, at: float, end: float, free: Sequence[float]) -> int | None:
    """The lowest lane with room for words from ``start`` to ``end``, which their line at ``at`` can rise to."""
    if start < 0:
        return None
    lanes = (lane for lane, edge in enumerate(free) if end + _GAP <= edge and all(at < lower for lower in free[:lane]))
    return next(lanes, None)


def draw_marks(labels: Sequence[Label], theme: Theme, *, words: bool = True, lift: int = 2) -> list[alt.Chart]:
    """The layers of the labels: a line at each day and, with ``words``, the texts ``lift`` pixels above the plot."""
    layers = []
    for label in labels:
        named = words and label.lane is not None
        foot = -lift - (0 if label.number else label.lane or 0) * _LANE * theme.size
        top = foot - theme.size if named else 0
        line = alt.Chart(alt.InlineData(values=[{}])).mark_rule(color=theme.quiet, strokeWidth=1.2, strokeDash=[5, 3])
        foot_of_plot = alt.Y2Value(theme.height)  # type: ignore[no-untyped-call]  # altair's own lack
        layers.append(line.encode(*place(label.at, top), foot_of_plot))
        if named and label.number:
            listed = -lift - (label.lane or 0) * _LANE * theme.size
            layers.append(_words(str(label.number), label.at + _BESIDE, foot, theme))
            layers.append(_words(label.text, 0, listed, theme))
        elif named:
            beside = -_BESIDE if label.before else _BESIDE
            layers.append(_words(label.text, label.at + beside, foot, theme, "right" if label.before else "left"))
    return layers


def _words(words: str, x: float, y: float, theme: Theme, side: Literal["left", "right"] = "left") -> alt.Chart:
    one = alt.Chart(alt.InlineData(values=[{"words": words}]))
    text = one.mark_text(align=side, baseline="bottom", color=theme.ink, fontSize=theme.size)
    drawn: alt.Chart = text.encode(*place(x, y), alt.Text("words:N"))
    return drawn


def place(x: float, y: float) -> tuple[alt.XValue, alt.YValue]:
    """A place in pixels. ``alt.value`` says the same, but is looked for in altair's whole schema each time."""
    return alt.XValue(x), alt.YValue(y)  # type: ignore[no-untyped-call]  # the same


def _numbered(labels: Sequence[Label]) -> Iterator[Label]:
    """Numbers at the lines, and a list of what they stand for, the first on top."""
    rows = min(len(labels), LISTED)
    for number, label in enumerate(labels, start=1):
        text = f"{number}  {label.text}"
        if number == rows < len(labels):
            text = f"{number}–{len(labels)}  {label.text}, and {len(labels) - rows} more"
        lane = rows + 1 - number if number <= rows else None
        yield Label(label.at, text, before=False, lane=lane, number=number)


def _tidy(text: str) -> str:
    """Without what has no shape of its own: control characters would break the picture, overrides turn it round."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
