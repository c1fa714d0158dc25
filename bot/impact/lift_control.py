"""Design B: the change of a series against a control series, by Welch's t on weekly log ratios (measurement §7).
Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import NamedTuple

from scipy.special import stdtrit

from bot.impact.lift_series import Week
from bot.model.impact import ExpectedWeek

METHOD = "weekly Welch t on the log ratio to a control series, version 1"
SHARED = 0.2
"""The part of a control's stories that may tell of the own subjects too, before the activity is taken to touch it."""
_HALF = 0.5  # so that a week of none has a logarithm
_NO_VARIANCE = 1e-12  # what rounding leaves of none


class Change(NamedTuple):
    """A ratio less 1, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def shows(self) -> bool:
        """Whether the interval leaves out that nothing changed."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class Ratio:
    """The log ratios of known weeks before and after."""

    before: tuple[float, ...]
    after: tuple[float, ...]

    @classmethod
    def of(cls, before: Sequence[Week], after: Sequence[Week]) -> Ratio:
        """Those of the weeks in which both series are known."""
        return cls(*(tuple(_log_ratio(week) for week in weeks if week.known) for weeks in (before, after)))

    def change(self) -> Change | None:
        """How the ratio changed; None where no week differs from another, as in figures that were smoothed or made up.

        Needs two weeks at least on each side.
        """
        ratio = fmean(self.after) - fmean(self.before)
        parts = [(variance(side) / len(side), len(side) - 1) for side in (self.before, self.after)]
        squared = sum(part for part, _ in parts)
        if squared < _NO_VARIANCE:
            return None
        freedom = squared**2 / sum(part**2 / free for part, free in parts)
        half = float(stdtrit(freedom, 0.975)) * math.sqrt(squared)
        return Change(*map(math.expm1, (ratio, ratio - half, ratio + half)))

    def expected(self, weeks: Sequence[Week], *, after: bool) -> tuple[ExpectedWeek, ...]:
        """What the control leads us to expect of each week, had the ratio stayed as before, with a week's 95 % band."""
        n = len(self.before)
        half = float(stdtrit(n - 1, 0.975)) * math.sqrt(variance(self.before) * (1 + 1 / n))
        middle = fmean(self.before)
        ends = (middle, middle - half, middle + half)
        return tuple(
            ExpectedWeek(week.start, after, week.value, *(_undone(end, week.control) for end in ends)) for week in weeks
        )


def touched_by(shared: int, of: int, ours: str) -> str:
    """Why a control of stories is touched by the activity, of ``of`` stories ``shared`` with ours; empty if not."""
    if shared <= SHARED * of:
        return ""
    return f"{shared} of its {of} stories in these weeks tell of {ours} as well"


def _log_ratio(week: Week) -> float:
    return math.log((week.value or 0.0) + _HALF) - math.log((week.control or 0.0) + _HALF)


def _undone(log_ratio: float, control: float | None) -> float | None:
    """The value that has this log ratio to the control."""
    return None if control is None else max(0.0, math.exp(log_ratio) * (control + _HALF) - _HALF)
