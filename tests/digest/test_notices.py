"""One notice when a source breaks and one when it is well again: on a real database, told minute by minute."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ManualClock
from bot.digest.notices.incidents import GATHER, SETTLE
from bot.digest.notices.sources import Desk, announce_due, notice_html, notice_text
from bot.digest.sending.deliver import Forms, deliver
from bot.errors import (
    AccessDenied,
    BudgetSpent,
    DeliveryError,
    Outdated,
    RateLimited,
    SourceError,
    Unauthorised,
    Unavailable,
)
from bot.listen.polling import after_error, after_success
from bot.model import Delivery, DeliveryState, Letter, Notice, NoticeKind, PollReport, State, Target
from bot.store.sqlite import SqliteStore
from tests.support.database import store_in_memory

NOW = datetime(2026, 3, 10, 4, 10, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REDDIT = Target("reddit")
FEEDS = [Target("blogs", f"https://one.example/{n}") for n in range(50)]
OTHERS = [Target("blogs", f"https://site-{n}.example/feed") for n in range(3)]
DESK = Desk({"reddit": "Reddit", "blogs": "Blogs"}, [("ops-mail", "ops@example.org")], "UTC")


@dataclass
class Watch:
    """A store, a clock, and polls as the collector writes them."""

    store: SqliteStore
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    told: list[Notice] = field(default_factory=list)

    def poll(self, target: Target, error: SourceError | None = None) -> None:
        now = self.clock.now()
        state = self.store.lease(target, "me", now, now + HOUR)
        assert state is not None
        after = after_success(state, now, HOUR, None) if error is None else after_error(state, error, now, HOUR)
        # In these tests a target is polled when the test says so: never overdue by its own schedule.
        after = replace(after, next_poll_at=None if after.next_poll_at is None else now + 9 * DAY)
        self.store.finish_poll(PollReport(target, now, after.state), after, (), owner="me")

    def wait(self, length: timedelta, step: timedelta = MINUTE) -> None:
        until = self.clock.now() + length
        while self.clock.now() < until:
            self.clock.advance(min(step, until - self.clock.now()))
            self.told += announce_due(self.store, DESK, self.clock.now())

    @property
    def kinds(self) -> list[str]:
        return [notice.kind.value for notice in self.told]


@pytest.fixture
def watch() -> Iterator[Watch]:
    store = store_in_memory()
    store.add_targets([REDDIT, *FEEDS, *OTHERS], NOW)
    yield Watch(store)
    store.close()


@pytest.mark.parametrize("error", [AccessDenied("403"), Unauthorised("401"), BudgetSpent("402")])
def test_what_needs_a_person_is_told_at_once_and_once_and_so_is_its_end(watch: Watch, error: SourceError) -> None:
    watch.poll(REDDIT)
    watch.poll(REDDIT, error)
    watch.wait(MINUTE)
    assert watch.kinds == ["broke"]
    for _ in range(5):
        watch.poll(REDDIT, error)
        watch.wait(HOUR)
    watch.poll(REDDIT)
    watch.wait(SETTLE - 2 * MINUTE)
    assert watch.kinds == ["broke"]
    watch.wait(DAY)
    assert watch.kinds == ["broke", "recovered"]
    assert watch.store.incidents() == ()


def test_a_fault_that_passes_is_not_told_and_one_that_lasts_is(watch: Watch) -> None:
    for _ in range(4):
        watch.poll(REDDIT, Unavailable("503"))
        watch.wait(10 * MINUTE)
        watch.poll(REDDIT, Unavailable("503"))
        watch.wait(10 * MINUTE)
        watch.poll(REDDIT)
        watch.wait(HOUR)
    assert watch.told == []
    watch.poll(REDDIT, Unavailable("503"))
    watch.wait(HOUR + MINUTE)
    assert watch.kinds == ["broke"]
    watch.poll(REDDIT, Unavailable("503"))
    watch.poll(REDDIT, RateLimited("wait", retry_at=NOW))
    watch.poll(REDDIT, Unavailable("503"))
    watch.wait(HOUR)
    assert watch.kinds == ["broke"]


def test_a_rate_limit_is_never_told(watch: Watch) -> None:
    watch.poll(REDDIT, RateLimited("wait", retry_at=NOW))
    watch.wait(DAY)
    assert watch.told == []


def test_fifty_feeds_of_a_host_that_is_down_are_one_notice_and_their_recovery_another(watch: Watch) -> None:
    for round_ in range(3):
        for feed in FEEDS[:40]:
            watch.poll(feed, Unavailable(f"round {round_}"))
        watch.wait(5 * MINUTE)
    watch.wait(GATHER)
    assert watch.kinds == ["broke"]
    assert watch.told[0].subject_line.startswith("40 feeds of Blogs failing since Tue 04:10")
    for _ in range(3):
        for feed in FEEDS[40:]:
            watch.poll(feed, Unavailable("late"))
    watch.wait(2 * HOUR)
    assert watch.kinds == ["broke"], "the rest of the host belong to what was told"
    for feed in FEEDS:
        watch.poll(feed)
        watch.wait(MINUTE)
    watch.wait(DAY)
    assert watch.kinds == ["broke", "recovered"]
    assert len(watch.told[1].incidents) == 50


def test_feeds_that_break_one_after_the_other_are_told_together_once_an_hour(watch: Watch) -> None:
    for feed in OTHERS:
        watch.poll(feed, AccessDenied("403"))
        watch.wait(15 * MINUTE)
    assert watch.kinds == ["broke"]
    watch.wait(HOUR)
    assert watch.kinds == ["broke", "broke"]
    assert [len(notice.incidents) for notice in watch.told] == [1, 2]


def test_a_feed_that_stays_broken_holds_the_others_up_for_a_day_only(watch: Watch) -> None:
    for feed in OTHERS:
        watch.poll(feed, AccessDenied("403"))
    watch.wait(HOUR)
    for feed in OTHERS[:2]:
        watch.poll(feed)
    watch.wait(23 * HOUR)
    assert watch.kinds == ["broke"]
    watch.wait(2 * HOUR)
    assert [len(notice.incidents) for notice in watch.told] == [3, 2]


def test_flapping_is_told_ever_less_often(watch: Watch) -> None:
    for _ in range(7 * 24 // 3):
        for _ in range(3):
            watch.poll(REDDIT, Unavailable("503"))
        watch.wait(HOUR, 5 * MINUTE)
        watch.poll(REDDIT)
        watch.wait(2 * HOUR, 5 * MINUTE)
    assert 2 <= len(watch.told) <= 7, watch.kinds
    assert watch.kinds == (["broke", "recovered"] * 9)[: len(watch.told)], "strictly in turn"


def test_a_source_that_a_person_paused_is_not_told(watch: Watch) -> None:
    watch.poll(REDDIT, AccessDenied("403"))
    watch.store.set_paused("reddit", True, watch.clock.now())
    watch.wait(DAY)
    assert watch.told == []


def test_after_a_time_asleep_nothing_is_told_before_it_was_polled_again(watch: Watch) -> None:
    now = watch.clock.now()
    state = watch.store.lease(REDDIT, "me", now, now + HOUR)
    assert state is not None
    failing = after_error(state, Unavailable("503"), now, HOUR)
    watch.store.finish_poll(PollReport(REDDIT, now, failing.state), failing, (), owner="me")
    watch.clock.advance(3 * DAY)
    watch.wait(HOUR)
    assert watch.told == []


def test_silence_is_told_once_and_ends_with_news(watch: Watch) -> None:
    now = watch.clock.now()
    state = watch.store.lease(REDDIT, "me", now, now + HOUR)
    assert state is not None
    quiet = replace(after_success(replace(state, silent_after=now - HOUR), now, HOUR, None), next_poll_at=now + 9 * DAY)
    watch.store.finish_poll(PollReport(REDDIT, now, State.SILENT), quiet, (), owner="me")
    watch.wait(2 * DAY)
    assert watch.kinds == ["broke"]
    assert "nothing new has come for longer than ever before" in notice_text(watch.told[0])


def test_however_it_goes_break_and_recovery_take_turns(watch: Watch) -> None:
    dice = random.Random(7)
    errors = (AccessDenied("403"), Unavailable("503"), RateLimited("wait", retry_at=NOW), BudgetSpent("402"))
    for _ in range(150):
        watch.poll(REDDIT, None if dice.random() < 0.5 else dice.choice(errors))
        watch.wait(dice.choice((MINUTE, 20 * MINUTE, 3 * HOUR)), 5 * MINUTE)
    assert watch.kinds == (["broke", "recovered"] * 99)[: len(watch.told)]
    assert len(watch.told) >= 3


def test_a_notice_says_what_where_since_when_what_it_means_and_what_to_do(watch: Watch) -> None:
    watch.poll(REDDIT, Unauthorised("Reddit refuses <b>the</b> credentials\x1b[2J"))
    watch.wait(MINUTE)
    text = notice_text(watch.told[0])
    assert text.startswith("Reddit refusing the credentials since Tue 04:10\n")
    assert "Mentions on Reddit since Tue 04:10 are missing until it is read again" in text
    assert "heard sources resume reddit" in text
    assert "\x1b" not in text
    assert "<b>the" not in notice_html(watch.told[0])


def test_feeds_that_broke_in_different_ways_are_told_apart(watch: Watch) -> None:
    watch.poll(FEEDS[0], AccessDenied("answered 410: the feed is gone for good"))
    watch.poll(FEEDS[1], AccessDenied("answered 403"))
    watch.poll(FEEDS[2], Unauthorised("wrong password"))
    watch.wait(GATHER + MINUTE)
    (notice,) = watch.told
    assert notice.subject_line.startswith("3 feeds of Blogs: ")
    assert "2 blocked" in notice.subject_line
    assert all(row["since"].endswith("Z") for row in notice.body["targets"])


def test_two_processes_tell_it_once(watch: Watch) -> None:
    watch.poll(REDDIT, AccessDenied("403"))
    watch.wait(MINUTE)
    (notice,) = watch.told
    with pytest.raises(Outdated):
        watch.store.announce(replace(notice, id="notice-other"), ())
    assert [kept.id for kept, _ in watch.store.notices(9)] == [notice.id]
    assert watch.store.integrity_check() == ()


@dataclass
class Post:
    """A channel that remembers, and fails as it is told."""

    fails: int = 0
    letters: list[Letter] = field(default_factory=list)

    @property
    def recipients(self) -> tuple[str, ...]:
        return ("ops@example.org",)

    def send(self, letter: Letter) -> None:
        if self.fails:
            self.fails -= 1
            raise DeliveryError("busy", retry=True)
        self.letters.append(letter)


def test_a_notice_goes_out_by_the_outbox_with_one_lasting_id_and_is_tried_again(watch: Watch) -> None:
    def never(_digest: object, _recipient: str) -> Forms:
        raise AssertionError("no digest here")

    watch.poll(REDDIT, AccessDenied("403"))
    watch.wait(MINUTE)
    post = Post(fails=1)
    (first,) = deliver(watch.store, {"ops-mail": post}, never, watch.clock)
    assert (first.state, first.attempts) == (DeliveryState.PENDING, 1)
    watch.wait(5 * MINUTE)
    (second,) = deliver(watch.store, {"ops-mail": post}, never, watch.clock)
    assert (second.state, second.key) == (DeliveryState.SENT, watch.told[0].id)
    (letter,) = post.letters
    assert (letter.key, letter.subject_line) == (first.key, "Reddit blocked since Tue 04:10")
    assert letter.text == notice_text(watch.told[0])
    ((_, deliveries),) = watch.store.notices(1)
    assert [one.state for one in deliveries] == [DeliveryState.SENT]
    assert deliver(watch.store, {"ops-mail": post}, never, watch.clock) == ()
    assert watch.store.digests(9) == ()


def test_a_notice_whose_sender_died_comes_back_in_doubt(watch: Watch) -> None:
    watch.poll(REDDIT, AccessDenied("403"))
    watch.wait(MINUTE)
    now = watch.clock.now()
    (claimed,) = watch.store.claim_deliveries(now, 9, now - HOUR)
    (again,) = watch.store.claim_deliveries(now + HOUR, 9, now + MINUTE)
    assert again == Delivery(**{**_fields(claimed), "state": DeliveryState.IN_DOUBT, "attempts": 1})
    assert claimed.notice == watch.told[0].id
    assert watch.told[0].kind is NoticeKind.BROKE


def _fields(delivery: Delivery) -> dict[str, object]:
    return {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__}
