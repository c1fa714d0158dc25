"""Forecasts hold what they promise: on made counts with weekdays and clusters, and on odd input."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.listen.forecast import FEWEST_DAYS, forecast
from tests.support.counts import FULL, examples

DAY = timedelta(days=1)
BEGAN = date(2026, 3, 1)
WEEK = (1.1, 1.2, 1.15, 1.1, 1.0, 0.7, 0.75)
SERIES = 1000 if FULL else 150


def poisson(rng: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def day_of(rng: random.Random, mean: float, shape: float, day: date, share: float = 1.0) -> int:
    """A day's posts: negative binomial around a mean with weekdays."""
    return poisson(rng, rng.gammavariate(shape, mean * WEEK[day.weekday()] * share / shape))


@pytest.mark.parametrize(("mean", "shape"), [(1, 2), (5, 3), (20, 5), (100, 10)])
@pytest.mark.parametrize(("known", "coming"), [(5, 23), (14, 14), (28, 20), (28, 5), (10, 0.5)])
def test_nine_in_ten_sums_fall_into_the_interval(mean, shape, known, coming):
    rng, held = random.Random(f"{mean} {known} {coming}"), 0
    for _ in range(SERIES):
        daily = {BEGAN + n * DAY: day_of(rng, mean, shape, BEGAN + n * DAY) for n in range(known)}
        now = (
            datetime(BEGAN.year, BEGAN.month, BEGAN.day, tzinfo=UTC)
            + known * DAY
            + (DAY / 2 if coming < 1 else 0 * DAY)
        )
        found = forecast(daily, now, now + coming * DAY)
        days = [(now + n * DAY).date() for n in range(math.ceil(coming))]
        came = sum(day_of(rng, mean, shape, day, min(1, coming)) for day in days)
        held += found is not None and found.low <= came <= found.high
    slack = 0.02 if SERIES >= 1000 else 0.06
    assert 0.90 - slack <= held / SERIES


def test_too_few_days_say_nothing_and_today_is_no_complete_day():
    now = datetime(2026, 3, 6, 12, tzinfo=UTC)
    daily = {now.date() - n * DAY: 5.0 for n in range(FEWEST_DAYS)}
    assert forecast(daily, now, now + 9 * DAY) is None
    daily[now.date() - FEWEST_DAYS * DAY] = 5.0
    found = forecast(daily, now, now + 9 * DAY)
    assert found is not None
    assert found.days == FEWEST_DAYS


def test_a_brand_that_nobody_names_may_yet_be_named():
    now = datetime(2026, 3, 11, tzinfo=UTC)
    found = forecast({now.date() - n * DAY: 0.0 for n in range(1, 11)}, now, now + 10 * DAY)
    assert found is not None
    assert (found.median, found.low) == (0.0, 0.0)
    assert 1 < found.high < 5


@given(
    st.dictionaries(st.integers(-400, 40), st.floats(0, 1e7), max_size=60),
    st.floats(0, 40),
    st.floats(0, 1),
)
@settings(max_examples=examples(150), deadline=None)
def test_whatever_the_days_were_the_ends_stand_around_the_median(days, length, share):
    now = datetime(2026, 3, 20, tzinfo=UTC) + share * DAY
    found = forecast({now.date() + n * DAY: value for n, value in days.items()}, now, now + length * DAY)
    assert found is None or (0 <= found.low <= found.median <= found.high < math.inf)
