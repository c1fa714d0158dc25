"""Placebo dates: how often a date on which nothing was done "shows" a lift too (measurement §7). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from bot.impact.lift_control import Ratio
from bot.impact.lift_series import Week

NEEDED = 26
"""Full weeks before the activity from which on placebo dates are tried."""
TOO_MANY = 0.10
"""The share of placebo dates above which a control is not good enough."""


class Placebo(NamedTuple):
    """How many dates were tried, and how many of them "show" a lift."""

    dates: int
    shown: int

    @property
    def share(self) -> float | None:
        """The share that shows one; None where none was tried."""
        return self.shown / self.dates if self.dates else None


UNTRIED = Placebo(0, 0)
"""No check was possible."""


def placebo(
    history: Sequence[Week], *, before: tuple[int, int], after: tuple[int, int], busy: Sequence[tuple[date, date]] = ()
) -> Placebo:
    """Tries every week of ``history`` (consecutive weeks before the activity, oldest first) that could have been one.

    ``before`` and ``after`` are the least number of known weeks and the most weeks on each side. A date whose weeks
    touch a ``busy`` stretch ``[start, end)``, when something else was done, is none.
    """
    if sum(week.known for week in history) < NEEDED:
        return UNTRIED
    dates = shown = 0
    for at in range(before[0], len(history) - after[1] + 1):
        earlier, later = history[max(0, at - before[1]) : at], history[at : at + after[1]]
        ratio = Ratio.of(earlier, later)
        touched = any(earlier[0].start < end and start <= later[-1].start for start, end in busy)
        if len(ratio.before) < before[0] or len(ratio.after) < after[0] or touched:
            continue
        change = ratio.change()
        dates += 1
        shown += change is not None and change.shows
    return Placebo(dates, shown)
