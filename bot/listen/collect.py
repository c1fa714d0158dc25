"""The use case of listening: poll a target, keep what names a subject, and write down what was looked at.

Reads the schedule and leases from the store, asks connectors for pages, lets the rules match and group, and saves each
page with its cursor in one transaction. Whatever happens to one target, the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from queue import SimpleQueue
from threading import Lock
from urllib.parse import urlsplit

from bot.errors import BudgetSpent, SourceError, StoreError, Unavailable, Unreachable
from bot.listen.dedupe import StoryIndex
from bot.listen.matching import Matcher, mentions_of
from bot.listen.polling import (
    after_error,
    after_success,
    gap_after_error,
    is_adrift,
    is_due,
    unpolled,
)
from bot.listen.relevance.judge import Judge
from bot.listen.silence import silent_after
from bot.listen.spending import Books, Spending
from bot.model import (
    Cost,
    Cursor,
    Gap,
    Interval,
    Item,
    Mention,
    Page,
    PollReport,
    Query,
    Source,
    Stage,
    Target,
    TargetState,
)
from bot.ports import Clock, Connector, ListenStore, Paid

LEASE = timedelta(minutes=10)
"""How long a silent worker keeps a target before another may take it; every saved page renews it."""
REMEMBERED = 500
"""Stories are remembered this many items at a time: together they cost a third of one by one."""
STORY_MEMORY = timedelta(days=14)
"""Copies are looked for this far back (measurement §2.3)."""

log = logging.getLogger("heard.collect")


@dataclass(frozen=True, slots=True)
class Desk:
    """What a listening desk works with: ports, the compiled queries, and who it is among several workers."""

    store: Books
    clock: Clock
    sources: Mapping[str, Source]
    connectors: Mapping[Target, Connector]
    queries: Sequence[Query]
    matcher: Matcher
    stories: StoryIndex
    owner: str
    stop: Callable[[], bool] = lambda: False
    judge: Judge | None = None
    put_off: frozenset[str] = frozenset()
    """Subjects of lower priority, which are read less often when the money gets short."""
    writing: Lock = field(default_factory=Lock)


def remember_stories(
    store: ListenStore, index: StoryIndex, since: datetime, stop: Callable[[], bool] = lambda: False
) -> None:
    """Feeds a story index with what the store was given since then, by whichever process; harmless when repeated."""
    rows = store.story_candidates(since)
    while not stop() and (page := list(islice(rows, REMEMBERED))):
        index.remember(page)


def due_targets(desk: Desk, only: Sequence[str] = ()) -> tuple[Target, ...]:
    """The targets to poll now, most important first; those of the sources named in ``only`` whether due or not."""
    now = desk.clock.now()

    def wanted(state: TargetState) -> bool:
        if only:
            return state.target.source in only
        return _wants_poll(desk, state, now)

    due = [state for state in desk.store.target_states() if state.target in desk.connectors and wanted(state)]
    due.sort(key=lambda state: (-desk.sources[state.target.source].priority, state.next_poll_at or now))
    return tuple(state.target for state in due)


def _wants_poll(desk: Desk, state: TargetState, now: datetime) -> bool:
    return is_due(state, now) or is_adrift(state, now, desk.sources[state.target.source].every)


def collect(
    desk: Desk, targets: Iterable[Target], workers: int = 1, *, only_due: bool = False, patience: timedelta = LEASE
) -> Iterator[PollReport]:
    """Polls each target once and yields its report as it is done; one request at a time a host.

    ``only_due`` leaves out a target that another worker has polled since it was found to be due. A host may keep a
    worker for ``patience`` and the poll in hand; those of its targets that are left keep their place.
    """
    lanes: dict[str, list[Target]] = {}
    for target in targets:
        lanes.setdefault(urlsplit(target.feed).hostname or target.source, []).append(target)
    works = [_work(desk, lane, only_due=only_due, patience=patience) for lane in lanes.values()]
    if workers <= 1 or len(works) <= 1:
        for work in works:
            yield from work
    else:
        yield from _side_by_side(works, workers)


def _side_by_side(works: Sequence[Iterator[PollReport]], workers: int) -> Iterator[PollReport]:
    """The reports of all as they come. What is not begun when one fails, or nobody listens any more, is left."""
    done: SimpleQueue[PollReport | Future[None]] = SimpleQueue()

    def go_through(work: Iterator[PollReport]) -> None:
        for report in work:
            done.put(report)

    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="collect")
    try:
        for work in works:
            pool.submit(go_through, work).add_done_callback(done.put)
        running = len(works)
        while running:
            one = done.get()
            if isinstance(one, Future):
                one.result()
                running -= 1
            else:
                yield one
    finally:
        pool.shutdown(cancel_futures=True)


def _work(desk: Desk, targets: Sequence[Target], *, only_due: bool, patience: timedelta) -> Iterator[PollReport]:
    """Polls one host's targets in turn; when it cannot be reached, the rest keep their place for the next round."""
    until = desk.clock.now() + patience
    for done, target in enumerate(targets, 1):
        if desk.stop():
            return
        if desk.clock.now() > until:
            log.info("poll source=%s feed=%s slow host, left=%d", target.source, target.feed, len(targets[done - 1 :]))
            return
        report = poll(desk, target, only_due=only_due)
        if report is None:
            continue
        yield report
        if report.error_kind == Unreachable.__name__:
            if targets[done:]:
                log.info("poll source=%s feed=%s unreachable, left=%d", target.source, target.feed, len(targets[done:]))
            return


def poll(desk: Desk, target: Target, *, only_due: bool = False) -> PollReport | None:
    """Polls one target; None when another worker holds it, or (``only_due``) has polled it already."""
    now = desk.clock.now()
    state = desk.store.lease(target, desk.owner, now, now + LEASE)
    if state is None:
        return None
    if only_due and not _wants_poll(desk, state, now):
        desk.store.give_back(target, desk.owner)
        return None
    source = desk.sources[target.source]
    if missed := unpolled(state, now):
        desk.store.add_gaps(target, missed)  # before the poll: what it proves closes them again
    connector = desk.connectors[target]
    spending = Spending(desk.store, desk.clock, source, target, connector, desk.queries, desk.put_off)
    walk = _Walk(desk, target, state, spending)
    try:
        stage = _read(desk, walk, connector, spending)
    except SourceError as error:
        return walk.failed(error, source)
    except StoreError:
        raise  # no fault of the source, and nothing could be noted about it either
    except Exception as error:
        # A connector may only raise SourceError kinds, so this is a bug: seen in full, and the others go on.
        log.exception("poll source=%s feed=%s bug=%s", target.source, target.feed, type(error).__name__)
        bug = Unavailable(f"a bug in the connector: {type(error).__name__}: {error}. Please report it with the log.")
        return walk.failed(bug, source)
    return walk.counted(source) if stage is Stage.COUNTS else walk.finished(source, stage)


def _read(desk: Desk, walk: _Walk, connector: Connector, spending: Spending) -> Stage:
    """Reads what the budget allows, page by page; how much that was. Raises SourceError kinds."""
    allowance = spending.begin()
    if allowance.stage is Stage.COUNTS:
        return Stage.COUNTS
    try:
        for page in connector.fetch(desk.queries, walk.cursor, allowance):
            walk.take(page)
            if desk.stop():
                break
    except BudgetSpent as spent:
        if spent.until is None or not isinstance(connector, Paid):
            raise  # the platform's word, or there is nothing but reading
        allowance = spending.fall_back()
    return allowance.stage


class _Walk:
    """One poll's way through the pages: saves each, adds up, and closes with a report."""

    def __init__(self, desk: Desk, target: Target, state: TargetState, spending: Spending) -> None:
        self._desk, self._target, self._state = desk, target, state
        self._spending = spending
        self._trainable = desk.connectors[target].trainable
        self._report = PollReport(target, desk.clock.now(), state.state)
        self._come_back_after: timedelta | None = None
        self._gave_items = False

    @property
    def cursor(self) -> Cursor | None:
        """Where the connector goes on."""
        return self._state.cursor

    def take(self, page: Page) -> None:
        desk, now = self._desk, self._desk.clock.now()
        with desk.writing:
            mentions = mentions_on(desk, self._target, page.items, now)
            saved = desk.store.save_page(
                self._target,
                page,
                mentions,
                now,
                now + LEASE,
                owner=desk.owner,
                trainable=self._trainable,
                charge=self._spending.purse.take(),
            )
        if page.cursor is not None:
            self._state = replace(self._state, cursor=page.cursor)
        self._come_back_after = page.come_back_after or self._come_back_after
        read = len(page.items) + len(page.unread)
        self._gave_items = self._gave_items or read > 0
        report = self._report
        self._report = replace(
            report,
            fetched=report.fetched + read,
            matched=report.matched + len(mentions),
            new=report.new + saved.new,
            duplicates=report.duplicates + saved.duplicates,
            cost=report.cost + saved.cost,
            covered=_join(report.covered, page.covered),
        )

    def finished(self, source: Source, stage: Stage) -> PollReport:
        now = self._desk.clock.now()
        if self._gave_items:
            arrivals = self._desk.store.arrivals_of(self._target)
            self._state = replace(self._state, silent_after=silent_after(arrivals, found=not self._target.feed))
        thin = stage is not Stage.FULL
        return self._close(after_success(self._state, now, source.every, self._come_back_after, thin=thin), ())

    def counted(self, source: Source) -> PollReport:
        """Closes a poll that only counted: nothing was read since the last success, and that is a gap."""
        now = self._desk.clock.now()
        gap = gap_after_error(self._state, BudgetSpent("counted, not read"), now)
        state = after_success(self._state, now, source.every, None, thin=True)
        return self._close(replace(state, last_success=self._state.last_success), () if gap is None else (gap,))

    def failed(self, error: SourceError, source: Source) -> PollReport:
        now = self._desk.clock.now()
        gap = gap_after_error(self._state, error, now)
        return self._close(after_error(self._state, error, now, source.every), () if gap is None else (gap,))

    def _close(self, state: TargetState, gaps: tuple[Gap, ...]) -> PollReport:
        broke = state.error is not None
        report = replace(
            self._report,
            state=state.state,
            error_kind=state.error_kind,
            error=state.error,
            retry_at=state.next_poll_at if broke else None,
        )
        self._desk.store.finish_poll(report, state, gaps, owner=self._desk.owner)
        _log(report, self._state, state)
        return report


def mentions_on(desk: Desk, target: Target, items: Sequence[Item], now: datetime) -> list[Mention]:
    """The mentions in a page's items, each with its story and its relevance.

    Where they show that two stories are one, what is stored of the younger is moved.
    """
    found = [(item, mentions_of(desk.matcher, item, target.source, now)) for item in items]
    stories = iter(desk.stories.place([item for item, mentions in found if mentions], now))
    desk.store.join_stories(desk.stories.take_joined())
    placed = []
    for _, mentions in found:
        story = next(stories) if mentions else ""
        placed += [replace(mention, story=story) for mention in mentions]
    judge = desk.judge
    return [replace(mention, relevance=judge.judged(mention)) for mention in placed] if judge else placed


def _join(one: Interval | None, other: Interval | None) -> Interval | None:
    if one is None or other is None:
        return one or other
    return Interval(min(one.start, other.start), max(one.end, other.end))


def _log(report: PollReport, before: TargetState, after: TargetState) -> None:
    """One line a poll; a failure is a warning when it begins and a notice when it ends, not at every poll."""
    changed = before.state is not after.state
    level = logging.WARNING if changed and (report.error or after.state.is_broken) else logging.INFO
    cost: Cost = report.cost
    log.log(
        level,
        "poll source=%s feed=%s state=%s was=%s fetched=%d matched=%d new=%d duplicates=%d reads=%d usd=%.3f error=%s",
        report.target.source,
        report.target.feed or "-",
        report.state,
        before.state,
        report.fetched,
        report.matched,
        report.new,
        report.duplicates,
        cost.reads,
        cost.usd,
        report.error or "-",
    )
