"""How many wrong codes are left, by the times of those that were tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.offers.ledger.guessing import Allowance, allowance

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR = (timedelta(minutes=1), 3), (timedelta(hours=1), 5)
AGES = st.lists(st.integers(0, 4000), max_size=12)


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=one) for one in seconds]


def test_nothing_tried_leaves_the_smaller_window_whole() -> None:
    assert allowance([], NOW, (MINUTE, HOUR)) == Allowance(3, 3, 60)


def test_the_tightest_window_is_told_and_when_it_opens() -> None:
    assert allowance(ago(10, 20, 30), NOW, (MINUTE, HOUR)) == Allowance(3, 0, 30)
    assert allowance(ago(10, 100, 200, 300, 400), NOW, (MINUTE, HOUR)) == Allowance(5, 0, 3200)


def test_of_two_that_are_spent_the_longer_wait_is_told() -> None:
    assert allowance(ago(1, 2, 3, 4, 5), NOW, (MINUTE, HOUR)).reset == 3595


def test_more_than_the_limit_were_tried_at_once() -> None:
    """Claims that run at the same time may overshoot; the wait is until fewer than the limit are left."""
    assert allowance(ago(1, 2, 3, 40, 50), NOW, ((timedelta(minutes=1), 3),)) == Allowance(3, 0, 57)


@given(AGES)
def test_after_the_wait_one_more_is_allowed_and_not_before(seconds: list[int]) -> None:
    tried = ago(*seconds)
    left = allowance(tried, NOW, (MINUTE, HOUR))
    assert left.spent == (sum(one < 60 for one in seconds) >= 3 or sum(one < 3600 for one in seconds) >= 5)
    if left.spent:
        later = NOW + timedelta(seconds=left.reset)
        assert not allowance(tried, later, (MINUTE, HOUR)).spent
        assert allowance(tried, later - timedelta(seconds=1), (MINUTE, HOUR)).spent
