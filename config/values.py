"""What a value of the configuration may be: durations, zones, names, addresses, amounts, each with its own sentence for
what is wrong.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from ipaddress import ip_network
from typing import Annotated, overload
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from bot.model.currency import CURRENCIES
from bot.options import one_or_several

DURATION = re.compile(r"^\s*(\d+)\s*(s|m|min|h|d)\s*$")
LONGEST = timedelta(days=36525)
UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
LISTEN = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
HIGHEST_PORT = 65535
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_zones = cache(available_timezones)  # it looks through every folder of the zone database


def _duration(value: object) -> timedelta:
    """A number without a unit is refused: 30 could be meant as days, and be taken for seconds. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    found = DURATION.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("write a duration as a number and a unit: '90s', '15m', '2h' or '1d'")
    seconds = int(found[1]) * UNITS[found[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"write at most a hundred years, '{LONGEST.days}d'")
    return timedelta(seconds=seconds)


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("use an IANA time zone name such as 'Europe/Berlin' or 'UTC'")
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", value):
        raise ValueError("use letters, digits, '-', '_' and '.', starting with a letter or digit")
    return value


def _weekday(value: object) -> object:
    if isinstance(value, str):
        day = value.strip().lower()[:3]
        if day not in WEEKDAYS:
            raise ValueError(f"use {', '.join(WEEKDAYS)}")
        return WEEKDAYS.index(day)
    return value


def _address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not LISTEN.fullmatch(host) or not (port.isascii() and port.isdigit() and int(port) <= HIGHEST_PORT):
        raise ValueError(
            "write an address and a port such as '127.0.0.1:8080', '[::1]:8080' or '0.0.0.0:8080'; port 0 takes a free one"
        )
    return value


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError(f"write an address or a network such as '127.0.0.1' or '10.0.0.0/8'; {error}") from None
    return value


def _moment(value: object) -> object:
    """A day or a moment, also where it is written in quotes. Raises ValueError."""
    if isinstance(value, str):
        for read in (date.fromisoformat, datetime.fromisoformat):
            with suppress(ValueError):
                return read(value)
    elif isinstance(value, date):  # a datetime is one too
        return value
    raise ValueError("write a day as 2026-03-02, or a moment as 2026-03-02T09:00:00")


def _clock_time(value: object) -> object:
    if isinstance(value, str):
        try:
            return time.fromisoformat(value)
        except ValueError:
            raise ValueError("write a time of day as '08:00'") from None
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("write the address that people type, such as 'https://heard.example.org'")
    return value.rstrip("/")


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def at_least(least: str) -> AfterValidator:
    """Refuses a shorter duration, in the words in which one is written."""

    def check(value: timedelta) -> timedelta:
        if value < _duration(least):
            raise ValueError(f"write at least '{least}'")
        return value

    return AfterValidator(check)


def at_most(most: str) -> AfterValidator:
    """Refuses a longer duration, in the words in which one is written."""

    def check(value: timedelta) -> timedelta:
        if value > _duration(most):
            raise ValueError(f"write at most '{most}'")
        return value

    return AfterValidator(check)


def _https(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("write an address that begins with https://")
    return value


def _currency(value: str) -> str:
    if value.upper() not in CURRENCIES:
        raise ValueError("write the three letters of a currency, such as EUR")
    return value.upper()


HttpsUrl = Annotated[str, AfterValidator(_https)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Zone = Annotated[str, AfterValidator(_zone)]
Slug = Annotated[str, AfterValidator(_slug)]
Weekday = Annotated[int, BeforeValidator(_weekday), Field(ge=0, le=6)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
Names = Annotated[tuple[str, ...], BeforeValidator(one_or_several), Field(min_length=1)]
Currency = Annotated[str, AfterValidator(_currency)]
Moment = Annotated[datetime | date, BeforeValidator(_moment)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]


@overload
def in_zone(value: datetime | date, zone: ZoneInfo) -> datetime: ...
@overload
def in_zone(value: datetime | date | None, zone: ZoneInfo) -> datetime | None: ...
def in_zone(value: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    """A TOML date or local time, meant in the configured zone, as aware UTC; a bare date is its first moment."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(0), tzinfo=zone)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
