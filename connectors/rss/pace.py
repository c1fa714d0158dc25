"""When a server wants to be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.http import http_date

SOONEST = timedelta(minutes=5)
LATEST = timedelta(hours=24)


def come_back_after(headers: Mapping[str, str], pace: timedelta | None, now: datetime) -> timedelta | None:
    """The longest of ``Cache-Control: max-age``, ``Expires`` and the feed's own pace, within 5 minutes and 24 hours.

    None when nobody says anything.
    """
    wishes = [wish for wish in (_max_age(headers), _expires(headers, now), pace) if wish and wish > timedelta(0)]
    return min(max(*wishes, SOONEST), LATEST) if wishes else None


def _max_age(headers: Mapping[str, str]) -> timedelta | None:
    for directive in headers.get("cache-control", "").lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.strip('"').isdecimal():
            return _seconds(value.strip('"'))
    return None


def _expires(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """``Expires``, counted from the server's own ``Date`` so that a wrong clock does no harm."""
    served = http_date(headers.get("date", "")) or now
    expires = http_date(headers.get("expires", ""))
    return None if expires is None else expires - served


def _seconds(raw: str) -> timedelta:
    return timedelta(seconds=min(int(raw[:12]), 10**9))
