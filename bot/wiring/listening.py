"""Listening, wired: what is due, polling it, scoring what is new, and how it is going."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from uuid import uuid4

from bot.digest.health import Coverage, Looked, coverage_of, health_rows
from bot.engines.language import identifier
from bot.listen.collect import Desk, collect, due_targets, remember_stories
from bot.listen.dedupe import StoryIndex
from bot.listen.matching import Matcher
from bot.model import PollReport, Query, Target, TargetState, Window
from bot.ports import Clock, Connector, SentimentEngine
from bot.score.alignment import LexicalMatcher
from bot.score.score_mentions import ScoringSettings, score_mentions
from bot.store.sqlite import SqliteStore
from config.settings import Settings

DAY = timedelta(days=1)
QUIET_COVERAGE = 0.9


def never() -> bool:
    """Nobody asks to stop."""
    return False


class Listening:
    """The listening desk of one configuration."""

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        clock: Clock,
        connectors: Mapping[Target, Connector],
        queries: tuple[Query, ...],
        engine: SentimentEngine,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._connectors = connectors
        self._queries = queries
        self._engine = engine

    def add_targets(self) -> None:
        """Makes rows for what is configured and not yet known."""
        self._store.add_targets(tuple(self._connectors), self._clock.now())

    def due(self, only: Sequence[str] = ()) -> tuple[Target, ...]:
        """What to poll now; everything of the sources in ``only``, due or not."""
        self.add_targets()
        return due_targets(self._desk(never), only)

    def next_poll(self) -> datetime | None:
        """When the next target falls due; None when none ever will."""
        coming = [state.next_poll_at for state in self._known() if state.next_poll_at]
        return min(coming, default=None)

    def collect(
        self, targets: Sequence[Target], *, workers: int = 1, stop: Callable[[], bool] = never
    ) -> Iterator[PollReport]:
        """Polls each target once; ``stop`` is asked after every page."""
        return collect(self._desk(stop), targets, workers)

    def score(self, progress: Callable[[int], None] | None = None) -> int:
        """Scores what is new or was made out of date by changed rules; how many mentions."""
        return score_mentions(self._store, self._scoring, self._clock.now(), progress=progress)

    def states(self) -> tuple[tuple[TargetState, float | None], ...]:
        """Each target's state with the share of the last 24 hours that it covered (None before its first poll)."""
        now = self._clock.now()
        covered = self._store.covered(now - DAY, now)
        rows: list[tuple[TargetState, float | None]] = []
        for state in self._known():
            seconds = sum((part.end - part.start).total_seconds() for part in covered.get(state.target, ()))
            rows.append((state, seconds / DAY.total_seconds() if state.since else None))
        return tuple(rows)

    def coverage(self) -> Coverage:
        """What was looked at over the last 24 hours, as a share and in words."""
        now = self._clock.now()
        window = Window(now - DAY, now, self._settings.timezone)
        return coverage_of(health_rows(self.looked(window, now)), QUIET_COVERAGE)

    def looked(self, window: Window, now: datetime) -> Looked:
        """What coverage of a window is told from."""
        return Looked(
            targets=self._known(),
            covered=self._store.covered(window.start, window.end),
            gaps=self._store.gaps(window.start, window.end),
            connectors={source.id: source.connector for source in self._settings.sources},
            window=window,
            now=now,
        )

    def _known(self) -> tuple[TargetState, ...]:
        """States of what is configured now; rows of sources that were taken out are left aside."""
        self.add_targets()
        return tuple(state for state in self._store.target_states() if state.target in self._connectors)

    def _desk(self, stop: Callable[[], bool]) -> Desk:
        return Desk(
            store=self._store,
            clock=self._clock,
            sources={source.id: source for source in self._settings.sources},
            connectors=self._connectors,
            queries=self._queries,
            matcher=self._matcher,
            stories=self._stories,
            owner=self._owner,
            stop=stop,
        )

    @cached_property
    def _scoring(self) -> ScoringSettings:
        return ScoringSettings(
            subjects=self._settings.subjects,
            messages=self._settings.messages,
            outlets=self._settings.outlets,
            weights=self._settings.weights,
            engine=self._engine,
            matcher=LexicalMatcher(),
            identifier=identifier(),
        )

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self._queries)

    @cached_property
    def _stories(self) -> StoryIndex:
        index = StoryIndex()
        remember_stories(self._store, index, self._clock.now())
        return index

    @cached_property
    def _owner(self) -> str:
        return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"
