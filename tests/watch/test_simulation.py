"""The promises of measurement §9.1, on simulated series: a sample here, the full grid with HEARD_FULL."""

from __future__ import annotations

import pytest

from bot.model.alert import AtMost
from tests.accuracy.alerts import MEANS, SERIES, SHAPES, delay, held_out, measure
from tests.support.counts import FULL

NUMBER = SERIES if FULL else 6
GRID = [(mean, shape) for mean in MEANS for shape in SHAPES] if FULL else [(1, 2), (20, 5)]
MOST = 3.5
"""False alarms a series-year at p < .005."""


@pytest.mark.parametrize(("mean", "shape"), GRID)
def test_false_alarms_stay_below_what_is_promised(mean: float, shape: float) -> None:
    cell = measure(mean, shape, NUMBER)
    slack = 0.9 if FULL else 2.5  # two standard errors of the count
    assert cell.false["balanced"] <= MOST + slack
    assert cell.false["fewer"] < cell.false["balanced"] < cell.false["more"]
    assert cell.silences["balanced"] <= MOST + slack
    assert cell.surges <= MOST + slack


def test_five_times_the_usual_is_found_where_twenty_are_usual() -> None:
    assert measure(20, 5, NUMBER).found5 >= 0.95


@pytest.mark.parametrize(
    ("event", "mean", "least"), [("spike", 20, 0.9), ("silence", 5, 0.9), ("negative-surge", 100, 0.8)]
)
def test_planted_events_are_called_by_the_third_day(event: str, mean: float, least: float) -> None:
    assert delay(event, mean, 5, NUMBER * 2).three_days >= least - (0 if FULL else 0.1)


def test_silence_where_one_a_day_is_usual_takes_days_and_comes() -> None:
    found = delay("silence", 1, 5, NUMBER)
    assert found.same_day == 0
    assert found.ever == 1


def test_a_budget_that_was_set_from_one_year_is_met_in_the_next() -> None:
    fired, over, _ = held_out(AtMost(2, 7, "2/week"), 4 * (NUMBER // 4 or 1))
    assert fired <= 2
    assert over <= 0.05
