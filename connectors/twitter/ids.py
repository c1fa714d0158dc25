"""The time that is in a post's id: X counts milliseconds since its own epoch in the upper bits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
_FIRST_WITH_TIME = 29_700_859_247
_TIME_SHIFT = 22
_MAX_ID = 2**63 - 1


def is_id(value: object) -> bool:
    """Whether ``value`` is a post's or user's id as X writes it: 1 to 19 digits, as text."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and 0 < int(value) <= _MAX_ID


def time_of(post_id: str) -> datetime | None:
    """When the post was made, to the millisecond; None for ids of before November 2010, which hold no time."""
    number = int(post_id)
    return _EPOCH + timedelta(milliseconds=number >> _TIME_SHIFT) if number >= _FIRST_WITH_TIME else None


def id_at(moment: datetime) -> str:
    """The smallest id that a post of that moment can have."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    return str(max(1, milliseconds << _TIME_SHIFT))
