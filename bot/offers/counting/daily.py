"""Local days: which there are between two moments, and where each begins and ends. Pure; right over clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.ports import LocalDay

INSTANT = timedelta(microseconds=1)
"""The least stretch of time that is told apart: a half-open stretch that ends this much later holds its end."""

_DAY = timedelta(days=1)


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first instant of a local day, aware UTC; where the clock skips midnight, the instant of the jump."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def local_day(day: date, zone: tzinfo) -> LocalDay:
    """A whole local day; 23, 24 or 25 hours."""
    return LocalDay(day, start_of(day, zone), start_of(day + _DAY, zone))


def local_days(first: datetime, last: datetime, zone: tzinfo) -> tuple[LocalDay, ...]:
    """The local days from the one of ``first`` to the one of ``last``, which ends with ``last`` itself."""
    days: list[LocalDay] = []
    day, end = first.astimezone(zone).date(), last + INSTANT
    while (start := start_of(day, zone)) < end:
        days.append(LocalDay(day, start, min(start_of(day + _DAY, zone), end)))
        day += _DAY
    return tuple(days)
