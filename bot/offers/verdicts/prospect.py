"""What an offer has ahead of it, by what is known on a check day, and what would have to come for another verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bot.model import KeepWord
from bot.offers.verdicts.eprocess import Counts
from bot.offers.verdicts.netting import Money, chance_of_gain, forecast
from bot.offers.verdicts.schedule import Schedule
from bot.offers.verdicts.trend import Trend, fit

STOP_BELOW = 0.05
"""The chance of a gain under which an offer is stopped."""
WEARING_OUT = 0.9
"""The chance of a falling rate over which an offer that is kept should be changed."""
_MOST_A_DAY = 1e6


@dataclass(frozen=True, slots=True)
class Ground:
    """What a check rests on: the numbers of the days that count, the redemptions of each, and what is known of
    purchases (with ``attached`` of ``told`` redemptions there was one).
    """

    days: tuple[int, ...]
    counts: tuple[float, ...]
    attached: int
    told: int

    def trend(self) -> Trend:
        """The rate and where it is heading."""
        return fit(np.array(self.counts), np.array(self.days, dtype=np.float64))


def net_ahead(trend: Trend, purchases: tuple[int, int], money: Money, ahead: tuple[int, int], seed: int) -> Counts:
    """Draws of the net benefit of the days ``ahead`` (first, how many), by the trend and (attached, told) so far.

    The same seed gives the same draws.
    """
    attached, told = map(np.array, purchases)
    return forecast(trend, attached, told, money, ahead, np.random.default_rng(seed))


def word_of(chance: float, falling: float) -> KeepWord:
    """Stop, change or keep, by the chance of a gain in the days ahead and the chance that the rate falls."""
    if chance < STOP_BELOW:
        return KeepWord.STOP
    return KeepWord.CHANGE if falling > WEARING_OUT else KeepWord.KEEP


def turning_point(ground: Ground, trend: Trend, money: Money, plan: Schedule, seed: int) -> tuple[int, int] | None:
    """With how many purchases up to the next check the offer is kept, and with one fewer stopped: (purchases, days).

    Redemptions are taken to go on as their ``trend`` does. None where no number of purchases turns the verdict, or no
    check is left.
    """
    if plan.checked is None or plan.next_day is None:
        return None
    new = np.arange(plan.checked, plan.next_day)
    expected = np.minimum(np.exp(np.minimum(trend.level + trend.slope * new, 20.0)), _MOST_A_DAY)
    most = round(float(expected.sum()))
    days, counts = (*ground.days, *new.tolist()), (*ground.counts, *expected.tolist())
    then, ahead = replace(ground, days=days, counts=counts).trend(), plan.ahead_of(plan.next_day)

    def stops(attached: int) -> bool:
        known = ground.attached + attached, ground.told + most
        return float(chance_of_gain(net_ahead(then, known, money, ahead, seed))) < STOP_BELOW

    low, high = 0, most
    if not stops(low) or stops(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if stops(middle) else (low, middle)
    return high, len(new)
