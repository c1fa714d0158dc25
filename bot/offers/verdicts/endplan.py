"""The one look at the planned end: rate ratio with score interval, two tests, and the difference of shares.

These hold for one look on a date that was fixed before; read every day they would name a winner among equals 34 times
in 100. Source: measurement §8.3; checked there against 61 and 41 redemptions in 30 days each.
"""

from __future__ import annotations

import math

import numpy as np

from bot.model import EndReport, Estimate
from bot.offers.verdicts.eprocess import Counts
from bot.rates import Z, wilson

OVERDISPERSED = 1.2
"""Daily counts that vary by more than this many times plain chance widen the interval."""


def report(a: Counts, b: Counts, new_a: tuple[int, int], new_b: tuple[int, int], days_in_block: int = 1) -> EndReport:
    """The report on the counts of two arms in the same days or blocks of days (at least one).

    ``new_a`` and ``new_b`` are (redemptions by new customers, redemptions of which it is known).
    """
    days, total_a, total_b = len(a) * days_in_block, int(a.sum()), int(b.sum())
    spread = dispersion(a, b)
    varies = spread > OVERDISPERSED
    by_chance = total_a + total_b > 0 and not varies
    return EndReport(
        days=days,
        a=total_a,
        b=total_b,
        ratio=rate_ratio(total_a, days, total_b, days, spread if varies else 1.0),
        dispersion=spread,
        e_test=_e_test(total_a, total_b, days) if by_chance else None,
        exact=_exact(total_a, total_b) if by_chance else None,
        new_share=share_difference(new_a, new_b) if new_a[1] and new_b[1] else None,
    )


def rate_ratio(a: int, days_a: float, b: int, days_b: float, spread: float = 1.0) -> Estimate | None:
    """The rate of ``a`` over that of ``b`` with its 95 % score interval; None if both counted nothing.

    The interval is what (a − rb)² ≤ z²·spread·(a + b)·r solves for r, for equal times; with a ``spread`` over 1 the
    widths grow by about its root.
    """
    if a + b == 0:
        return None
    chance = Z * Z * spread * (a + b)
    middle, root = 2 * a * b + chance, math.sqrt(chance * (chance + 4 * a * b))
    low = 2 * a * a / (middle + root)  # the smaller root, written so that b = 0 is no exception
    high = (middle + root) / (2 * b * b) if b else math.inf
    scale = days_b / days_a
    return Estimate((a / b if b else math.inf) * scale, low * scale, high * scale)


def share_difference(a: tuple[int, int], b: tuple[int, int]) -> Estimate:
    """The difference of two shares (count, of) with Newcombe's hybrid score interval."""
    one, other = wilson(*a), wilson(*b)
    value = one.value - other.value
    below = math.hypot(one.value - one.low, other.high - other.value)
    above = math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(value, value - below, value + above)


def dispersion(*arms: Counts) -> float:
    """How many times more than chance daily counts vary: Pearson's χ² over its degrees of freedom; 1 if unknown."""
    known = [counts for counts in arms if len(counts) > 1 and counts.sum() > 0]
    freedom = sum(len(counts) - 1 for counts in known)
    return (
        float(sum(np.sum((counts - counts.mean()) ** 2) / counts.mean() for counts in known) / freedom)
        if known
        else 1.0
    )


def _e_test(a: int, b: int, days: int) -> float:
    from scipy.stats import poisson_means_test  # noqa: PLC0415 heavy, and only a planned end needs it

    return float(poisson_means_test(a, days, b, days).pvalue)


def _exact(a: int, b: int) -> float:
    from scipy.stats import binomtest  # noqa: PLC0415 heavy, and only a planned end needs it

    return float(binomtest(a, a + b, 0.5).pvalue)
