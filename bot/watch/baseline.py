"""What a day usually brings: the count model ``nb-dow`` (measurement §9.1). Pure.

A robust mean of 56 days, of which the last ends four days before (a guard gap, so that what is just beginning does not
hide itself), times a factor of the weekday, shrunken towards 1; dispersion from the residuals. It is the idea of the
flexible Farrington algorithm on daily data (Noufaily et al. 2013, doi:10.1002/sim.5595).

Every day of a series is forecast at once: a day's window is a row of eight weeks, and as both ends move with the day, a
column always holds one weekday.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEEKS, WEEK = 8, 7
BASELINE = WEEKS * WEEK
GUARD = 3
ENOUGH = 28
"""Covered days of the baseline below which nothing is said: it is still learning."""
REACH = BASELINE + GUARD
"""How many days before a day its baseline begins."""
TODAY = REACH % WEEK
"""The column of the baseline that holds the weekday of the day that is forecast."""
_PSEUDO_DAYS = 4.0
_OUTLIER = 2.58
_PASSES = 2
_FACTOR_ERROR = 1 / 16
_LEAST_TOTAL = 0.5  # nothing in eight weeks still allows for half of something


@dataclass(frozen=True, slots=True)
class Forecasts:
    """A forecast a day of the series, as arrays by day; NaN where too few days are covered.

    ``level`` is the mean of a day whose weekday counts 1, ``factors`` the seven weekdays' (column ``TODAY`` is that of
    the day itself), ``dispersion`` φ ≥ 1, ``weight`` the covered days of the baseline that count.
    """

    level: Floats
    factors: Floats
    dispersion: Floats
    weight: Floats

    @property
    def mean(self) -> Floats:
        """The expected count of each day."""
        return self.level * self.factors[:, TODAY]

    @property
    def variance(self) -> Floats:
        """The predictive variance: φ·m·(1 + fac/Σw + 1/16); m itself where φ is 1, as for a Poisson count."""
        return self.variance_of(self.mean, self.factors[:, TODAY])

    def variance_of(self, mean: Floats, factor: Floats) -> Floats:
        """The predictive variance of a count with that ``mean``, of days whose factors sum to ``factor``."""
        spread = self.dispersion * mean * (1 + factor / np.maximum(self.weight, 1.0) + _FACTOR_ERROR)
        return np.where(self.dispersion > 1, spread, mean)


def forecasts(counts: Floats) -> Forecasts:
    """A forecast for each day from the days before it. ``counts`` are consecutive days; NaN is missing, never zero."""
    padded = np.concatenate([np.full(REACH, np.nan), counts])
    rows = np.lib.stride_tricks.sliding_window_view(padded, BASELINE)[: len(counts)]
    given = rows.reshape(len(counts), WEEKS, WEEK)
    covered = ~np.isnan(given)
    seen = np.where(covered, given, 0.0)
    weights = covered.astype(float)
    enough = weights.sum(axis=(1, 2)) >= ENOUGH
    level, factors = _fit(seen, weights)
    dispersion = _dispersion(seen, weights, level, factors)
    for _ in range(_PASSES):
        fitted = level[:, None, None] * factors[:, None, :]
        residuals = (seen - fitted) / np.sqrt(dispersion[:, None, None] * fitted)
        weights = covered * np.where(residuals > _OUTLIER, (_OUTLIER / np.maximum(residuals, _OUTLIER)) ** 2, 1.0)
        level, factors = _fit(seen, weights)
        dispersion = _dispersion(seen, weights, level, factors)
    level = np.where(enough, level, np.nan)
    return Forecasts(level, factors, dispersion, weights.sum(axis=(1, 2)))


def _fit(seen: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Level and weekday factors; the factors as if four more days of each weekday had been as usual."""
    by_weekday = weights.sum(axis=1)
    counted = (weights * seen).sum(axis=1)
    total = np.maximum(counted.sum(axis=1), _LEAST_TOTAL)
    level = total / np.maximum(by_weekday.sum(axis=1), 1.0)
    factors = (counted / level[:, None] + _PSEUDO_DAYS) / (by_weekday + _PSEUDO_DAYS)
    # Where days are missing the weekdays are not alike in number: the level is that of the days that are there.
    level = total / np.maximum((by_weekday * factors).sum(axis=1), _LEAST_TOTAL)
    return level, factors


def _dispersion(seen: Floats, weights: Floats, level: Floats, factors: Floats) -> Floats:
    """Weighted Pearson χ² over its degrees of freedom, at least 1."""
    fitted = level[:, None, None] * factors[:, None, :]
    chi = (weights * (seen - fitted) ** 2 / fitted).sum(axis=(1, 2))
    dispersion: Floats = np.maximum(chi / np.maximum(weights.sum(axis=(1, 2)) - WEEK, 1.0), 1.0)
    return dispersion
