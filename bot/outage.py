"""What the log says while the database is away: one line when it goes, ever fewer meanwhile, one when it is back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from bot.errors import StoreAway

SOONEST = timedelta(minutes=1)
"""When it is told for the first time that the database is still away; each time after that, twice as long passes."""
RAREST = timedelta(hours=1)
"""How long passes between two such lines at most."""

log = logging.getLogger("heard.run")


class Outage:
    """The one story that all jobs' failures are told as; safe to use from several threads.

    Whoever tries something takes a :meth:`mark` before, so that a step is not taken for news which began before the
    database went or came back.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._turns = 0
        self._since: datetime | None = None
        self._told_at = now()
        self._pause = SOONEST
        self._failures = 0

    def mark(self) -> int:
        """How often the database has failed or come back until now."""
        with self._lock:
            return self._turns

    def failed(self, job: str, error: StoreAway, mark: int) -> None:
        """A job that began at ``mark`` could not do its work; said where that is new, or was not said for long."""
        with self._lock:
            now = self._now()
            if self._since is None and mark != self._turns:  # begun before it came back, and ended only now
                log.warning("job=%s error=%s", job, error)
                return
            self._turns += 1
            self._failures += 1
            if self._since is None:
                self._since, self._told_at, self._pause, self._failures = now, now, SOONEST, 1
                log.error("database away, tried again until it is back job=%s error=%s", job, error)
            elif abs(now - self._told_at) >= self._pause:  # a clock that was set back does not silence it
                self._told_at, self._pause = now, min(2 * self._pause, RAREST)
                since = self._since.isoformat(timespec="seconds")
                log.error("database still away since=%s failures=%d error=%s", since, self._failures, error)

    def written(self, mark: int) -> None:
        """Something that was begun at ``mark`` was written; said where the database had been away."""
        with self._lock:
            if self._since is None or mark != self._turns:
                return
            seconds = max(0, round((self._now() - self._since).total_seconds()))
            log.info("database back after seconds=%d failures=%d", seconds, self._failures)
            self._turns += 1
            self._since = None
