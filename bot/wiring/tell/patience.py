"""How long a digest that is due waits for the sources that were due with it."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST = timedelta(minutes=15)
"""So long a digest waits, from when it is first seen to be due."""
AWAY = timedelta(minutes=2)
"""Whoever has not looked for so long was asleep, and nothing was tried meanwhile: the wait begins anew."""


class Patience:
    """Remembers since when each thing has been waited for, while somebody was awake."""

    def __init__(self) -> None:
        self._looks: dict[str, tuple[datetime, datetime]] = {}

    def since(self, name: str, now: datetime) -> datetime:
        """Since when ``name`` has been waited for; ``now`` when the wait begins. Asking is what counts as awake."""
        began, looked = self._looks.get(name, (now, now))
        if not timedelta(0) <= now - looked <= AWAY:
            began = now
        self._looks[name] = began, now
        return began

    def forget(self, name: str) -> None:
        """Nobody waits for ``name`` any more."""
        self._looks.pop(name, None)
