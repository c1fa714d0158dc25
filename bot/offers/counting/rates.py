"""How many a day, and how sure that is: 95 % intervals for small counts, and the words for them.

Source: measurement §8.2; checked there against published coverage (the exact interval covers at least 96 %, the score
interval 92–96 %, the usual ±1.96·√n only 63–95 %).
"""

from __future__ import annotations

import math

_Z = 1.959963984540054  # two-sided 95 % point of the normal distribution
_TAIL = 0.025
_EXACT_BELOW = 10  # from here on the score interval is narrower and still honest
_FEWEST = 5
_FEWEST_DAYS = 7


def poisson_interval(count: int, days: float) -> tuple[float, float]:
    """The 95 % interval of a daily rate, given ``count`` events in ``days`` (> 0) days: exact (Garwood) for counts
    under 10, Wilson's score interval from there on. Nothing in 14 days is [0, 0.26] a day.
    """
    if count < _EXACT_BELOW:
        from scipy.special import gammaincinv  # noqa: PLC0415 heavy, and only small counts need it

        low = float(gammaincinv(count, _TAIL)) if count else 0.0
        return low / days, float(gammaincinv(count + 1, 1 - _TAIL)) / days
    middle, half = count + _Z**2 / 2, _Z * math.sqrt(count + _Z**2 / 4)
    return (middle - half) / days, (middle + half) / days


def rate_in_words(count: int, days: int) -> str:
    """What can be said of ``count`` redemptions in ``days`` days: "2.0 a day [1.6, 2.6]", or that it is too early."""
    if count == 0:
        if days < _FEWEST_DAYS:
            return "none yet"
        return f"none in {days} days, at most {poisson_interval(0, days)[1]:.2g} a day"
    if count < _FEWEST or days < _FEWEST_DAYS:
        return "too few to say"
    rate, (low, high) = count / days, poisson_interval(count, days)
    digits = 1 if rate >= 1 else 2
    return f"{rate:.{digits}f} a day [{low:.{digits}f}, {high:.{digits}f}]"
