"""Shares and their 95 % intervals (measurement §4, §5.2); pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from bot.rates import Rate, Z, wilson

__all__ = ["Rate", "Z", "exact_share", "mean_value", "small_share", "wilson"]

EXACT_UNDER = 5
"""Counts so small are given the exact interval instead of Wilson's."""
NORMAL_FROM = 50
"""Values from which on the normal interval of their mean is used."""
DRAWS = 2_000
SEED = 20_260_301
"""The draws are the same each time, so that a digest composed again says the same."""


def small_share(count: int, of: int) -> Rate:
    """A share with the exact (Clopper-Pearson) interval while the count is under five, else Wilson's."""
    return exact_share(count, of) if count < EXACT_UNDER else wilson(count, of)


def exact_share(count: int, of: int, outside: float = 0.05) -> Rate:
    """A share with the exact (Clopper-Pearson) interval, which misses with a chance of at most ``outside``."""
    from scipy.special import betaincinv  # noqa: PLC0415 heavy, and only small counts need it

    low = float(betaincinv(count, of - count + 1, outside / 2)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - outside / 2)) if count < of else 1.0
    return Rate(count / of, low, high)


def mean_value(counts: Iterable[tuple[float, int]]) -> Rate:
    """The mean of values in [-1, 1], given with how many have each, with its 95 % interval: by bootstrap (2,000 draws, the
    same ones each time) for fewer than 50 values, else a normal one. Raises ZeroDivisionError for none.

    Where all values are alike, neither has a width: it then reaches as far as a value that was not seen may be frequent.
    """
    told = [(value, count) for value, count in counts if count]
    of = sum(count for _, count in told)
    mean = math.fsum(value * count for value, count in told) / of
    if len({value for value, _ in told}) == 1:
        unseen = exact_share(0, of).high
        return Rate(mean, mean - unseen * (mean + 1.0), mean + unseen * (1.0 - mean))
    if of < NORMAL_FROM:
        return Rate(mean, *_drawn(told, of))
    spread = math.fsum(count * (value - mean) ** 2 for value, count in told) / of
    error = Z * math.sqrt(spread / of)
    return Rate(mean, max(-1.0, mean - error), min(1.0, mean + error))


def _drawn(told: Sequence[tuple[float, int]], of: int) -> tuple[float, float]:
    import numpy as np  # noqa: PLC0415 heavy, and only a digest needs it

    values, counts = zip(*sorted(told), strict=True)
    drawn = np.random.default_rng(SEED).multinomial(of, [count / of for count in counts], size=DRAWS)
    low, high = np.quantile(drawn @ np.array(values) / of, (0.025, 0.975))
    return float(low), float(high)
