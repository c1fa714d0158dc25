"""When the bot looks next, whatever the machine's clock does: leaps by years, is set back, or has never been set."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from bot.clock import SystemClock

POSSIBLE = datetime(2025, 1, 1, tzinfo=UTC)
"""This program is younger: a clock that stands before it was not set yet, as on a machine without a battery."""
LEAP = timedelta(days=180)
"""Who was off for so long waits a day for the clock to be confirmed; far more often it has leapt."""

log = logging.getLogger("heard.run")

machine = SystemClock()
"""What the scheduler goes by, whatever day it is for the application."""


class Pause(BaseTrigger):  # type: ignore[misc] # the library says no types
    """Fires so long after the last look, not at moments of a grid: a clock leaping by years leaves no heap of them."""

    def __init__(self, pause: timedelta) -> None:
        self.pause = pause

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """The next moment, seen from ``now``."""
        return now + self.pause


class Sanity:
    """Whether the clock can be right; that it cannot is said once.

    What is collected in 1970 or 2099 would be told never, and erased for its age too early or never.
    """

    def __init__(self) -> None:
        self._said = False
        self._last: datetime | None = None

    def holds(self, now: datetime, confirmed: Callable[[datetime], datetime]) -> bool:
        """Whether to work by this time. ``confirmed`` tells, at ``now``, up to when the clock has been found right; it
        is asked at first and after a leap.
        """
        why = "which cannot be"
        if now >= POSSIBLE:
            last = self._last
            if last is None or now - last >= LEAP:
                last = confirmed(now)
            ahead = now - last
            if ahead < LEAP:
                self._said, self._last = False, now
                return True
            why = f"{ahead.days} days after Heard last ran (it is believed when it has stood by that for a day)"
        if not self._said:
            self._said = True
            log.error("the clock says %s, %s: waiting until it is right", f"{now:%Y-%m-%d %H:%M}", why)
        return False


def wake_stuck(scheduler: BackgroundScheduler) -> None:
    """Makes every job look now that waits for a time further ahead than its :class:`Pause`: the clock was set back."""
    waits = [(job, job.next_run_time - job.trigger.pause) for job in scheduler.get_jobs()]
    now = machine.now()  # read after them: none that fires meanwhile seems to be ahead
    stuck = [job for job, looked in waits if looked > now]
    for job in stuck:
        job.modify(next_run_time=now)
    if stuck:
        log.warning("the clock was set back; going on by it")
