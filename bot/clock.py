"""The only home of the present: the system clock, and one that is set by hand for demos, replays and tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present, aware UTC."""
        return datetime.now(UTC)  # noqa: TID251 the one place that may ask


class ShiftedClock:
    """The machine's clock, moved so that the present is ``start`` when it is made: a demo's day that goes on."""

    def __init__(self, start: datetime) -> None:
        self._system = SystemClock()
        self._shift = start - self._system.now()

    def now(self) -> datetime:
        """The moved present, aware UTC."""
        return self._system.now() + self._shift


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The time it was set to, aware UTC."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Moves it to ``moment``."""
        self._now = moment.astimezone(UTC)

    def advance(self, step: timedelta) -> None:
        """Moves it on by ``step``."""
        self._now += step
