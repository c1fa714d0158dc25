"""Windows of a digest: which local days it covers, and when it is due. Pure; every zone and every clock change.

A window is half-open ``[start, end)`` and made of whole local days. It ends where the day of sending begins:

- ``day``: since the day of sending before this one, so that Monday's digest of a Monday-to-Friday report covers Friday
  to Sunday and no day is left out;
- ``week``: seven local days, sent on the first of the report's ``days`` (Monday when all seven are named);
- ``month``: a calendar month, sent on the first of the report's ``days`` in the month after it.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import Period, Report, Window

_DAY = timedelta(days=1)
_WEEK = 7


def window_covering(report: Report, last_day: date, tz: str) -> Window:
    """The window whose last local day is ``last_day``; for a month that day is usually, but need not be, its last."""
    end = last_day + _DAY
    return _window(_first_day(report, end), end, tz)


def window_ending_before(report: Report, moment: datetime, tz: str) -> Window:
    """The latest scheduled window that has ended at ``moment`` (aware): its end is not after it."""
    end = _last_boundary(report, moment.astimezone(ZoneInfo(tz)).date())
    window = window_covering(report, end - _DAY, tz)
    while window.end > moment or window.start == window.end:  # a zone that skipped a whole day has an empty one
        end = _last_boundary(report, end - _DAY)
        window = window_covering(report, end - _DAY, tz)
    return window


def previous_window(report: Report, window: Window) -> Window:
    """The window before, to compare with: as many local days (for a month, the calendar month before)."""
    zone = ZoneInfo(window.timezone)
    first, end = window.start.astimezone(zone).date(), _end_day(window, zone)
    if report.period is Period.MONTH:
        return _window(_month_before(first), first, window.timezone)
    return _window(first - (end - first), first, window.timezone)


def due_at(report: Report, window: Window) -> datetime:
    """When the digest of ``window`` is to be sent: ``report.at``, local, on the first of its ``days`` that can be.

    A time that the clock skips is read as before the jump (02:30 becomes 03:30); one that comes twice is the first.
    """
    zone = ZoneInfo(window.timezone)
    day = _end_day(window, zone)
    while day.weekday() not in _days(report):
        day += _DAY
    return max(_utc(datetime.combine(day, report.at), zone), window.end)


def latest_due(report: Report, now: datetime, tz: str) -> Window:
    """The newest window whose digest is due at ``now``."""
    window = window_ending_before(report, now, tz)
    while due_at(report, window) > now:
        window = window_ending_before(report, window.end - timedelta(microseconds=1), tz)
    return window


def next_due(report: Report, after: datetime, tz: str) -> datetime:
    """The first moment strictly after ``after`` at which a digest is due (aware UTC)."""
    end = _end_day(latest_due(report, after, tz), ZoneInfo(tz))
    while True:
        end = _next_boundary(report, end + _DAY)
        window = window_covering(report, end - _DAY, tz)
        due = due_at(report, window)
        if due > after and window.start < window.end:
            return due


def days_in(window: Window) -> tuple[date, date]:
    """The first and the last local day that the window covers."""
    zone = ZoneInfo(window.timezone)
    return window.start.astimezone(zone).date(), _end_day(window, zone) - _DAY


def start_of_day(day: date, tz: str) -> datetime:
    """The first instant of a local day, aware UTC; right too where the clock skips midnight or shows it twice."""
    zone = ZoneInfo(tz)
    midnight = datetime.combine(day, time(0))
    late, early = _utc(midnight, zone), _utc(midnight.replace(fold=1), zone)
    if early >= late:
        return late
    # The clock jumps over midnight: the day begins where the jump is, between the two readings.
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).date() < day:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


def _window(first: date, end: date, tz: str) -> Window:
    return Window(start_of_day(first, tz), start_of_day(end, tz), tz)


def _utc(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def _end_day(window: Window, zone: ZoneInfo) -> date:
    """The local day that begins where the window ends."""
    return window.end.astimezone(zone).date()


def _days(report: Report) -> tuple[int, ...]:
    return report.days or (0, 1, 2, 3, 4, 5, 6)


def _first_day(report: Report, end: date) -> date:
    match report.period:
        case Period.WEEK:
            return end - timedelta(days=_WEEK)
        case Period.MONTH:
            return _month_before(end)
        case Period.DAY:
            if end.weekday() not in _days(report):
                return end - _DAY
            return _last_boundary(report, end - _DAY)


def _is_boundary(report: Report, day: date) -> bool:
    """Whether a scheduled window ends where ``day`` begins."""
    match report.period:
        case Period.DAY:
            return day.weekday() in _days(report)
        case Period.WEEK:
            return day.weekday() == min(_days(report))
        case Period.MONTH:
            return day.day == 1


def _last_boundary(report: Report, day: date) -> date:
    while not _is_boundary(report, day):
        day -= _DAY
    return day


def _next_boundary(report: Report, day: date) -> date:
    while not _is_boundary(report, day):
        day += _DAY
    return day


def _month_before(day: date) -> date:
    last = day.replace(day=1) - _DAY
    return last.replace(day=min(day.day, monthrange(last.year, last.month)[1]))
