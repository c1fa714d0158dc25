"""Polling, on a real database: connectors are made up, everything else is the product."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from bot.clock import ManualClock
from bot.errors import BudgetSpent, RateLimited, SourceError, StoreError, Unavailable, Unreachable
from bot.listen.collect import LEASE, Desk, collect, due_targets, poll
from bot.listen.dedupe import StoryIndex
from bot.listen.matching import Matcher
from bot.listen.query import parse_query
from bot.model import (
    Allowance,
    Cost,
    Cursor,
    GapCause,
    Interval,
    Page,
    PollReport,
    Query,
    Source,
    State,
    Target,
    TargetState,
    mention_of,
)
from bot.ports import Connector
from bot.store.sqlite import SqliteStore, open_store
from tests.support.database import empty_database
from tests.support.samples import DAY, HOUR, NOON, an_item

A, B, C = (Target("blogs", f"https://example.org/{name}") for name in "abc")
ELSEWHERE = Target("blogs", "https://example.net/d")
QUERIES = (parse_query("moon", "moon"),)


@dataclass
class Made:
    """A connector that yields what it was given, then raises what it was given."""

    pages: Sequence[Page] = ()
    error: Exception | None = None
    before_page: Callable[[], object] = lambda: None
    asked: list[tuple[Cursor | None, Allowance]] = field(default_factory=list)
    capabilities: frozenset[str] = frozenset()
    trainable: bool = True

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        assert queries == QUERIES
        self.asked.append((cursor, allowance))
        for page in self.pages:
            self.before_page()
            yield page
        if self.error is not None:
            raise self.error


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(empty_database(tmp_path))
    yield opened
    opened.close()


def desk_of(store: SqliteStore, connectors: dict[Target, Connector], **changes: object) -> Desk:
    store.add_targets(tuple(connectors), NOON)
    desk = Desk(
        store=store,
        clock=ManualClock(NOON),
        sources={target.source: Source(target.source, "made", HOUR) for target in connectors},
        connectors=connectors,
        queries=QUERIES,
        matcher=Matcher(QUERIES),
        stories=StoryIndex(),
        owner="me",
    )
    return replace(desk, **changes)


def state_of(store: SqliteStore, target: Target = A) -> TargetState:
    return next(state for state in store.target_states() if state.target == target)


def page(number: int, **more: object) -> Page:
    item = an_item(number, text=f"Moon number {number} of many, each one different {number * 7919}")
    return replace(Page(items=(item,), cursor={"at": number}), **more)


def polled(desk: Desk, target: Target = A) -> PollReport:
    report = poll(desk, target)
    assert report is not None
    return report


def test_a_poll_saves_every_page_and_reports_the_sum(store: SqliteStore) -> None:
    pages = [
        page(1, cost=Cost(2, 0.01), covered=Interval(NOON - HOUR, NOON)),
        page(2, cost=Cost(1, 0.005), covered=Interval(NOON - 2 * HOUR, NOON - HOUR), come_back_after=3 * HOUR),
        Page(items=(an_item(3, text="nothing of ours"),)),
    ]
    desk = desk_of(store, {A: Made(pages)})
    report = polled(desk)
    assert (report.fetched, report.matched, report.new, report.duplicates) == (3, 2, 2, 0)
    assert (report.state, report.cost.reads, report.covered) == (State.OK, 3, Interval(NOON - 2 * HOUR, NOON))
    state = state_of(store)
    assert (state.cursor, state.last_success) == ({"at": 2}, NOON)
    assert state.next_poll_at is not None
    assert state.next_poll_at >= NOON + 3 * HOUR, "the server's pace"
    assert polled(desk).duplicates == 2


def test_two_stories_that_turn_out_to_be_one_are_one_in_the_store_too(store: SqliteStore) -> None:
    said = "The moon is bright tonight, and everybody in the village came out to look at it"
    other = "A lecture on the far side of the moon is held in the old library on Friday"
    items = (
        an_item(1, text=said, url="https://example.org/moon/1"),
        an_item(2, text=other, url="https://example.org/moon/2"),
        an_item(3, text=other, url="https://example.org/moon/1"),
    )
    polled(desk_of(store, {A: Made([Page(items=(item,), cursor={"at": at}) for at, item in enumerate(items)])}))
    rows = [mention_of(row) for row in store.mentions()]
    assert len(rows) == 3
    assert len({row.story for row in rows}) == 1


def test_a_target_that_another_worker_holds_is_left_alone(store: SqliteStore) -> None:
    made = Made([page(1)])
    desk = desk_of(store, {A: made})
    store.lease(A, "another", NOON, NOON + LEASE)
    assert poll(desk, A) is None
    assert list(collect(desk, [A])) == []
    assert made.asked == []
    desk.clock.set(NOON + LEASE)
    assert polled(desk).new == 1


def test_two_workers_at_once_poll_each_target_once(tmp_path: Path, store: SqliteStore) -> None:
    targets = [Target("blogs", f"https://example.org/{n}") for n in range(8)]
    made = {target: Made([page(n)]) for n, target in enumerate(targets)}
    desk_of(store, made)
    together = Barrier(2)
    reports: list[PollReport] = []

    def work(owner: str) -> None:
        own = open_store(tmp_path / "heard.db")
        together.wait()
        reports.extend(collect(desk_of(own, made, owner=owner), due_targets(desk_of(own, made)), only_due=True))
        own.close()

    threads = [Thread(target=work, args=(name,)) for name in "xy"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # What the other has polled since it was found due is not polled again: on X each poll costs money.
    assert sorted(report.target.feed for report in reports) == sorted(target.feed for target in targets)
    assert sum(report.new for report in reports) == len(targets)
    assert all(store.lease(target, "next", NOON, NOON + LEASE) for target in targets), "every lease was given back"


def test_several_hosts_are_polled_at_the_same_time(store: SqliteStore) -> None:
    together = Barrier(2, timeout=10)
    made = {target: Made([page(n)], before_page=together.wait) for n, target in enumerate((A, ELSEWHERE))}
    assert {report.target for report in collect(desk_of(store, made), [A, ELSEWHERE], workers=2)} == {A, ELSEWHERE}


def test_reports_come_as_they_are_made_however_long_their_host_goes_on(store: SqliteStore) -> None:
    seen = Event()
    made = {
        A: Made([page(1)]),
        B: Made([page(2)], before_page=lambda: None if seen.wait(10) else pytest.fail("A's report was held back")),
        ELSEWHERE: Made([page(3)]),
    }
    reports = collect(desk_of(store, made), [A, B, ELSEWHERE], workers=2)
    assert {next(reports).target, next(reports).target} == {A, ELSEWHERE}
    seen.set()
    assert [report.target for report in reports] == [B]


def test_a_slow_host_keeps_a_worker_for_so_long_and_its_other_feeds_keep_their_turn(store: SqliteStore) -> None:
    made: dict[Target, Made] = {ELSEWHERE: Made([page(9)])}
    desk = desk_of(store, made)
    drags = [Target("blogs", f"https://example.org/{n}") for n in range(5)]
    made |= {
        target: Made([page(n)], before_page=lambda: desk.clock.advance(timedelta(seconds=40)))
        for n, target in enumerate(drags)
    }
    desk = replace(desk, connectors=made)
    store.add_targets(drags, NOON)
    reports = collect(desk, [*drags, ELSEWHERE], patience=timedelta(minutes=1))
    assert [report.target for report in reports] == [*drags[:2], ELSEWHERE]
    assert set(due_targets(desk)) == set(drags[2:])


def test_when_the_store_fails_what_was_not_begun_is_left(store: SqliteStore) -> None:
    hosts = [Target("blogs", f"https://{n}.example.org/") for n in range(50)]
    made = {target: Made([page(n)]) for n, target in enumerate(hosts)}
    desk = desk_of(store, made)
    store.close()
    with closing(sqlite3.connect(store.path)) as database:
        database.execute("DROP TABLE polls")
        database.commit()
    with pytest.raises(StoreError):
        list(collect(desk, hosts, workers=2))
    assert sum(len(one.asked) for one in made.values()) < len(hosts)


def test_asked_to_stop_the_page_in_hand_is_kept_and_no_other_begun(store: SqliteStore) -> None:
    stopped: list[bool] = []
    made = {A: Made([page(1), page(2)], before_page=lambda: stopped.append(True)), B: Made([page(3)])}
    desk = desk_of(store, made, stop=lambda: bool(stopped))
    (report,) = collect(desk, [A, B])
    assert (report.target, report.new, report.state) == (A, 1, State.OK)
    assert state_of(store).cursor == {"at": 1}
    assert made[B].asked == []
    assert store.lease(A, "next", NOON, NOON + LEASE) is not None, "the lease was given back"


def test_what_came_before_an_error_is_kept_with_its_cursor(store: SqliteStore) -> None:
    desk = desk_of(store, {A: Made([page(1)], RateLimited("wait", retry_at=NOON + 20 * timedelta(minutes=1)))})
    report = polled(desk)
    assert (report.new, report.state, report.retry_at) == (1, State.RATE_LIMITED, NOON + 20 * timedelta(minutes=1))
    assert state_of(store).cursor == {"at": 1}


@pytest.mark.parametrize("error", [Unavailable("down"), ValueError("a bug"), SourceError("odd")])
def test_whatever_happens_to_one_target_the_others_of_its_host_go_on(store: SqliteStore, error: Exception) -> None:
    desk = desk_of(store, {A: Made(error=error), B: Made([page(1)])})
    assert [report.state for report in collect(desk, [A, B])] == [State.FAILING, State.OK]


@pytest.mark.parametrize("workers", [1, 4])
def test_a_host_that_hangs_is_waited_for_once_a_round_and_its_other_feeds_keep_their_turn(
    store: SqliteStore, workers: int
) -> None:
    made = {A: Made(error=Unreachable("hangs")), B: Made(error=Unreachable("hangs")), C: Made(), ELSEWHERE: Made()}
    desk = desk_of(store, made)
    first = {report.target: report.state for report in collect(desk, due_targets(desk), workers)}
    assert first == {A: State.FAILING, ELSEWHERE: State.OK}
    assert (state_of(store, B), state_of(store, C)) == tuple(
        TargetState(target, State.NEW, next_poll_at=NOON) for target in (B, C)
    )
    assert due_targets(desk) == (B, C)
    made[B].error = None
    assert [report.target for report in collect(desk, due_targets(desk), workers)] == [B, C]


def test_a_bug_in_a_connector_is_a_failure_with_a_trace_in_the_log(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        report = polled(desk_of(store, {A: Made([page(1)], ZeroDivisionError("oops"))}))
    assert (report.new, report.state, report.error_kind) == (1, State.FAILING, "Unavailable")
    assert "bug in the connector: ZeroDivisionError: oops" in str(report.error)
    assert caplog.records[0].exc_info is not None


def test_a_fault_of_the_database_is_no_fault_of_the_source(store: SqliteStore) -> None:
    with pytest.raises(StoreError):
        polled(desk_of(store, {A: Made(error=StoreError("the disk is full"))}))
    assert state_of(store).state is State.NEW


def budgeted(store: SqliteStore, made: Made, **budget: object) -> Desk:
    return desk_of(store, {A: made}, sources={"blogs": replace(Source("blogs", "made", HOUR), **budget)})


@pytest.mark.parametrize(
    ("budget", "until"),
    [
        ({"reads_per_day": 3}, datetime.fromisoformat("2026-03-11T00:00Z")),
        ({"usd_per_month": 0.015}, datetime.fromisoformat("2026-04-01T00:00Z")),
    ],
)
def test_a_budget_is_handed_down_and_once_spent_nothing_is_asked_until_it_is_renewed(
    store: SqliteStore, budget: dict[str, float], until: datetime
) -> None:
    made = Made([page(1, cost=Cost(2, 0.010)), page(2, cost=Cost(1, 0.005))])
    desk = budgeted(store, made, **budget)
    assert polled(desk).state is State.OK
    assert made.asked == [(None, Allowance(budget.get("reads_per_day"), budget.get("usd_per_month")))]
    desk.clock.advance(HOUR)
    report = polled(desk)
    assert (report.state, report.fetched, report.retry_at) == (State.OUT_OF_CREDIT, 0, until)
    assert len(made.asked) == 1, "the platform was not asked"
    assert [gap.cause for gap in store.gaps(NOON, NOON + DAY)[A]] == [GapCause.BUDGET]
    desk.clock.set(until)
    assert due_targets(desk) == (A,)
    polled(desk)
    assert len(made.asked) == 2


def test_a_budget_that_ends_between_pages_stops_there_and_keeps_what_was_paid_for(store: SqliteStore) -> None:
    made = Made([page(1, cost=Cost(2, 0.01))], BudgetSpent("today's reads are used up", until=NOON + 12 * HOUR))
    report = polled(budgeted(store, made, reads_per_day=3))
    assert (report.state, report.new, report.cost.reads) == (State.OUT_OF_CREDIT, 1, 2)
    assert store.spent("blogs", NOON - DAY).reads == 2
    assert state_of(store).cursor == {"at": 1}


def test_the_sources_named_are_polled_due_or_not_and_the_important_first(store: SqliteStore) -> None:
    other = Target("x")
    desk = desk_of(store, {A: Made(), other: Made()})
    desk = replace(desk, sources={**desk.sources, "x": Source("x", "made", HOUR, priority=5)})
    assert due_targets(desk) == (other, A)
    list(collect(desk, [A, other]))
    assert due_targets(desk) == ()
    assert due_targets(desk, ["blogs"]) == (A,)


def test_a_paused_target_waits_and_a_blocked_one_that_is_resumed_is_due(store: SqliteStore) -> None:
    desk = desk_of(store, {A: Made()})
    store.set_paused("blogs", True, NOON)
    assert due_targets(desk) == ()
    store.set_paused("blogs", False, NOON + HOUR)
    assert due_targets(desk) == ()
    desk.clock.advance(HOUR)
    assert due_targets(desk) == (A,)


def test_a_clock_that_ran_ahead_silences_nobody_once_it_is_put_right(store: SqliteStore) -> None:
    desk = desk_of(store, {A: Made([page(1, covered=Interval(NOON, NOON + 1400 * DAY))])})
    desk.clock.set(NOON + 1400 * DAY)
    polled(desk)
    desk.clock.set(NOON + HOUR)
    assert due_targets(desk) == (A,)
    desk.connectors[A].pages = ()
    polled(desk)
    assert store.covered(NOON, NOON + HOUR) == {A: ()}
    assert due_targets(desk) == ()
    assert state_of(store).last_success == NOON + HOUR
