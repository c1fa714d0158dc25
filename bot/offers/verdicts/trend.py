"""The daily rate of an offer and where it is heading: a log-linear Poisson fit with cautious priors.

Priors: log rate at the start N(log 1, 2²), slope a day N(0, 0.01²) (doubling in 70 days is one standard deviation). The
covariance of the fit is widened by how much more than by chance days vary. Source: measurement §8.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.offers.verdicts.eprocess import Counts

_PRECISION = (1 / 2.0**2, 1 / 0.01**2)
_STEPS = 40
_LONGEST_STEP = (1.0, 0.05)  # Newton's steps are held back where the curve is steep
_CLOSE = 1e-9
_MOST = 1e7  # expected redemptions over which a draw says no more


@dataclass(frozen=True, slots=True)
class Trend:
    """Fits of one or many series (leading axes). ``level`` is the log rate on day 0, ``slope`` its change a day."""

    level: Counts
    slope: Counts
    level_variance: Counts
    slope_variance: Counts
    covariance: Counts

    def falling(self) -> float:
        """The chance that the rate of one series is falling."""
        return 0.5 * math.erfc(float(self.slope) / math.sqrt(2 * float(self.slope_variance)))

    def draw_totals(self, start: int, days: int, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Redemptions in ``days`` days from day ``start`` on: draws in the first axis."""
        one, other = rng.standard_normal((2, draws, *self.level.shape))
        sd = np.sqrt(self.level_variance)
        along = self.covariance / sd
        level = self.level + sd * one
        slope = self.slope + along * one + np.sqrt(np.maximum(0.0, self.slope_variance - along**2)) * other
        # The sum of exp(level + slope·t) over the days is a geometric series.
        steep = np.where(np.abs(slope) < _CLOSE, _CLOSE, slope)
        expected = np.exp(np.minimum(level + steep * start, 50.0)) * np.expm1(np.minimum(steep * days, 50.0))
        return np.asarray(rng.poisson(np.minimum(expected / np.expm1(steep), _MOST)))


def fit(counts: Counts, day: Counts) -> Trend:
    """Fits daily ``counts`` (last axis) on the numbers of their days; days may be missing. Newton's method."""
    level = np.log(np.maximum(counts.mean(axis=-1), 0.05))
    slope = np.zeros_like(level)
    for _ in range(_STEPS):
        expected = _expected(level, slope, day)
        first = (counts - expected).sum(axis=-1) - _PRECISION[0] * level
        second = ((counts - expected) * day).sum(axis=-1) - _PRECISION[1] * slope
        top, side, bottom, size = _curvature(expected, day)
        step = np.clip((bottom * first - side * second) / size, -_LONGEST_STEP[0], _LONGEST_STEP[0])
        turn = np.clip((top * second - side * first) / size, -_LONGEST_STEP[1], _LONGEST_STEP[1])
        level, slope = level + step, slope + turn
        if np.max(np.abs(step)) < _CLOSE and np.max(np.abs(turn)) < _CLOSE:
            break
    expected = _expected(level, slope, day)
    top, side, bottom, size = _curvature(expected, day)
    freedom = max(1, counts.shape[-1] - 2)
    spread = np.maximum(1.0, ((counts - expected) ** 2 / expected).sum(axis=-1) / freedom)
    return Trend(level, slope, spread * bottom / size, spread * top / size, -spread * side / size)


def _expected(level: Counts, slope: Counts, day: Counts) -> Counts:
    return np.asarray(np.exp(np.clip(level[..., None] + slope[..., None] * day, -20.0, 20.0)))


def _curvature(expected: Counts, day: Counts) -> tuple[Counts, Counts, Counts, Counts]:
    """The entries of the information matrix, and its determinant."""
    top = expected.sum(axis=-1) + _PRECISION[0]
    side = (expected * day).sum(axis=-1)
    bottom = (expected * day**2).sum(axis=-1) + _PRECISION[1]
    return top, side, bottom, top * bottom - side**2
