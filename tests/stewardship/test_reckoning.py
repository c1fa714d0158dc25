"""The time that retention goes by, with clocks that jump."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.model.keeping import Reckoning
from bot.stewardship.reckoning import APART, TRIED, reckoned
from tests.support.samples import DAY, HOUR, NOON

YEAR = 365 * DAY


def looks(*times: datetime) -> Reckoning:
    found = None
    for now in times:
        found = reckoned(found, now)
    assert found is not None
    return found


def test_a_clock_that_goes_on_is_believed() -> None:
    assert looks(NOON, NOON + HOUR, NOON + HOUR + APART) == Reckoning(NOON + HOUR + APART)


def test_a_clock_that_jumps_a_year_ahead_is_believed_when_it_has_stood_by_it_for_a_day() -> None:
    ahead = NOON + YEAR
    assert looks(NOON, ahead) == Reckoning(NOON, ahead)
    assert looks(NOON, ahead, ahead + TRIED - HOUR) == Reckoning(NOON, ahead)
    assert looks(NOON, ahead, ahead + TRIED) == Reckoning(ahead + TRIED)


def test_a_clock_that_is_put_right_within_the_day_has_done_nothing() -> None:
    assert looks(NOON, NOON + YEAR, NOON + HOUR) == Reckoning(NOON + HOUR)
    assert looks(NOON, NOON + YEAR, NOON + 2 * YEAR, NOON + HOUR) == Reckoning(NOON + HOUR)


def test_a_machine_that_runs_once_a_week_goes_by_the_week_before() -> None:
    weeks = [NOON + number * 7 * DAY for number in range(4)]
    assert looks(*weeks) == Reckoning(weeks[2], weeks[3])


def test_a_clock_that_goes_back_is_followed_at_once() -> None:
    assert looks(NOON, NOON - YEAR) == Reckoning(NOON - YEAR)


@given(st.lists(st.integers(-500, 500).map(lambda hours: timedelta(hours=hours)), min_size=1, max_size=30))
def test_retention_is_never_ahead_of_every_reading_that_stood_for_a_day(steps: list[timedelta]) -> None:
    now, found, seen = NOON, reckoned(None, NOON), [NOON]
    for step in steps:
        now += step
        before, found = found, reckoned(found, now)
        seen.append(now)
        assert found.confirmed in seen
        assert found.confirmed <= max(now, before.confirmed)
        if found.confirmed > before.confirmed + APART:
            assert any(one + TRIED <= now and found.confirmed <= one + APART for one in seen)
