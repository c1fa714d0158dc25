"""How single values are written: times, JSON, text.

Times are fixed-width ISO 8601 in UTC with microseconds and ``Z``, so that they sort as text. Numbers in JSON keep every
digit. What a database cannot hold in a text (a lone surrogate, and for PostgreSQL the character NUL) is replaced one
for one, so that offsets stay true.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

EARLIEST = ""
"""Sorts before every time."""
LATEST = "9999-12-31T23:59:59.999999Z"
"""Sorts after every other time."""
LARGEST_INTEGER = 2**63 - 1
DIGITS = 9
"""Decimals of dollars: no price is finer."""

_ENCODER = json.JSONEncoder(separators=(",", ":"))
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


@lru_cache(maxsize=256)  # a poll writes the same few moments two dozen times
def stamp(moment: datetime) -> str:
    """``2026-03-01T08:00:00.000000Z``. Raises ValueError for a time without a zone, which is a bug."""
    if moment.utcoffset() is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def stamp_or_none(moment: datetime | None) -> str | None:
    """The same for a time that may be unknown."""
    return None if moment is None else stamp(moment)


def moment_of(text: str) -> datetime:
    """The time that was written, aware UTC."""
    return datetime.fromisoformat(text)


def moment_or_none(text: str | None) -> datetime | None:
    """The same for a time that may be unknown."""
    return None if text is None else datetime.fromisoformat(text)


def to_json(value: Any) -> str:
    """Compact JSON in ASCII; the order of keys is kept."""
    return _ENCODER.encode(value)


def from_json(text: str) -> Any:
    """What :func:`to_json` wrote."""
    return json.loads(text)


def writable(text: str) -> str:
    """The text with what a database cannot hold replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _UNWRITABLE.sub("\ufffd", text)
    return text.replace("\0", "\ufffd") if "\0" in text else text


def writable_or_none(text: str | None) -> str | None:
    """The same for a text that may be unknown."""
    return None if text is None else writable(text)


def dollars(summed: float) -> float:
    """A sum of money without binary dust, which turns on the order of adding, and that no database promises."""
    return round(summed, DIGITS)
