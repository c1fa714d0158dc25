"""How unlikely a count is by chance: tails of the negative binomial, and of the Poisson where nothing is dispersed.
Pure.

By the incomplete beta and gamma functions that they are (DLMF 8.17, 8.2); ``scipy.stats`` says the same and takes
seconds to load.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, gammainc, gammaincc

from bot.watch.baseline import Floats

INNER = 0.95
"""The share of days that lie within :func:`bounds`."""


def upper(count: Floats, mean: Floats, variance: Floats) -> Floats:
    """The probability of ``count`` or more; NaN where anything is unknown."""
    dispersed, size, share = _shape(mean, variance)
    some = np.maximum(count, 1.0)
    p = np.where(dispersed, betainc(some, size, 1 - share), gammainc(some, mean))
    return _known(np.where(count < 1, 1.0, p), count, mean)


def lower(count: Floats, mean: Floats, variance: Floats) -> Floats:
    """The probability of ``count`` or fewer; NaN where anything is unknown."""
    dispersed, size, share = _shape(mean, variance)
    p = np.where(dispersed, betainc(size, count + 1, share), gammaincc(count + 1, mean))
    return _known(p, count, mean)


def bounds(mean: float, variance: float) -> tuple[int, int]:
    """The counts between which 19 days of 20 lie."""
    return _quantile((1 - INNER) / 2, mean, variance), _quantile((1 + INNER) / 2, mean, variance)


def _quantile(share: float, mean: float, variance: float) -> int:
    """The least count of which, with all that are less, the probability is ``share`` or more."""
    m, v = np.array([mean]), np.array([variance])
    below, reached = -1, 1
    while lower(np.array([float(reached)]), m, v)[0] < share:
        below, reached = reached, reached * 2
    while reached - below > 1:
        middle = (below + reached) // 2
        if lower(np.array([float(middle)]), m, v)[0] < share:
            below = middle
        else:
            reached = middle
    return reached


def _shape(mean: Floats, variance: Floats) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Floats, Floats]:
    """Where it is dispersed at all, the size of the negative binomial and its probability of success."""
    dispersed = variance > mean * (1 + 1e-9)
    excess = np.where(dispersed, variance - mean, 1.0)
    return dispersed, mean**2 / excess, mean / (mean + excess)


def _known(p: Floats, count: Floats, mean: Floats) -> Floats:
    result: Floats = np.where(np.isnan(count) | np.isnan(mean), np.nan, p)
    return result
