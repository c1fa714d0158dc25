"""How an offer nets out over the days that are left: margins earned less what is given away (simulated).

What was spent so far is sunk and does not count. Source: measurement §8.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.model import Estimate
from bot.offers.verdicts.eprocess import Counts
from bot.offers.verdicts.trend import Trend

Numbers = NDArray[np.int64]

DRAWS = 4000
_PRIOR = (1, 3)
"""Beta prior of the share of redemptions with a purchase: one in four, and easily taught otherwise."""


@dataclass(frozen=True, slots=True)
class Money:
    """What an offer earns on a purchase and what it costs, in one currency."""

    margin: float
    unit_cost: float
    fixed_cost_per_day: float

    def net(self, attached: Numbers, redeemed: Numbers, days: int) -> Counts:
        """Net benefit of so many attached purchases and redemptions in so many days."""
        return np.asarray(self.margin * attached - self.unit_cost * redeemed - self.fixed_cost_per_day * days)


def forecast(
    trend: Trend,
    attached: Numbers,
    told: Numbers,
    money: Money,
    span: tuple[int, int],
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Counts:
    """Draws of the net benefit of a ``span`` (first day, days); draws in the first axis, then as many series as fitted.

    Of ``told`` redemptions it is known whether a purchase went with them; with ``attached`` one did.
    """
    start, days = span
    redeemed = trend.draw_totals(start, days, draws, rng)
    share = rng.beta(_PRIOR[0] + attached, _PRIOR[1] + told - attached, redeemed.shape)
    return money.net(rng.binomial(redeemed, share), redeemed, days)


def chance_of_gain(net: Counts) -> Counts:
    """The share of draws that net out positive."""
    return np.asarray((net > 0).mean(axis=0))


def middle_ninety(net: Counts) -> Estimate:
    """The median and the 90 % interval of one series' draws."""
    low, middle, high = np.quantile(net, (0.05, 0.5, 0.95))
    return Estimate(float(middle), float(low), float(high))
