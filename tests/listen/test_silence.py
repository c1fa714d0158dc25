"""When a source counts as silent, from its own history alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listen.silence import ENOUGH, SOONEST, silent_after, usual_pause
from tests.support.shared import shared_path

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def waits(arrivals: list[datetime], **options: bool) -> timedelta:
    found = silent_after(arrivals, **options)
    assert found is not None
    return found - arrivals[-1]


def test_a_blog_that_posts_monthly_is_not_silent_after_a_week_nor_after_two_months() -> None:
    monthly = [MONDAY + n * 30 * DAY + (n % 3) * DAY for n in range(24)]
    assert 60 * DAY < waits(monthly) < 120 * DAY


def test_a_source_that_writes_every_hour_is_silent_within_a_day() -> None:
    assert waits([MONDAY + n * HOUR for n in range(400)]) <= DAY


def test_a_newsroom_that_rests_at_night_and_at_weekends_is_not_silent_on_sunday_but_is_on_tuesday() -> None:
    days = [MONDAY + week * 7 * DAY + day * DAY for week in range(10) for day in range(5)]
    arrivals = [day + hour * HOUR for day in days for hour in range(8, 18)]
    silent = silent_after(arrivals)
    assert silent is not None
    monday = MONDAY + 70 * DAY
    assert monday + 8 * HOUR < silent <= monday + 2 * DAY
    within_the_week = silent_after(arrivals[:-10])
    assert within_the_week is not None
    assert within_the_week < monday, "and after Thursday evening it is sooner"


def test_with_a_short_history_nothing_is_said() -> None:
    few = [MONDAY + n * DAY for n in range(ENOUGH)]
    assert silent_after(few) is None
    assert usual_pause(few) is None
    assert silent_after([]) is None
    assert silent_after([*few, few[-1] + DAY]) is not None


def test_searches_need_more_history_and_wait_longer() -> None:
    daily = [MONDAY + n * DAY for n in range(60)]
    assert silent_after(daily[:25], found=True) is None
    assert waits(daily, found=True) > 1.9 * waits(daily)


def test_the_usual_pause_is_the_median() -> None:
    assert usual_pause([MONDAY + n * DAY for n in range(20)] + [MONDAY + 90 * DAY]) == DAY


@given(st.lists(st.integers(1, 24 * 90), min_size=ENOUGH + 1, max_size=120))
def test_a_pause_that_was_seen_before_is_never_a_silence(pauses: list[int]) -> None:
    arrivals = [MONDAY]
    for hours in pauses:
        arrivals.append(arrivals[-1] + hours * HOUR)
    found = silent_after(arrivals)
    assert found is not None
    assert found >= arrivals[-1] + SOONEST
    same_time_of_week = arrivals[-1] + max(pauses) * HOUR
    shifted = [moment + 7 * DAY for moment in arrivals]
    assert silent_after(shifted) == found + 7 * DAY
    if len(set(pauses)) == 1:
        assert found >= min(same_time_of_week, arrivals[-1] + 365 * DAY)


@pytest.mark.full
def test_real_feeds_are_called_silent_once_in_ten_years_of_a_feed() -> None:
    from bot.errors import BadResponse
    from connectors.rss.items import items_of
    from connectors.rss.parse import parse

    now = datetime(2026, 11, 22, tzinfo=UTC)
    alarms, watched = 0, timedelta(0)
    for path in sorted(shared_path("corpus/feeds/captures").rglob("*")):
        try:
            items = items_of(parse(path.read_bytes(), {}, "https://f.example/", "f"), "https://f.example/", now, 1000)
        except BadResponse:  # not every file is a feed
            continue
        hours = sorted(
            {one.published_at.replace(minute=0, second=0, microsecond=0) for one in items if one.published_at}
        )
        for known in range(ENOUGH + 1, len(hours)):
            silent = silent_after(hours[:known])
            alarms += silent is not None and hours[known] >= silent
            watched += hours[known] - hours[known - 1]
    assert watched > 20 * 365 * DAY
    assert alarms / (watched / (365 * DAY)) < 0.2
