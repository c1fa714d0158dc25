"""When a kept item is due for a look, and how late looks were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.rechecking import Gone, Kept, RecheckPlan
from bot.stewardship.rechecks import due_at, longest_wait, note_of, purge_at

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLAN = RecheckPlan(tuple(DAY * age for age in range(1, 8)), 7 * DAY)


def a_post(published: datetime | None = NOON, collected: datetime = NOON + HOUR) -> Kept:
    return Kept("x:1", published, collected, collected)


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (timedelta(0), DAY),
        (DAY, 2 * DAY),
        (DAY - HOUR, DAY),
        (5 * DAY + HOUR, 6 * DAY),
        (7 * DAY, 14 * DAY),
        (13 * DAY, 14 * DAY),
        (14 * DAY, 21 * DAY),
        (100 * DAY, 105 * DAY),
    ],
)
def test_a_post_is_due_daily_for_a_week_then_weekly(last: timedelta, due: timedelta) -> None:
    assert due_at(a_post(), PLAN, NOON + last) == NOON + due


def test_a_post_without_a_date_or_from_the_future_is_as_old_as_its_reading() -> None:
    assert due_at(a_post(None), PLAN, NOON + HOUR) == NOON + HOUR + DAY
    assert due_at(a_post(NOON + 300 * DAY), PLAN, NOON + HOUR) == NOON + HOUR + DAY


def test_words_are_purged_at_their_age_however_late_they_were_read() -> None:
    assert purge_at(a_post(), 2 * DAY) == NOON + 2 * DAY
    assert purge_at(a_post(collected=NOON + 30 * DAY), 2 * DAY) == NOON + 2 * DAY


@given(
    ages=st.lists(st.integers(1, 1000), max_size=8, unique=True).map(sorted),
    every=st.integers(1, 1000),
    late=st.integers(-1000, 100_000),
)
def test_the_next_look_is_always_ahead_and_never_further_than_the_longest_wait(
    ages: list[int], every: int, late: int
) -> None:
    plan = RecheckPlan(tuple(HOUR * age for age in ages), HOUR * every)
    last = NOON + HOUR * late
    due = due_at(a_post(), plan, last)
    assert due > last
    assert due <= last + longest_wait(plan), "the store takes what is due later for a mistake, and hands it out again"


def test_lags_are_the_longest_and_never_below_nothing() -> None:
    kept = [Kept("x:1", NOON, NOON, NOON - 2 * HOUR), Kept("x:2", NOON, NOON, NOON + 400 * DAY)]
    gone = [Gone("x:1", "deleted", NOON - 5 * HOUR), Gone("x:2", "deleted", NOON + DAY), Gone("x:3", "deleted")]
    note = note_of(kept, gone, 2, NOON)
    assert (note.looked, note.gone, note.late, note.lag) == (2, 2, 2 * HOUR, 5 * HOUR)
    assert note_of([], [], 0, NOON).late == timedelta(0)
