"""What the rest of a day or month will bring, with an interval. Pure: no I/O, no clock.

Days are taken as counts that vary more than chance alone (quasi-Poisson), around a mean with a shrunken weekday factor
(measurement §9.1, ``nb-dow``). The variance of the sum to come is the days' own and that of the estimated mean. Its
distribution is taken as log-normal, which is never below zero and leans to the right as such sums do, with Student's t
for the few days that the variance is known from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import NormalDist, fmean

from bot.model import Forecast

FEWEST_DAYS = 5
"""With fewer complete days there is too little to say."""
MOST_DAYS = 28
"""Older days say little about the coming ones."""
WEEKDAY_DAYS = 14
"""From two weeks on weekdays are told apart."""
SHRINKAGE = 4.0
"""Pseudo-days of an average weekday that each weekday's own days are weighed against."""
WEEKDAYS_TOLD = 4
"""About as many free numbers as the shrunken weekday factors are worth, which the residuals have lost."""
INTERVAL = 0.90
DAY = timedelta(days=1)


def forecast(daily: Mapping[date, float], now: datetime, until: datetime) -> Forecast | None:
    """What the time from ``now`` to ``until`` (aware UTC) will bring; None when too few days are known.

    ``daily`` are the sums of complete UTC days before today, none left out in between; the last 28 are used.
    """
    today = now.astimezone(UTC).date()
    known = sorted(day for day in daily if today - MOST_DAYS * DAY <= day < today)
    if len(known) < FEWEST_DAYS:
        return None
    values = [daily[day] for day in known]
    factors = _weekday_factors(known, values)
    level = fmean(value / factors[day.weekday()] for day, value in zip(known, values, strict=True))
    weight = sum(share * factors[day.weekday()] for day, share in _days_to_come(now, until))
    mean = level * weight
    if mean <= 0:
        return Forecast(0.0, 0.0, _nothing_yet(len(values)) * weight, len(values))
    expected = [level * factors[day.weekday()] for day in known]
    variance = _variance(values, expected, mean, weight)
    return _log_normal(mean, variance, len(values))


def _weekday_factors(days: Sequence[date], values: Sequence[float]) -> list[float]:
    """How busy each weekday is beside the average one, drawn to 1 where few days tell; all 1 in the first two weeks."""
    mean = fmean(values)
    if len(days) < WEEKDAY_DAYS or mean <= 0:
        return [1.0] * 7
    factors = []
    for weekday in range(7):
        own = [value for day, value in zip(days, values, strict=True) if day.weekday() == weekday]
        factors.append((sum(own) / mean + SHRINKAGE) / (len(own) + SHRINKAGE))
    average = fmean(factors)
    return [factor / average for factor in factors]


def _days_to_come(now: datetime, until: datetime) -> list[tuple[date, float]]:
    """The UTC days to come, each with the share of it that lies in the interval."""
    parts = []
    start = now.astimezone(UTC)
    while start < until:
        end = min(start.replace(hour=0, minute=0, second=0, microsecond=0) + DAY, until)
        parts.append((start.date(), (end - start) / DAY))
        start = end
    return parts


def _variance(values: Sequence[float], expected: Sequence[float], mean: float, weight: float) -> float:
    """Of the sum to come: its days' own, and that of the level they are expected from."""
    freedom = len(values) - 1 - (WEEKDAYS_TOLD if len(values) >= WEEKDAY_DAYS else 0)
    residuals = (value - hoped for value, hoped in zip(values, expected, strict=True))
    spread = sum(residual**2 for residual in residuals) / freedom
    per_day = max(spread, fmean(values))  # never calmer than chance
    told = WEEKDAYS_TOLD if len(values) >= WEEKDAY_DAYS else 0  # their factors are estimated as well
    return per_day * weight * (1 + told / len(values)) + per_day * weight**2 / len(values) + mean * 1e-9


def _log_normal(mean: float, variance: float, days: int) -> Forecast:
    width = math.log1p(variance / mean**2)
    centre = math.log(mean) - width / 2
    reach = _student((1 + INTERVAL) / 2, days - 1) * math.sqrt(width)
    # what comes is whole: the ends are rounded outwards
    return Forecast(math.exp(centre), math.floor(math.exp(centre - reach)), math.ceil(math.exp(centre + reach)), days)


def _student(share: float, freedom: int) -> float:
    """Student's t quantile by the Cornish-Fisher expansion; within 2 % from 4 degrees of freedom on."""
    z = NormalDist().inv_cdf(share)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def _nothing_yet(days: int) -> float:
    """The most a day may bring on average where none has brought anything: the exact Poisson bound."""
    return -math.log(1 - INTERVAL) / days
