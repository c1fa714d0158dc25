"""Before a comparison starts: how likely it is to find a difference, and how long that would take (simulated).

What is simulated is the e-process that will judge, looked at every day until the threshold of its number of pairs. The
same question is always answered alike: the seed is made of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.errors import ConfigError
from bot.model import Estimate, Plan
from bot.offers.verdicts.eprocess import Counts, settled_at
from bot.offers.verdicts.outlook import plan_sentences
from bot.rates import wilson

RUNS = 2000
HORIZON = 365
"""Days within which days needed are looked for."""
LARGEST_LIFT = 10.0
_SMALLEST_LIFT = 1.02
_STEPS = 9  # halvings of the range of lifts, to within about 1 %
_MOST_A_DAY = 100_000.0
_SMALLEST_SIZE = 0.01  # of the negative binomial: nearly all redemptions on one day in a hundred
_ARMS = range(2, 21)


def plan(
    *,
    rate: float,
    lift: float,
    days: int | None = None,
    power: float = 0.8,
    dispersion: float | None = None,
    arms: int = 2,
    runs: int = RUNS,
) -> Plan:
    """What a comparison of ``rate`` redemptions a day with ``lift`` times as many would find.

    ``days`` is the time there is, the days needed where None (the horizon where they are more). With more than two
    ``arms`` all pairs are compared and the chance is that of one pair. ``dispersion`` is the size k of the negative
    binomial. Raises ConfigError for what cannot be planned.
    """
    _require_sense(rate, lift, days, power, dispersion, arms)
    pairs = arms * (arms - 1) // 2
    horizon = max(HORIZON, days or 0)
    found_on = _found_on(rate, lift, horizon, dispersion, pairs, runs)
    needed = days_needed(found_on, power)
    within = days or needed or horizon
    found = wilson(int(np.sum((found_on > 0) & (found_on <= within))), runs)
    planned = Plan(
        rate=rate,
        lift=lift,
        power=power,
        arms=arms,
        dispersion=dispersion,
        days=within,
        found=Estimate(*found),
        days_needed=needed,
        detectable=_detectable(rate, within, power, dispersion, pairs, runs),
        horizon=horizon,
        simulated=runs,
    )
    return replace(planned, sentences=plan_sentences(planned))


def simulate(
    rates: tuple[float, float], days: int, runs: int, rng: np.random.Generator, dispersion: float | None = None
) -> Counts:
    """Differences a day of ``runs`` campaigns with these daily rates: Poisson, or negative binomial of size k."""
    one, other = (_counts(rate, (runs, days), rng, dispersion) for rate in rates)
    return one - other


def days_needed(found_on: NDArray[np.int64], power: float) -> int | None:
    """The first day by which a share of ``power`` of the campaigns has found the difference; None if never."""
    found = np.sort(found_on[found_on > 0])
    wanted = int(np.ceil(power * found_on.size))
    return int(found[wanted - 1]) if found.size >= wanted else None


def seed_of(*parts: object) -> int:
    """A seed that is the same wherever and whenever the same question is asked."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big")


def _found_on(
    rate: float, lift: float, days: int, dispersion: float | None, pairs: int, runs: int
) -> NDArray[np.int64]:
    """The day on which each campaign named the better offer; 0: it did not, or named the other."""
    rng = np.random.default_rng(seed_of(float(rate), dispersion and float(dispersion), runs))
    differences = simulate((rate * lift, rate), days, runs, rng, dispersion)
    day = settled_at(differences, pairs)
    lead = np.take_along_axis(np.cumsum(differences, axis=-1), np.maximum(day - 1, 0)[:, None], axis=-1)[:, 0]
    return np.where(lead > 0 if lift > 1 else lead < 0, day, 0)


def _detectable(rate: float, days: int, power: float, dispersion: float | None, pairs: int, runs: int) -> float | None:
    """The smallest lift that is found by ``days`` with this power, to two digits; None: not even tenfold."""

    def is_found(lift: float) -> bool:
        return float(np.mean(_found_on(rate, lift, days, dispersion, pairs, runs) > 0)) >= power

    if not is_found(LARGEST_LIFT):
        return None
    low, high = _SMALLEST_LIFT, LARGEST_LIFT
    for _ in range(_STEPS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if is_found(middle) else (middle, high)
    return round(high, 2)


def _counts(rate: float, size: tuple[int, int], rng: np.random.Generator, dispersion: float | None) -> Counts:
    mean = rate if dispersion is None else rate * rng.gamma(dispersion, 1 / dispersion, size)
    return rng.poisson(mean, size).astype(np.float64)


def _require_sense(
    rate: float, lift: float, days: int | None, power: float, dispersion: float | None, arms: int
) -> None:
    wrong = (
        (not 0 < rate <= _MOST_A_DAY, f"the rate must lie over 0 and up to {_MOST_A_DAY:,.0f} redemptions a day"),
        (not 1 / LARGEST_LIFT <= lift <= LARGEST_LIFT, f"the lift must lie in 1/{LARGEST_LIFT:g} … {LARGEST_LIFT:g}"),
        (lift == 1, "a lift of 1 is no difference: there is nothing to find"),
        (days is not None and not 1 <= days <= 2 * HORIZON, f"the days must lie in 1 … {2 * HORIZON}"),
        (not 0 < power < 1, "the power must lie between 0 and 1, such as 0.8"),
        (
            dispersion is not None and not _SMALLEST_SIZE <= dispersion <= _MOST_A_DAY,
            f"the dispersion k must be {_SMALLEST_SIZE} or more",
        ),
        (arms not in _ARMS, f"from {_ARMS[0]} to {_ARMS[-1]} offers can be compared at once"),
    )
    for is_wrong, why in wrong:
        if is_wrong:
            raise ConfigError(why)
