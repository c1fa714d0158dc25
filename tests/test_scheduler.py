"""The unattended bot's clockwork: its jobs side by side on one file, failures kept apart, and a quick end."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from bot.clock import ManualClock, SystemClock
from bot.errors import StoreError
from bot.model import Page, ScoredMention, Target
from bot.model.vitals import TaskMark
from bot.ports import Clock
from bot.scheduler import EVERY, Runner
from bot.stewardship.vitals import Pulse
from bot.wiring import App
from config.settings import load_settings
from tests.support.counts import FULL
from tests.support.database import empty_database
from tests.support.desk import Desk, feeds_config, serve_stories, stories
from tests.support.feedserver import FeedServer, Reply
from tests.support.running import Running
from tests.support.samples import a_mention, an_item

PATIENCE = 20.0
MANY = 3_000 if FULL else 900
OFTEN = dict.fromkeys(EVERY, 0.3)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def desk(server: FeedServer, tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.write(feeds_config(serve_stories(server)))
    empty_database(tmp_path)
    return made


def an_app(desk: Desk) -> App:
    return App(load_settings(desk.config))


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def running(runner: Runner) -> Iterator[threading.Thread]:
    """The runner at work in a thread; at the end it is told to stop, and must."""
    thread = threading.Thread(target=runner.run_until_stopped, kwargs={"signals": False})
    thread.start()
    try:
        yield thread
    finally:
        runner.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "it did not stop"


class Desks:
    """Stands in for an application: counts what is asked of it, and fails where it is told to."""

    def __init__(self, **fails: Exception) -> None:
        self.clock: Clock = SystemClock()
        self.listening = self.telling = self.judging = self.watching = self.vitals = self.following = self.keeping = (
            self
        )
        self.last = datetime.max.replace(tzinfo=UTC)
        self.asked: list[str] = []
        self.marks: tuple[TaskMark, ...] = ()
        self.rested = self.let_go_of = False
        self._fails = fails

    def pulse(self, every: Mapping[str, float]) -> Pulse:
        return Pulse("here", every, self.clock.now)

    def beat(self, pulse: Pulse) -> None:
        self.marks = pulse.marks()

    def rest(self) -> None:
        self.rested = True

    def confirmed(self, now: datetime) -> datetime:
        return min(now, self.last)

    def let_go(self) -> None:
        self.let_go_of = True

    def due(self, **_more: Any) -> tuple[Target, ...]:
        return ()

    def collect(self, _targets: object, **_more: Any) -> Iterator[object]:
        return iter(self._note("collect"))

    def score(self, **_more: Any) -> int:
        return len(self._note("score"))

    def publish_due(self, **_more: Any) -> tuple[object, ...]:
        return self._note("tell")

    def announce(self) -> tuple[object, ...]:
        return self._note("watch")

    def deliver(self, **_more: Any) -> tuple[object, ...]:
        return self._note("deliver")

    def fit_grown(self, **_more: Any) -> int:
        return len(self._note("learn"))

    def _note(self, name: str) -> tuple[object, ...]:
        self.asked.append(name)
        if name in self._fails:
            raise self._fails[name]
        return ()


def test_a_failing_job_ends_no_other_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    desks = Desks(score=StoreError("the disk is full"), tell=ZeroDivisionError("a bug"))
    with running(Runner(desks, every=OFTEN)):  # type: ignore[arg-type]
        wait_for(lambda: set(desks.asked) >= {"collect", "score", "tell", "watch", "deliver"})
        wait_for(lambda: desks.asked.count("score") == 2)
        wait_for(lambda: any(mark.task == "collect" and mark.succeeded_at for mark in desks.marks))
    lines = [(record.levelno, record.getMessage(), record.exc_info is not None) for record in caplog.records]
    assert (logging.ERROR, "job=score error=StoreError: the disk is full", False) in lines
    assert (logging.ERROR, "job=tell bug", True) in lines
    marks = {mark.task: mark for mark in desks.marks}
    assert set(marks) == set(EVERY), "each job is told of"
    assert marks["score"].succeeded_at is None is marks["tell"].succeeded_at
    assert marks["collect"].succeeded_at is not None
    assert desks.rested


class Begun(Runner):
    """One that planned its looks while the machine's clock stood elsewhere; it has been put right since."""

    stood: datetime

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = super()._scheduler()
        for job in scheduler.get_jobs():
            job.modify(next_run_time=self.stood)
        return scheduler


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_clock_that_is_put_right_by_years_holds_no_job_up(year: int, caplog: pytest.LogCaptureFixture) -> None:
    """As on a machine without a battery: it starts in some year, and learns the time when the bot is at work."""
    desks = Desks()
    runner = Begun(desks, every=dict.fromkeys(EVERY, 0.3) | {"learn": 600.0}, glance=0.1)  # type: ignore[arg-type]
    runner.stood = datetime(year, 1, 1, tzinfo=UTC)
    with running(runner):
        wait_for(lambda: desks.asked.count("collect") >= 3 and "learn" in desks.asked)
    assert desks.asked.count("learn") == 1, "what was missed is looked at once"
    assert ("the clock was set back; going on by it" in caplog.messages) == (year > 2026)


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_clock_that_cannot_be_right_is_waited_for(year: int, caplog: pytest.LogCaptureFixture) -> None:
    """What is collected then would be told in no digest, and erased for its age too early or never."""
    desks, clock, right = (
        Desks(),
        ManualClock(datetime(year, 1, 1, 0, 5, tzinfo=UTC)),
        datetime(2026, 3, 10, tzinfo=UTC),
    )
    desks.clock, desks.last = clock, right
    with running(Runner(desks, every=OFTEN)):  # type: ignore[arg-type]
        wait_for(lambda: any("waiting until it is right" in said for said in caplog.messages))
        time.sleep(0.5)
        assert desks.asked == []
        clock.set(right + timedelta(days=90))
        wait_for(lambda: "collect" in desks.asked)


def test_a_runner_that_was_told_to_stop_begins_nothing(caplog: pytest.LogCaptureFixture) -> None:
    desks = Desks()
    runner = Runner(desks)  # type: ignore[arg-type]
    runner.stop()
    with caplog.at_level(logging.INFO, logger="heard.run"):
        runner.run_until_stopped(signals=False)
    assert desks.asked == []
    assert [record.getMessage() for record in caplog.records][-1] == "stopped"


def test_a_slow_feed_does_not_hold_up_scoring(desk: Desk, server: FeedServer) -> None:
    go_on = threading.Event()

    def slowly() -> Iterator[bytes]:
        go_on.wait(PATIENCE)
        yield stories().encode()

    slow = server.add("/slow.xml", Reply(body=slowly())).replace("127.0.0.1", "localhost")
    desk.write(feeds_config(server.url("/feed.xml"), slow))
    app = an_app(desk)
    try:
        with running(Runner(app, every=OFTEN)):
            wait_for(lambda: any(isinstance(one, ScoredMention) for one in app.store.mentions()))
            assert not go_on.is_set()
            go_on.set()
    finally:
        app.close()


def test_two_bots_on_one_file_work_side_by_side(
    desk: Desk, server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = an_app(desk), an_app(desk)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    try:
        with caplog.at_level(logging.INFO):
            one.telling.publish(*one.telling.window("pr-daily", (yesterday - timedelta(days=3)).date()))
            with running(Runner(one, every=OFTEN)), running(Runner(other, every=OFTEN)):
                wait_for(lambda: len(one.store.digests(9)) == 2)
                wait_for(lambda: all(isinstance(row, ScoredMention) for row in one.store.mentions()))
                wait_for(lambda: all(row.sent_at for _, rows in one.store.digests(9) for row in rows))
        assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert len(server.asked("/feed.xml")) == 1, "the lease keeps the other away"
        assert len(list(one.store.mentions())) == 5
        newest, _ = one.store.digests(1)[0]
        assert len(newest.mentions) == 5, "told once collected and scored"
        assert len({*(desk.folder / "digests").glob("*.html")}) == 2
    finally:
        one.close()
        other.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT] if FULL else [signal.SIGTERM])
def test_a_signal_ends_it_within_seconds_though_thousands_wait_to_be_scored(desk: Desk, number: signal.Signals) -> None:
    """The same thousands are owed to a digest, so that telling is at them as well as scoring."""
    desk.heard("digest", "send", "pr-daily", "--date", "2020-01-01")
    app, now = an_app(desk), datetime.now(UTC)
    words = "Velvet Crumb is good, and the truffles are nice. " * 2
    items = [
        an_item(one, f"{words} {sha256(bytes(one)).hexdigest()}.", published_at=now - timedelta(days=1), outlet=f"{one % 50}.example")
        for one in range(MANY)
    ]  # fmt: skip
    target = Target("elsewhere")
    app.store.add_targets([target], now)
    app.store.save_page(target, Page(items=tuple(items)), [a_mention(one, "crumb", now, f"s{one.key}") for one in items],
                        now, now + timedelta(minutes=5))  # fmt: skip
    bot = Running(desk)
    bot.wait_for(lambda: app.store.counts()["scores"] >= 200)
    code, took = bot.stop(number)
    scored = app.store.counts()["scores"]
    app.close()
    assert (code, took < 10) == (0, True), "".join(bot.lines)
    assert 0 < scored < MANY, "what was scored by then is kept"
    assert not bot.said("Traceback")
    assert bot.said("stopped")


def test_the_handler_of_a_signal_takes_no_lock_that_the_waiting_thread_may_hold() -> None:
    """A handler runs in the middle of whatever the waiting thread does; were it to set an Event that is being waited on
    or looked at, it would wait for ever for the lock that its own thread holds.
    """
    runner = Runner(Desks())  # type: ignore[arg-type]
    handler = threading.Thread(target=runner._on_signal, args=(signal.SIGTERM, None), daemon=True)
    with runner._stop._cond:  # type: ignore[attr-defined]
        handler.start()
        handler.join(5)
        assert not handler.is_alive()
    runner.run_until_stopped(signals=False)
