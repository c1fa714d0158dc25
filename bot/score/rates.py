"""Shares and their 95 % intervals (measurement §4, §5.2); pure."""

from __future__ import annotations

import math

from bot.rates import Rate, Z, wilson

__all__ = ["Rate", "Z", "exact_share", "mean_value", "small_share", "wilson"]

EXACT_UNDER = 5
"""Counts so small are given the exact interval instead of Wilson's."""
ALIKE = 1e-12
"""A variance under which values do not differ: what is left is rounding."""


def small_share(count: int, of: int) -> Rate:
    """A share with the exact (Clopper-Pearson) interval while the count is under five, else Wilson's."""
    return exact_share(count, of) if count < EXACT_UNDER else wilson(count, of)


def exact_share(count: int, of: int, outside: float = 0.05) -> Rate:
    """A share with the exact (Clopper-Pearson) interval, which misses with a chance of at most ``outside``."""
    from scipy.special import betaincinv  # noqa: PLC0415 heavy, and only small counts need it

    low = float(betaincinv(count, of - count + 1, outside / 2)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - outside / 2)) if count < of else 1.0
    return Rate(count / of, low, high)


def mean_value(total: float, squares: float, of: int) -> Rate:
    """The mean of values in [-1, 1], from their sum and sum of squares, with a normal interval.

    Where all values are alike, that has no width: it then reaches as far as a value that was not seen may be frequent.
    """
    mean = total / of
    spread = max(0.0, squares / of - mean * mean)
    if spread < ALIKE:
        unseen = exact_share(0, of).high
        return Rate(mean, mean - unseen * (mean + 1.0), mean + unseen * (1.0 - mean))
    error = Z * math.sqrt(spread / of)
    return Rate(mean, max(-1.0, mean - error), min(1.0, mean + error))
