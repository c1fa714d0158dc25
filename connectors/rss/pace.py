"""When a server wants to be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SOONEST = timedelta(minutes=5)
LATEST = timedelta(hours=24)


def come_back_after(headers: Mapping[str, str], pace: timedelta | None, now: datetime) -> timedelta | None:
    """The longest of ``Cache-Control: max-age``, ``Expires`` and the feed's own pace, within 5 minutes and 24 hours.

    None when nobody says anything.
    """
    wishes = [wish for wish in (_max_age(headers), _expires(headers, now), pace) if wish and wish > timedelta(0)]
    return min(max(*wishes, SOONEST), LATEST) if wishes else None


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """``Retry-After`` as a moment, whether given in seconds or as a date, within 5 minutes and 24 hours from now."""
    raw = headers.get("retry-after", "").strip()
    wait = _seconds(raw) if raw.isdecimal() else _until(raw, now)
    return None if wait is None else now + min(max(wait, SOONEST), LATEST)


def _max_age(headers: Mapping[str, str]) -> timedelta | None:
    for directive in headers.get("cache-control", "").lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.strip('"').isdecimal():
            return _seconds(value.strip('"'))
    return None


def _expires(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """``Expires``, counted from the server's own ``Date`` so that a wrong clock does no harm."""
    served = _moment(headers.get("date", "")) or now
    return _until(headers.get("expires", ""), served)


def _until(raw: str, now: datetime) -> timedelta | None:
    moment = _moment(raw)
    return None if moment is None else moment - now


def _seconds(raw: str) -> timedelta:
    return timedelta(seconds=min(int(raw[:12]), 10**9))


def _moment(raw: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(raw)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):  # the last where the zone leads out of the calendar
        return None
