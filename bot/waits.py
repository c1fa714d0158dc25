"""When a server wants to be asked again, the dates in which it says so, and the errors that say nothing was sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from requests.exceptions import ConnectionError as RequestsConnectionError

SOONEST = timedelta(minutes=5)
LATEST = timedelta(hours=24)
_SECONDS = re.compile(r"[0-9]{1,30}")
_LONGEST = 10**9


class Unsent(RequestsConnectionError):
    """There was no connection, so nothing was sent: doing it again repeats nothing."""


class AddressRefused(Unsent):
    """The name leads to an address or a port that is not allowed; nothing was sent."""


def retry_after(
    value: str, now: datetime, *, soonest: timedelta = SOONEST, latest: timedelta = LATEST
) -> datetime | None:
    """What ``Retry-After`` says, in seconds or as a date, as a moment from ``soonest`` to ``latest`` after ``now``.

    None when it says nothing that makes sense. ``now`` is aware UTC. Source: RFC 9110, section 10.2.3.
    """
    value = value.strip()
    if _SECONDS.fullmatch(value):
        wait = timedelta(seconds=min(int(value), _LONGEST))
    elif (moment := http_date(value)) is not None:
        wait = moment - now
    else:
        return None
    return now + min(max(wait, soonest), latest)


def http_date(value: str) -> datetime | None:
    """A date as headers write it, in UTC; None for one that makes no sense."""
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):  # the last where the zone leads out of the calendar
        return None
