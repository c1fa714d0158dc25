"""The ticking door: asks now and then what is due, and stops when told.

The schedule itself is data in the store; a few jobs of APScheduler only look at it. Nothing is pickled or kept here.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.errors import HeardError

if TYPE_CHECKING:
    from bot.wiring import App

EVERY: Mapping[str, float] = {"collect": 15, "score": 5, "tell": 5, "watch": 15, "deliver": 5, "learn": 600}
"""Seconds between two looks of each job at what there is to do."""
PATIENCE = timedelta(minutes=1)
"""How long one slow host may hold up the next round of polls."""

log = logging.getLogger("heard.run")


class Runner:
    """Runs an application's due work until stopped; a failure of one job never ends another."""

    def __init__(self, app: App, *, workers: int = 16, every: Mapping[str, float] = EVERY) -> None:
        self._app = app
        self._workers = workers
        self._every = every
        self._stop = Event()

    def stop(self) -> None:
        """Asks everything to finish the page in hand and end."""
        self._stop.set()

    def run_until_stopped(self, *, signals: bool = True) -> None:
        """Blocks until :meth:`stop`, SIGTERM or SIGINT; then waits for work in hand (a page, a letter)."""
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._on_signal)
        jobs: Mapping[str, Callable[[], object]] = {
            "collect": self.collect_due,
            "score": self.score_new,
            "tell": self.tell_due,
            "watch": self.announce_due,
            "deliver": self.deliver_due,
            "learn": self.learn_new,
        }
        # A job that takes longer than its interval is as it should be; the scheduler would warn at every tick.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
        scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(len(jobs))})
        now = self._app.clock.now()
        for name, work in jobs.items():
            scheduler.add_job(
                self._guarded, "interval", args=(name, work), id=name, seconds=self._every[name],
                next_run_time=now, max_instances=1, coalesce=True, misfire_grace_time=None,
            )  # fmt: skip
        scheduler.start()
        try:
            self._stop.wait()
        finally:
            log.info("stopping, finishing the page in hand")
            scheduler.shutdown(wait=True)
            log.info("stopped")

    def collect_due(self) -> int:
        """Polls what is due; how many targets were polled."""
        listening = self._app.listening
        reports = listening.collect(
            listening.due(), workers=self._workers, stop=self._stop.is_set, only_due=True, patience=PATIENCE
        )
        return sum(1 for _ in reports)

    def score_new(self) -> int:
        """Scores what is new, however long a feed keeps the polling busy; how many mentions."""
        return self._app.listening.score(stop=self._stop.is_set)

    def tell_due(self) -> int:
        """Writes the digests whose time has come into the outbox; how many."""
        return len(self._app.telling.publish_due(stop=self._stop.is_set))

    def announce_due(self) -> int:
        """Writes notices of sources that broke or recovered into the outbox; how many."""
        return len(self._app.watching.announce())

    def deliver_due(self) -> int:
        """Sends what waits in the outbox; how many letters were tried."""
        return len(self._app.telling.deliver(stop=self._stop.is_set))

    def learn_new(self) -> int:
        """Fits classifiers to labels that have grown; how many."""
        return self._app.judging.fit_grown(stop=self._stop.is_set) + self._app.learning.fit_grown(
            stop=self._stop.is_set
        )

    def _guarded(self, name: str, work: Callable[[], object]) -> None:
        if self._stop.is_set():
            return
        try:
            work()
        except HeardError as error:
            log.error("job=%s error=%s: %s", name, type(error).__name__, error)  # noqa: TRY400 the cause is named; no trace
        except Exception:
            # A bug must not end the unattended bot: seen in full in the log, tried again at the next tick.
            log.exception("job=%s bug", name)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        log.info("received %s", signal.Signals(number).name)
        self.stop()
