from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.sending.windows import start_of_day
from bot.offers.counting.daily import INSTANT, local_day, local_days, start_of

ZONES = ("Europe/Berlin", "America/St_Johns", "America/Santiago", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Apia")


@pytest.mark.parametrize("zone", ZONES)
def test_a_local_day_begins_where_the_digests_windows_say(zone: str) -> None:
    days = [date(2011, 12, 20) + timedelta(days=number) for number in range(3 * 365)]
    wrong = [day for day in days if start_of(day, ZoneInfo(zone)) != start_of_day(day, zone)]
    assert wrong == []


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2011, 12, 20), datetime(2012, 4, 30), timezones=st.just(UTC)),  # noqa: DTZ001 bounds are naive
    st.timedeltas(timedelta(0), timedelta(days=40)),
)
def test_days_follow_each_other_without_a_hole_and_hold_both_ends(
    zone: str, first: datetime, length: timedelta
) -> None:
    days = local_days(first, first + length, ZoneInfo(zone))
    assert days[0].start <= first < days[0].end
    assert days[-1].end == first + length + INSTANT
    assert all(one.end == other.start for one, other in pairwise(days))
    assert all(one.end >= one.start for one in days)


def test_nothing_lies_between_a_later_moment_and_an_earlier_one() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert local_days(now, now - timedelta(days=2), UTC) == ()


def test_days_are_as_long_as_their_clocks_say() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    lengths = [local_day(day, berlin) for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 1))]
    assert [(day.end - day.start) // timedelta(hours=1) for day in lengths] == [23, 25, 24]
