"""The use case of listening: poll a target, keep what names a subject, and write down what was looked at.

Reads the schedule and leases from the store, asks connectors for pages, lets the rules match and group, and saves each
page with its cursor in one transaction. Whatever happens to one target, the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from bot.errors import SourceError, StoreError, Unavailable, Unreachable
from bot.listen.dedupe import StoryIndex
from bot.listen.matching import Matcher, mentions_of
from bot.listen.polling import (
    after_error,
    after_success,
    allowance,
    day_start,
    gap_after_error,
    is_adrift,
    is_due,
    month_start,
    refuse_if_spent,
)
from bot.model import Cost, Gap, Interval, Item, Mention, Page, PollReport, Query, Source, Target, TargetState
from bot.ports import Clock, Connector, ListenStore

LEASE = timedelta(minutes=10)
"""How long a silent worker keeps a target before another may take it; every saved page renews it."""
STORY_MEMORY = timedelta(days=14)
"""Copies are looked for this far back (measurement §2.3)."""

log = logging.getLogger("heard.collect")


@dataclass(frozen=True, slots=True)
class Desk:
    """What a listening desk works with: ports, the compiled queries, and who it is among several workers."""

    store: ListenStore
    clock: Clock
    sources: Mapping[str, Source]
    connectors: Mapping[Target, Connector]
    queries: Sequence[Query]
    matcher: Matcher
    stories: StoryIndex
    owner: str
    stop: Callable[[], bool] = lambda: False
    writing: Lock = field(default_factory=Lock)


def remember_stories(store: ListenStore, index: StoryIndex, since: datetime) -> None:
    """Feeds a story index with what the store was given since then, by whichever process; harmless when repeated."""
    for story, key, url, text, seen in store.story_candidates(since):
        index.remember(story, key, url, text, seen)


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


def collect(desk: Desk, targets: Iterable[Target], workers: int = 1, *, only_due: bool = False) -> Iterator[PollReport]:
    """Polls each target once and yields its report as it is done; one request at a time a host.

    ``only_due`` leaves out a target that another worker has polled since it was found to be due.
    """
    lanes: dict[str, list[Target]] = {}
    for target in targets:
        lanes.setdefault(urlsplit(target.feed).hostname or target.source, []).append(target)
    if workers <= 1 or len(lanes) <= 1:
        for lane in lanes.values():
            yield from _work(desk, lane, only_due=only_due)
        return
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="collect") as pool:
        running = {pool.submit(_work_through, desk, lane, only_due=only_due) for lane in lanes.values()}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield from future.result()


def _work(desk: Desk, targets: Sequence[Target], *, only_due: bool) -> Iterator[PollReport]:
    """Polls one host's targets in turn; when it cannot be reached, the rest keep their place for the next round."""
    for done, target in enumerate(targets, 1):
        if desk.stop():
            return
        report = poll(desk, target, only_due=only_due)
        if report is None:
            continue
        yield report
        if report.error_kind == Unreachable.__name__:
            if targets[done:]:
                log.info("poll source=%s feed=%s unreachable, left=%d", target.source, target.feed, len(targets[done:]))
            return


def _work_through(desk: Desk, targets: Sequence[Target], *, only_due: bool) -> list[PollReport]:
    return list(_work(desk, targets, only_due=only_due))


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
    walk = _Walk(desk, target, state)
    try:
        left = allowance(
            source,
            desk.store.spent(source.id, day_start(now)),
            desk.store.spent(source.id, month_start(now)),
        )
        refuse_if_spent(left, now)
        for page in desk.connectors[target].fetch(desk.queries, state.cursor, left):
            walk.take(page)
            if desk.stop():
                break
    except SourceError as error:
        return walk.failed(error, source)
    except StoreError:
        raise  # no fault of the source, and nothing could be noted about it either
    except Exception as error:
        # A connector may only raise SourceError kinds, so this is a bug: seen in full, and the others go on.
        log.exception("poll source=%s feed=%s bug=%s", target.source, target.feed, type(error).__name__)
        bug = Unavailable(f"a bug in the connector: {type(error).__name__}: {error}. Please report it with the log.")
        return walk.failed(bug, source)
    return walk.finished(source)


class _Walk:
    """One poll's way through the pages: saves each, adds up, and closes with a report."""

    def __init__(self, desk: Desk, target: Target, state: TargetState) -> None:
        self._desk, self._target, self._state = desk, target, state
        self._trainable = desk.connectors[target].trainable
        self._report = PollReport(target, desk.clock.now(), state.state)
        self._come_back_after: timedelta | None = None

    def take(self, page: Page) -> None:
        desk, now = self._desk, self._desk.clock.now()
        with desk.writing:
            mentions = [mention for item in page.items for mention in self._mentions(item, now)]
            saved = desk.store.save_page(
                self._target, page, mentions, now, now + LEASE, owner=desk.owner, trainable=self._trainable
            )
        if page.cursor is not None:
            self._state = replace(self._state, cursor=page.cursor)
        self._come_back_after = page.come_back_after or self._come_back_after
        report = self._report
        self._report = replace(
            report,
            fetched=report.fetched + len(page.items),
            matched=report.matched + len(mentions),
            new=report.new + saved.new,
            duplicates=report.duplicates + saved.duplicates,
            cost=report.cost + page.cost,
            covered=_join(report.covered, page.covered),
        )

    def _mentions(self, item: Item, now: datetime) -> tuple[Mention, ...]:
        found = mentions_of(self._desk.matcher, item, self._target.source, now)
        if not found:
            return ()
        story = self._desk.stories.place(item, now)
        return tuple(replace(mention, story=story) for mention in found)

    def finished(self, source: Source) -> PollReport:
        now = self._desk.clock.now()
        return self._close(after_success(self._state, now, source.every, self._come_back_after), ())

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


def _join(one: Interval | None, other: Interval | None) -> Interval | None:
    if one is None or other is None:
        return one or other
    return Interval(min(one.start, other.start), max(one.end, other.end))


def _log(report: PollReport, before: TargetState, after: TargetState) -> None:
    """One line a poll; a failure is a warning when it begins and a notice when it ends, not at every poll."""
    changed = before.state is not after.state
    level = logging.WARNING if report.error and changed else logging.INFO
    cost: Cost = report.cost
    log.log(
        level,
        "poll source=%s feed=%s state=%s%s fetched=%d matched=%d new=%d duplicates=%d reads=%d usd=%.3f error=%s",
        report.target.source,
        report.target.feed or "-",
        report.state,
        f" was={before.state}" if changed else "",
        report.fetched,
        report.matched,
        report.new,
        report.duplicates,
        cost.reads,
        cost.usd,
        report.error or "-",
    )
