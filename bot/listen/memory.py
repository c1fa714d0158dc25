"""A mapping that forgets what was not seen for long; what the index of stories remembers with."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """What was seen and when it was last seen (aware UTC), longest ago first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, tuple[Value, datetime]] = OrderedDict()

    def __len__(self) -> int:
        """How much is remembered."""
        return len(self._entries)

    def get(self, key: str | None) -> Value | None:
        """What is remembered of the key; None of a key that is None or empty."""
        entry = self._entries.get(key) if key else None
        return entry[0] if entry else None

    def last_seen(self, key: str) -> datetime | None:
        """When the key was last seen."""
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def put(self, key: str, value: Value, now: datetime) -> None:
        """Remembers the value as seen now."""
        self._entries[key] = value, now
        self._entries.move_to_end(key)

    def forget(self, before: datetime) -> list[Value]:
        """Drops what was last seen before then; what it was."""
        dropped = []
        while self._entries and next(iter(self._entries.values()))[1] < before:
            dropped.append(self._entries.popitem(last=False)[1][0])
        return dropped
