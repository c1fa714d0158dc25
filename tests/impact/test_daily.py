"""Rates a day: their intervals hold on series that vary as real ones do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.impact.daily import LEAST_BLOCKS, Block, daily_rate
from tests.support.counts import FULL, examples

DRAWS = 4000 if FULL else 400


@given(st.lists(st.integers(0, 10**6), min_size=LEAST_BLOCKS, max_size=40), st.floats(0.5, 7))
@settings(max_examples=examples(200), deadline=None)
def test_the_rate_lies_in_its_interval_which_is_never_below_nought(counts: list[int], days: float) -> None:
    found = daily_rate([Block(days, count) for count in counts])
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high
    assert found.value == pytest.approx(sum(counts) / len(counts) / days)


def test_too_few_days_say_nothing() -> None:
    assert daily_rate([Block(1, 5)] * (LEAST_BLOCKS - 1)) is None
    assert daily_rate([]) is None


def test_nothing_in_four_weeks_still_leaves_room_above() -> None:
    found = daily_rate([Block(1, 0)] * 28)
    assert found is not None
    assert (found.value, found.low) == (0, 0)
    assert 0.1 < found.high < 0.2


def test_a_week_told_as_one_figure_counts_as_seven_days() -> None:
    found = daily_rate([Block(7, 70)] * 8)
    assert found is not None
    assert found.value == pytest.approx(10)


@pytest.mark.parametrize(("mean", "shape"), [(1, 2), (5, 3), (20, 5), (5, None)])
def test_the_interval_holds_with_a_weekly_cycle_and_days_that_vary(mean: float, shape: float | None) -> None:
    random, held = np.random.default_rng(20_260_301), 0
    cycle = np.array([1.3, 1.1, 1.0, 1.0, 1.1, 0.8, 0.7] * 4)
    for _ in range(DRAWS):
        rates = mean * cycle * (random.gamma(shape, 1 / shape, 28) if shape else 1.0)
        found = daily_rate([Block(1, float(count)) for count in random.poisson(rates)])
        assert found is not None
        held += found.low <= mean <= found.high
    assert held / DRAWS > (0.94 if FULL else 0.92)
