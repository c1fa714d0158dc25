"""How many people an offer can still reach, where first visits thin out clearly enough to say.

The curve of people reached is U(t) = A(1 − e^(−kt)); measurement §8.4 fits it to running totals. Here the same curve is
fitted to the days' first visits (Poisson), because running totals depend on each other and would claim to know too
much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from bot.model import Estimate, Saturation
from bot.offers.verdicts.arms import Redeemed, number_of
from bot.offers.verdicts.costs import ENOUGH_SAID
from bot.rates import Z

SUREST = 0.5
"""The relative standard error of A from which on nothing is said."""
_HALVINGS = 60
_FEWEST = 10  # people; AICc is no guide to fewer


def saturation(redeemed: Redeemed, first: date, days: int) -> Saturation | None:
    """People left to reach after ``days`` days from ``first`` on; None where a straight line does as well, where A is
    not known to half its size, or where too few redemptions name their customer.
    """
    visits: dict[str, date] = {}
    for one in redeemed:  # oldest first
        for customer in one.customers:
            visits.setdefault(customer, one.day)
    named = sum(len(one.customers) for one in redeemed)
    if len(visits) < _FEWEST or named < ENOUGH_SAID * number_of(redeemed):
        return None
    times = [(day - first).days + 0.5 for day in visits.values()]
    pace = _pace(sum(times) / len(times), days)
    if pace is None or not _bends(times, pace, days):
        return None
    people = len(visits)
    seen = -math.expm1(-pace * days)
    whole = people / seen
    unseen = math.exp(-pace * days)
    information = people * (1 / pace**2 - days**2 * unseen / seen**2)
    error = math.sqrt(people * unseen / seen**2 + (people * days * unseen / seen**2) ** 2 / information)
    if error / whole >= SUREST:
        return None
    return Saturation(Estimate(whole - people, max(0.0, whole - people - Z * error), whole - people + Z * error))


def _pace(mean: float, days: int) -> float | None:
    """The k whose first visits lie at this mean day; None where they do not thin out."""

    def off(pace: float) -> float:
        return 1 / pace - days / math.expm1(pace * days) - mean

    low, high = 1e-4 / days, 500.0 / days
    if off(low) <= 0 or off(high) >= 0:
        return None
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if off(middle) > 0 else (low, middle)
    return low


def _bends(times: Sequence[float], pace: float, days: int) -> bool:
    """Whether the curve explains first visits better than a straight line does, by AICc (one parameter more)."""
    curve = sum(math.log(pace) - pace * time for time in times) - len(times) * math.log(-math.expm1(-pace * days))
    line = -len(times) * math.log(days)
    return _aicc(curve, 2, len(times)) < _aicc(line, 1, len(times))


def _aicc(log_likelihood: float, parameters: int, count: int) -> float:
    return 2 * parameters - 2 * log_likelihood + 2 * parameters * (parameters + 1) / (count - parameters - 1)
