"""Delivering while the clock jumps, the database is locked or full, channels go away, and letters kill who sends them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.digest.sending.backoff import WAITS
from bot.digest.sending.deliver import Forms, deliver
from bot.digest.sending.publish import Draft, publish
from bot.errors import DeliveryError, StoreError
from bot.model import Audience, Delivery, DeliveryState, Digest, Letter, Report, Window
from bot.model.digest import Attempt
from bot.store.sqlite import SqliteStore
from tests.support.database import store_in_memory

WINDOW = Window(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC), "Europe/Berlin")
NOW = WINDOW.end + timedelta(hours=8)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
LATER = DeliveryError("451 later", retry=True)
NEVER = DeliveryError("550 no such user", retry=False)


@dataclass
class Recorder:
    """A notifier that keeps what it took; before that it raises what ``fates`` holds."""

    fates: list[BaseException | None] = field(default_factory=list)
    recipients: tuple[str, ...] = ("ada@example.org",)
    letters: list[Letter] = field(default_factory=list)
    clock: ManualClock | None = None
    takes: timedelta = timedelta(0)

    def send(self, letter: Letter) -> None:
        if self.clock is not None:
            self.clock.set(self.clock.now() + self.takes)
        error = self.fates.pop(0) if self.fates else None
        if error is not None:
            raise error
        self.letters.append(letter)


class Unwritable:
    """The store, of which ``settle_delivery`` fails so many times, or whenever it is given a line for the log."""

    def __init__(self, store: SqliteStore, times: int = 0, *, log: bool = True) -> None:
        self._store, self._times, self._has_room = store, times, log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def settle_delivery(
        self, delivery: Delivery, attempt: Attempt | None = None, instead: Sequence[Delivery] = ()
    ) -> tuple[Delivery, ...]:
        if self._times:
            self._times -= 1
            raise StoreError("Another process has kept it locked for 30 seconds.")
        if attempt is not None and not self._has_room:
            raise StoreError("The disk is full.")
        return self._store.settle_delivery(delivery, attempt, instead)


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = store_in_memory()
    yield opened
    opened.close()


def forms(_digest: Digest, _recipient: str) -> Forms:
    return Forms("the text", "<p>html</p>", "{}")


def outbox(store: SqliteStore, *channels: str, to: str = "ada@example.org") -> Digest:
    draft = Draft({"subject_line": "Loved on 3 blogs"})
    pairs = [(channel, to) for channel in channels or ("mail",)]
    return publish(store, Report("pr", Audience.PR), WINDOW, compose=lambda: draft, recipients=pairs, now=NOW)


def states(store: SqliteStore) -> dict[str, DeliveryState]:
    return {one.channel: one.state for _digest, deliveries in store.digests(10) for one in deliveries}


@pytest.mark.parametrize("jump", [-HOUR, WEEK, 52 * WEEK])
@pytest.mark.parametrize("fate", [None, LATER])
def test_a_clock_that_jumps_between_claim_and_settling_loses_and_repeats_nothing(
    store: SqliteStore, jump: timedelta, fate: DeliveryError | None
) -> None:
    outbox(store)
    clock = ManualClock(NOW)
    mail = Recorder([fate], clock=clock, takes=jump)
    deliver(store, {"mail": mail}, forms, clock)
    clock.set(NOW)
    mail.takes = timedelta(0)
    for _look in range(4):  # the clock is right again: it is not waited for until the day that it was thought to be
        clock.advance(HOUR)
        deliver(store, {"mail": mail}, forms, clock)
    assert len(mail.letters) == 1
    assert states(store) == {"mail": DeliveryState.SENT}


def test_what_was_claimed_by_a_clock_a_week_ahead_comes_back_when_it_is_right(store: SqliteStore) -> None:
    outbox(store)
    clock, mail = ManualClock(NOW + WEEK), Recorder([Killed()])
    with pytest.raises(Killed):
        deliver(store, {"mail": mail}, forms, clock)
    clock.set(NOW)
    deliver(store, {"mail": mail}, forms, clock)
    assert len(mail.letters) == 1


def test_a_far_side_that_asks_for_weeks_is_asked_again_in_days_and_not_at_once(store: SqliteStore) -> None:
    outbox(store)
    mail = Recorder([DeliveryError("429", retry=True, retry_at=NOW + 4 * WEEK) for _ in range(3)])
    clock, asked = ManualClock(NOW), 0
    for _look in range(3):
        asked += len(deliver(store, {"mail": mail}, forms, clock))
        clock.advance(HOUR)
    assert asked == 1
    clock.advance(timedelta(days=2))
    assert len(deliver(store, {"mail": mail}, forms, clock)) == 1


def test_a_letter_that_is_out_is_written_down_though_the_database_was_locked_for_a_minute(store: SqliteStore) -> None:
    outbox(store)
    mail, clock = Recorder(), ManualClock(NOW)
    deliver(Unwritable(store, times=2), {"mail": mail}, forms, clock)
    clock.advance(HOUR)
    assert deliver(store, {"mail": mail}, forms, clock) == ()
    assert len(mail.letters) == 1


def test_where_the_log_of_attempts_has_no_room_the_letter_is_written_down_without_it(store: SqliteStore) -> None:
    digest = outbox(store)
    mail, folder, clock = Recorder([NEVER]), Recorder(recipients=("digests",)), ManualClock(NOW)
    full = Unwritable(store, log=False)
    deliver(full, {"mail": mail, "folder": folder}, forms, clock, otherwise={"mail": "folder"})
    clock.advance(HOUR)
    assert deliver(store, {"mail": mail, "folder": folder}, forms, clock) == ()
    assert states(store) == {"mail": DeliveryState.FAILED, "folder": DeliveryState.SENT}
    assert store.attempts(digest.id) == {}


def test_a_disk_that_is_really_full_sends_nothing_twice(store: SqliteStore) -> None:
    """The database may grow no more: what fits is written, what does not is left out."""
    outbox(store, "mail", "chat")
    db = store._connections.database()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    clock = ManualClock(NOW)
    mail, chat = (Recorder([DeliveryError("4" * 3000, retry=True) for _ in range(4)]) for _ in range(2))
    for _look in range(12):
        try:
            deliver(store, {"mail": mail, "chat": chat}, forms, clock)
        except StoreError:
            clock.advance(HOUR)
        clock.advance(2 * HOUR)
    db.execute("PRAGMA max_page_count = 1000000")
    for _look in range(3):
        clock.advance(HOUR)
        deliver(store, {"mail": mail, "chat": chat}, forms, clock)
    assert states(store) == {"mail": DeliveryState.SENT, "chat": DeliveryState.SENT}
    assert (len(mail.letters), len(chat.letters)) == (1, 1)


def test_a_letter_that_kills_whoever_sends_it_is_given_up_and_handed_on(store: SqliteStore) -> None:
    outbox(store, "mail")
    mail, folder = Recorder([Killed() for _ in range(99)]), Recorder(recipients=("digests",))
    clock, deaths = ManualClock(NOW), 0
    while states(store)["mail"] is not DeliveryState.FAILED:
        try:
            deliver(store, {"mail": mail, "folder": folder}, forms, clock, otherwise={"mail": "folder"})
        except Killed:
            deaths += 1
        clock.advance(HOUR)
    assert deaths == len(WAITS) + 1
    assert [letter.note is None for letter in folder.letters] == [False]


class Crooked(dict[str, Recorder]):
    """Channels of which one breaks in a way of its own whenever it is looked at."""

    def __getitem__(self, name: str) -> Recorder:
        if name == "crooked":
            raise RuntimeError("a bug in a plug-in")
        return super().__getitem__(name)


@pytest.mark.parametrize("other", ["crooked", "gone"])
def test_another_channel_that_breaks_or_is_gone_leaves_the_failure_written_down(store: SqliteStore, other: str) -> None:
    outbox(store, "mail", "chat")
    ways = Crooked(mail=Recorder([NEVER]), chat=Recorder())
    deliver(store, ways, forms, ManualClock(NOW), otherwise={"mail": other})
    assert states(store) == {"mail": DeliveryState.FAILED, "chat": DeliveryState.SENT}


def test_a_channel_that_was_renamed_while_letters_waited_is_waited_for_and_given_up(store: SqliteStore) -> None:
    outbox(store, "mail", "chat")
    clock, chat = ManualClock(NOW), Recorder()
    deliver(store, {"chat": chat, "post": Recorder()}, forms, clock, otherwise={"post": "chat"})
    assert states(store) == {"mail": DeliveryState.PENDING, "chat": DeliveryState.SENT}
    for _hour in range(48):
        clock.advance(HOUR)
        deliver(store, {"chat": chat}, forms, clock, otherwise={})
    assert states(store)["mail"] is DeliveryState.FAILED
    assert len(chat.letters) == 1
