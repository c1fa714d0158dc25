"""The ticking door: asks now and then what is due, and stops when told.

The schedule itself is data in the store; a few jobs of APScheduler only look at it. Nothing is pickled or kept here.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import FrameType
from typing import TYPE_CHECKING
from weakref import WeakSet

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.errors import HeardError, Overtaken, StoreAway
from bot.outage import Outage
from bot.pacing import Pause, Sanity, machine, wake_stuck
from bot.stewardship.vitals import BEAT
from bot.working import AtWork

if TYPE_CHECKING:
    from bot.wiring import App
    from bot.wiring.listen.listening import Listening

EVERY: Mapping[str, float] = {
    "collect": 15,
    "score": 5,
    "tell": 5,
    "watch": 15,
    "trace": 15,
    "alarm": 300,
    "settle": 15,
    "expire": 60,
    "deliver": 5,
    "learn": 600,
    "follow": 60,
    "keep": 60,
    "beat": 15,
    "ping": 15,
}
"""Seconds between two looks of each job at what there is to do."""
PATIENCE = timedelta(minutes=1)
"""How long one slow host may hold up the next round of polls."""
GRACE = timedelta(seconds=7)
"""How long the work in hand may take to end when the bot is to stop."""
LETTING_GO = timedelta(seconds=1)
"""How long the database may take, at the very end, to hear that polls are given up."""
GLANCE = 15.0
"""Seconds between two looks at whether the machine's clock was set back, which would hold up every job until it is
there again.
"""
ANEW = signal.SIGHUP.name
"""What asks to read the configuration anew."""

log = logging.getLogger("heard.run")


class Runner:
    """Runs an application's due work until stopped; a failure of one job never ends another.

    ``reread`` makes the application of the configuration as it is now, out of the one that holds; it raises HeardError
    where that is wrong.
    """

    def __init__(
        self,
        app: App,
        *,
        workers: int = 16,
        every: Mapping[str, float] = EVERY,
        glance: float = GLANCE,
        reread: Callable[[App], App] | None = None,
    ) -> None:
        self._app = app
        self._reread = reread
        self._at_work = AtWork()
        self.overtaken: Overtaken | None = None
        """Why it ended by itself: the database is not the one that it opened."""
        # Of configurations before this one too, as long as a poll of theirs is in hand.
        self._desks: WeakSet[Listening] = WeakSet([app.listening])
        self._workers = workers
        self._every = every
        self._glance = glance
        self._sanity = Sanity()
        self._pulse = app.vitals.pulse(every)
        self._outage = Outage(app.clock.now)
        self._stop = Event()
        # A signal's handler interrupts the thread that waits, wherever it stands. An Event that it holds the lock of
        # could not be set there; this queue may be put into from a handler (queue.SimpleQueue.put is reentrant).
        self._asked: SimpleQueue[str] = SimpleQueue()

    def stop(self) -> None:
        """Asks everything to finish the page in hand and end. Not for a signal's handler."""
        self._stop.set()
        self._asked.put("")

    def run_until_stopped(
        self, *, signals: bool = True, stopping: Callable[[], object] = lambda: None, grace: timedelta = GRACE
    ) -> tuple[str, ...]:
        """Blocks until :meth:`stop`, SIGTERM or SIGINT, or until the database is overtaken; SIGHUP reads the
        configuration anew. ``stopping`` is called as it begins to stop.

        Then it waits ``grace`` for the work in hand (a page, a letter) and returns the jobs that have not ended by
        then: the caller must end the process without them. That loses nothing: they are left as a crash would leave
        them.
        """
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT, *((signal.SIGHUP,) if self._reread else ())):
                signal.signal(number, self._on_signal)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # one that came during the start comes now
        scheduler = self._scheduler()
        scheduler.start()
        try:
            while (why := self._next_wish(scheduler)) == ANEW:
                self._read_anew()
            if why:
                log.info("received %s", why)
        finally:
            self._stop.set()
            log.info("stopping, finishing the page in hand")
            stopping()
            scheduler.shutdown(wait=False)
            left = self._at_work.wait(grace)
            self._app.vitals.rest()
        if left:
            self._let_go()
            log.warning("stopped without waiting for jobs=%s; nothing that was stored is lost", ",".join(left))
        else:
            log.info("stopped")
        return left

    def _scheduler(self) -> BackgroundScheduler:
        """Looks at every job now, and then as often as it is to be."""
        jobs = self._jobs()
        # A job that takes longer than its interval is as it should be; the scheduler would warn at every tick.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
        scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(len(jobs))})
        now = machine.now()
        for name, work in jobs.items():
            scheduler.add_job(
                self._guarded, Pause(timedelta(seconds=self._every[name])), args=(name, work), id=name,
                next_run_time=now, max_instances=1, coalesce=True, misfire_grace_time=None,
            )  # fmt: skip
        return scheduler

    def _next_wish(self, scheduler: BackgroundScheduler) -> str:
        """What is asked for next: an end, or the configuration anew."""
        while True:
            try:
                return self._asked.get(timeout=self._glance)
            except Empty:
                wake_stuck(scheduler)

    def _jobs(self) -> Mapping[str, Callable[[], object]]:
        return {
            "collect": self.collect_due,
            "score": self.score_new,
            "tell": self.tell_due,
            "watch": self.announce_due,
            "trace": self.trace_codes,
            "alarm": self.raise_alarms,
            "settle": self.settle_orders,
            "expire": self.expire_reservations,
            "deliver": self.deliver_due,
            "learn": self.learn_new,
            "follow": self.follow_deletions,
            "keep": self.keep_promises,
            "beat": self.beat,
            "ping": self.ping,
        }

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

    def settle_orders(self) -> None:
        """Redeems and gives back what shops' orders want, where whoever took their deliveries did not come to it."""
        if self._app.settings.shops:
            self._app.shops.settle()

    def trace_codes(self) -> int:
        """Looks for codes in what is new, and writes notices of leaks into the outbox; how many sightings were kept."""
        seen = self._app.tracing.look(stop=self._stop.is_set)
        self._app.tracing.announce()
        return seen

    def raise_alarms(self) -> int:
        """Judges the last days, and writes notices of what is out of the ordinary into the outbox; how many."""
        if not self._app.settings.alerts:
            return 0  # the alarm brings libraries that take a while to load
        return len(self._app.alarms.look(stop=self._stop.is_set))

    def expire_reservations(self) -> int:
        """Writes down which reservations have run out; how many."""
        return self._app.counting.expire()

    def deliver_due(self) -> int:
        """Sends what waits in the outbox; how many letters were tried."""
        return len(self._app.telling.deliver(stop=self._stop.is_set))

    def follow_deletions(self) -> int:
        """Asks platforms whether what is kept still stands, and forgets what does not; how many were forgotten."""
        return sum(report.gone for report in self._app.following.due(stop=self._stop.is_set))

    def keep_promises(self) -> int:
        """Erases what is due, and sees that nothing is left of what was erased; how many items."""
        return self._app.keeping.look(self._stop.is_set).items

    def learn_new(self) -> int:
        """Fits classifiers to labels that have grown; how many."""
        return self._app.judging.fit_grown(stop=self._stop.is_set) + self._app.learning.fit_grown(
            stop=self._stop.is_set
        )

    def beat(self) -> None:
        """Tells whoever watches that the bot is at work, and what its tasks did last."""
        self._app.vitals.beat(self._pulse)

    def ping(self) -> bool:
        """Tells the address outside that all is well, where it is and there is one; whether it did."""
        return self._app.deadman.look(self._pulse, self._app.clock.now())

    def _guarded(self, name: str, work: Callable[[], object]) -> None:
        began, well, mark = self._app.clock.now(), False, self._outage.mark()
        try:
            with self._at_work.on(name):
                if self._stop.is_set():  # asked when it counts as at work: the end waits for it, or it does nothing
                    return
                if not self._sanity.holds(began, self._app.keeping.confirmed):
                    return
                work()
            well = True
        except Overtaken as error:
            log.error("job=%s error=%s: %s", name, type(error).__name__, error)  # noqa: TRY400 the cause is named; no trace
            self.overtaken = error
            self.stop()
        except StoreAway as error:
            self._outage.failed(name, error, mark)
        except HeardError as error:
            log.error("job=%s error=%s: %s", name, type(error).__name__, error)  # noqa: TRY400 the cause is named; no trace
        except Exception:
            # A bug must not end the unattended bot: seen in full in the log, tried again at the next tick.
            log.exception("job=%s bug", name)
        if well and name == BEAT:  # the one job that writes at each of its looks
            self._outage.written(mark)
        self._pulse.ran(name, began, well=well)

    def _let_go(self) -> None:
        """Gives back what polls that hang have leased; a database that does not answer is not waited for."""

        def give_back() -> None:
            try:
                for desk in tuple(self._desks):
                    desk.let_go()
            except HeardError as error:
                log.warning("leases not given back, they end within ten minutes error=%s", error)

        letting_go = Thread(target=give_back, name="letting-go", daemon=True)
        letting_go.start()
        letting_go.join(LETTING_GO.total_seconds())

    def _read_anew(self) -> None:
        """Works by the configuration as it is now, from each job's next look on; by the old one where it is wrong."""
        if self._reread is None:
            return
        try:
            self._app = self._reread(self._app)
        except (HeardError, OSError) as error:
            said = "; ".join(str(error).splitlines())
            log.error("configuration not reloaded, going on with the one before: %s", said)  # noqa: TRY400 the cause is named
        else:
            self._desks.add(self._app.listening)
            log.info("configuration reloaded config=%s", self._app.settings.path)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._asked.put(signal.Signals(number).name)
