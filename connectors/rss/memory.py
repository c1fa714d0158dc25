"""What a feed's connector remembers between polls: its cursor, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model import Cursor

FULL_FETCH_EVERY = timedelta(days=7)
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Memory:
    """A feed's cursor. Validators are kept verbatim, for the address that gave them.

    ``source`` is that final address as it may be shown; ``body`` the hash of the last body; ``reading`` the fingerprint
    of what the entries were read for; ``known`` short hashes of the last document's items; ``address`` a permanent
    new home that was adopted; ``moved_to`` one that was seen ``moved_seen`` times so far;
    ``pace`` the seconds between polls that the feed itself asks for, 0 for none.
    """

    source: str | None = None
    etag: str | None = None
    modified: str | None = None
    body: str | None = None
    reading: str | None = None
    full_at: datetime | None = None
    polled: datetime | None = None
    newest: datetime | None = None
    known: tuple[str, ...] = ()
    address: str | None = None
    moved_to: str | None = None
    moved_seen: int = 0
    missing_since: datetime | None = None
    pace: int = 0

    @property
    def validators(self) -> dict[str, str]:
        """The headers of a conditional request; empty when there is nothing to compare with."""
        wanted = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in wanted.items() if value}

    def without_validators(self) -> Memory:
        """The same, made to read the whole feed anew."""
        return replace(self, etag=None, modified=None, body=None)

    def due_for_reading(self, reading: str, now: datetime) -> Memory:
        """Forgets the validators when the entries would now be read for something else, or once a week.

        Some servers answer 304 for ever; and an unchanged feed may hold what a new query asks for.
        """
        fresh = self.full_at is not None and timedelta(0) <= now - self.full_at < FULL_FETCH_EVERY
        return self if fresh and self.reading == reading else self.without_validators()


def remember(memory: Memory) -> Cursor:
    """The cursor that is stored."""
    stored: dict[str, Any] = {"format": _FORMAT}
    for name in Memory.__dataclass_fields__:
        value = getattr(memory, name)
        if value:
            stored[name] = value.isoformat() if isinstance(value, datetime) else value
    return {name: list(value) if isinstance(value, tuple) else value for name, value in stored.items()}


def recall(cursor: Cursor | None) -> Memory:
    """The memory in a stored cursor; an empty one when it is of another format or makes no sense."""
    if not isinstance(cursor, Mapping) or cursor.get("format") != _FORMAT:
        return Memory()
    known = cursor.get("known")
    return Memory(
        source=_text(cursor, "source"),
        etag=_text(cursor, "etag"),
        modified=_text(cursor, "modified"),
        body=_text(cursor, "body"),
        reading=_text(cursor, "reading"),
        full_at=_moment(cursor, "full_at"),
        polled=_moment(cursor, "polled"),
        newest=_moment(cursor, "newest"),
        known=tuple(map(str, known)) if isinstance(known, list | tuple) else (),
        address=_text(cursor, "address"),
        moved_to=_text(cursor, "moved_to"),
        moved_seen=_number(cursor, "moved_seen"),
        missing_since=_moment(cursor, "missing_since"),
        pace=_number(cursor, "pace"),
    )


def _text(cursor: Cursor, name: str) -> str | None:
    value = cursor.get(name)
    return value if isinstance(value, str) else None


def _number(cursor: Cursor, name: str) -> int:
    value = cursor.get(name)
    return value if isinstance(value, int) else 0


def _moment(cursor: Cursor, name: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(cursor, name) or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
