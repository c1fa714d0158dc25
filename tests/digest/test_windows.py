from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.sending.windows import (
    days_in,
    due_at,
    latest_due,
    next_due,
    previous_window,
    start_of_day,
    window_covering,
    window_ending_before,
)
from bot.model import Audience, Period, Report
from tests.support.counts import examples

DAILY = Report("d", Audience.PR)
WORKDAYS = Report("w", Audience.PR, days=(0, 1, 2, 3, 4))
WEEKLY = Report("k", Audience.PR, Period.WEEK, days=(0,))
MONTHLY = Report("m", Audience.PR, Period.MONTH)
VIENNA = "Europe/Vienna"
# Midnight gaps (Beirut, Asuncion, Havana), half-hour shifts (Lord Howe), a skipped day (Apia), odd offsets, a fold at midnight.
ZONES = (
    *("UTC", VIENNA, "America/New_York", "Asia/Beirut", "America/Asuncion", "America/Havana", "Australia/Lord_Howe"),
    *(
        "Pacific/Apia",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
        "Africa/Casablanca",
        "Pacific/Kiritimati",
        "Atlantic/Azores",
    ),
)

zones = st.sampled_from(ZONES)
_START = datetime(2005, 1, 1, tzinfo=UTC)
moments = st.integers(0, 30 * 365 * 24 * 60 * 60).map(lambda seconds: _START + timedelta(seconds=seconds))
reports = st.builds(
    Report,
    st.just("r"),
    st.just(Audience.PR),
    st.sampled_from(Period),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_day_is_a_local_day() -> None:
    window = window_covering(DAILY, date(2026, 7, 14), VIENNA)
    assert (window.start, window.end) == (utc(2026, 7, 13, 22), utc(2026, 7, 14, 22))
    assert window.timezone == VIENNA


def test_a_day_on_which_the_clock_changes_is_shorter_or_longer() -> None:
    spring = window_covering(DAILY, date(2026, 3, 29), VIENNA)
    autumn = window_covering(DAILY, date(2026, 10, 25), VIENNA)
    assert (spring.end - spring.start, autumn.end - autumn.start) == (timedelta(hours=23), timedelta(hours=25))


def test_the_latest_window_has_just_ended() -> None:
    assert days_in(window_ending_before(DAILY, utc(2026, 7, 14, 21, 59), VIENNA)) == (date(2026, 7, 13),) * 2
    assert days_in(window_ending_before(DAILY, utc(2026, 7, 14, 22, 0), VIENNA)) == (date(2026, 7, 14),) * 2


def test_mondays_digest_of_a_weekday_report_covers_the_weekend() -> None:
    monday = window_covering(WORKDAYS, date(2026, 7, 12), VIENNA)
    assert days_in(monday) == (date(2026, 7, 10), date(2026, 7, 12))
    assert days_in(previous_window(WORKDAYS, monday)) == (date(2026, 7, 7), date(2026, 7, 9))


def test_a_week_is_seven_days_and_its_previous_the_seven_before() -> None:
    window = window_ending_before(WEEKLY, utc(2026, 7, 15), VIENNA)
    assert days_in(window) == (date(2026, 7, 6), date(2026, 7, 12))
    assert days_in(previous_window(WEEKLY, window)) == (date(2026, 6, 29), date(2026, 7, 5))


def test_a_month_is_a_calendar_month() -> None:
    window = window_ending_before(MONTHLY, utc(2026, 3, 15), VIENNA)
    assert days_in(window) == (date(2026, 2, 1), date(2026, 2, 28))
    assert days_in(previous_window(MONTHLY, window)) == (date(2026, 1, 1), date(2026, 1, 31))


def test_a_month_to_any_day_reaches_back_to_that_day_of_the_month_before() -> None:
    assert days_in(window_covering(MONTHLY, date(2026, 3, 30), VIENNA)) == (date(2026, 2, 28), date(2026, 3, 30))


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("Asia/Beirut", date(2024, 3, 31), utc(2024, 3, 30, 22)),  # the clock jumps from 00:00 to 01:00
        ("America/Havana", date(2024, 11, 3), utc(2024, 11, 3, 4)),  # 00:00 comes twice: the first counts
        ("America/Toronto", date(1919, 3, 31), utc(1919, 3, 31, 4, 30)),  # the clock jumps from 23:30 to 00:30
    ],
)
def test_a_day_begins_at_its_first_instant_even_where_midnight_is_odd(zone: str, day: date, first: datetime) -> None:
    assert start_of_day(day, zone) == first
    assert first.astimezone(ZoneInfo(zone)).date() == day
    assert (first - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() < day


def test_a_time_that_the_clock_skips_is_due_after_the_jump() -> None:
    report = Report("r", Audience.PR, at=time(2, 30))
    window = window_covering(report, date(2026, 3, 28), VIENNA)
    assert due_at(report, window) == utc(2026, 3, 29, 1, 30)
    assert f"{due_at(report, window).astimezone(ZoneInfo(VIENNA)):%H:%M}" == "03:30"


def test_a_time_that_comes_twice_is_due_the_first_time() -> None:
    report = Report("r", Audience.PR, at=time(2, 30))
    window = window_covering(report, date(2026, 10, 24), VIENNA)
    assert due_at(report, window) == utc(2026, 10, 25, 0, 30)


def test_nothing_is_due_before_its_hour() -> None:
    assert days_in(latest_due(DAILY, utc(2026, 7, 15, 5, 59), VIENNA))[1] == date(2026, 7, 13)
    assert days_in(latest_due(DAILY, utc(2026, 7, 15, 6, 0), VIENNA))[1] == date(2026, 7, 14)
    assert next_due(DAILY, utc(2026, 7, 15, 6, 0), VIENNA) == utc(2026, 7, 16, 6, 0)


def test_a_monthly_digest_waits_for_its_weekday() -> None:
    report = Report("r", Audience.PR, Period.MONTH, days=(0,))
    assert next_due(report, utc(2026, 7, 15), VIENNA) == utc(2026, 8, 3, 6, 0)


def test_a_day_that_a_zone_skipped_has_no_digest() -> None:
    window = window_ending_before(DAILY, utc(2011, 12, 30, 12), "Pacific/Apia")
    assert days_in(window)[0] == date(2011, 12, 29)
    assert window.end == utc(2011, 12, 30, 10)


@settings(max_examples=examples(150), deadline=None)
@given(reports, moments, zones)
def test_scheduled_windows_follow_each_other_without_gap_or_overlap(
    report: Report, moment: datetime, zone: str
) -> None:
    window = window_ending_before(report, moment, zone)
    assert window.start < window.end <= moment
    earlier = window_ending_before(report, window.end - timedelta(microseconds=1), zone)
    assert earlier.end == window.start
    assert window_covering(report, days_in(window)[1], zone) == window


@settings(max_examples=examples(150), deadline=None)
@given(reports, moments, zones)
def test_the_next_due_time_lies_ahead_and_makes_its_window_the_latest(report: Report, now: datetime, zone: str) -> None:
    due = next_due(report, now, zone)
    assert due > now
    window = latest_due(report, due, zone)
    assert due_at(report, window) == due
    assert latest_due(report, due - timedelta(microseconds=1), zone).end < window.end
    local = due.astimezone(ZoneInfo(zone))
    assert local.weekday() in report.days


@settings(max_examples=examples(100), deadline=None)
@given(st.dates(date(1925, 1, 1), date(2035, 1, 1)), st.sampled_from(sorted(available_timezones())))
def test_days_begin_where_the_day_before_ends_in_every_zone(day: date, zone: str) -> None:
    start, end = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
    assert timedelta(0) <= end - start <= timedelta(hours=49)
    if start < end:
        assert start.astimezone(ZoneInfo(zone)).date() == day


@settings(max_examples=examples(100), deadline=None)
@given(reports, moments, zones)
def test_the_previous_window_ends_where_this_one_starts(report: Report, moment: datetime, zone: str) -> None:
    window = window_ending_before(report, moment, zone)
    before = previous_window(report, window)
    assert before.end == window.start
    if report.period is not Period.MONTH:
        spans = [(last - first).days for first, last in (days_in(window), days_in(before))]
        assert spans[0] == spans[1]
