"""Listening, wired: what is due, polling it, scoring what is new, and how it is going."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import uuid4

from bot.digest.content.health import Coverage, Looked, coverage_of, health_rows
from bot.engines.language import identifier
from bot.listen.budget import put_off_first
from bot.listen.collect import LEASE, STORY_MEMORY, Desk, collect, due_targets, remember_stories
from bot.listen.coverage import with_growing
from bot.listen.dedupe import StoryIndex
from bot.listen.matching import Matcher
from bot.model import Interval, Mention, PollReport, Query, State, Target, TargetState, Window
from bot.ports import Clock, Connector, SentimentEngine
from bot.score.rescore import rescore
from bot.score.score_mentions import ScoringSettings, score_mentions, score_these
from bot.store.verbs import HeardStore
from bot.wiring.listen.judging import Judging
from bot.wiring.listen.money import money_notes, unread_posts
from bot.wiring.offers.code_queries import code_queries
from bot.wiring.score.rules import build_scoring
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
        store: HeardStore,
        clock: Clock,
        connectors: Mapping[Target, Connector],
        queries: tuple[Query, ...],
        engine: SentimentEngine,
        judging: Judging,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._connectors = connectors
        self._queries = queries
        self._engine = engine
        self._judging = judging
        self._stories = StoryIndex()
        self._matching: tuple[tuple[Query, ...], Matcher] | None = None
        self._caught_up: datetime | None = None
        self._held: tuple[Mapping[str, str], ScoringSettings] | None = None

    def add_targets(self) -> None:
        """Makes rows for what is configured and not yet known; who only reads does without."""
        self._store.add_targets(tuple(self._connectors), self._clock.now())

    def due(self, only: Sequence[str] = ()) -> tuple[Target, ...]:
        """What to poll now; everything of the sources in ``only``, due or not."""
        self.add_targets()
        return due_targets(self.desk(), only)

    def next_poll(self) -> datetime | None:
        """When the next target falls due; None when none ever will: all are paused or blocked."""
        coming = [
            state.next_poll_at for state in self.known() if state.next_poll_at and state.state is not State.PAUSED
        ]
        return min(coming, default=None)

    def collect(
        self,
        targets: Sequence[Target],
        *,
        workers: int = 1,
        stop: Callable[[], bool] = never,
        only_due: bool = False,
        patience: timedelta = LEASE,
    ) -> Iterator[PollReport]:
        """Polls each target once; ``stop`` is asked after every page.

        ``only_due`` leaves out those that another worker has polled meanwhile; ``patience`` is how long one host may
        keep a worker before the rest of its targets are left for the next time.
        """
        if targets:
            self.catch_up(stop)
        return collect(self.desk(stop), targets, workers, only_due=only_due, patience=patience)

    def let_go(self) -> None:
        """Gives targets in hand back, where the process ends without its polls: others need not wait for the leases."""
        self._store.give_back_all(self._owner)

    def untried(self, due: datetime) -> tuple[Target, ...]:
        """The targets to poll now that were due at ``due`` already and have not been tried since, or never yet."""
        tried = {
            state.target
            for state in self.known()
            if state.state is not State.NEW and state.next_poll_at and state.next_poll_at > due
        }
        return tuple(target for target in self.due() if target not in tried)

    def score(self, progress: Callable[[int], None] | None = None, *, stop: Callable[[], bool] = never) -> int:
        """Judges and scores what is new or has changed; how many mentions were scored.

        What was scored by other rules keeps its score: :class:`bot.wiring.score.rescoring.Rescoring` scores it anew.
        """
        self._judging.judge_anew(stop=stop)
        return score_mentions(self._store, self.scoring, self._clock.now(), progress=progress, stop=stop)

    def score_within(self, window: Window, *, stop: Callable[[], bool] = never) -> int:
        """Scores what was told in the window and has no score by the present rules, ahead of whatever waits; how many.

        So a digest never mixes scores of its own window by two sets of rules.
        """
        self._judging.judge_anew(stop=stop)
        desk = self._store, self.scoring, self._clock.now()
        new = score_these(*desk, self.unscored(window), stop=stop)
        return new + rescore(*desk, since=window.start, until=window.end, stop=stop)

    def unscored(self, window: Window) -> tuple[Mention, ...]:
        """What was told in the window and has no score; what its author took back is not waited for."""
        found = self._store.mentions(since=window.start, until=window.end)
        return tuple(one for one in found if isinstance(one, Mention) and not one.item.removed)

    def states(self) -> tuple[tuple[TargetState, float | None], ...]:
        """Each target's state, with gaps and share of coverage (None before its first poll) of the last 24 hours."""
        now = self._clock.now()
        covered, gaps = self._store.covered(now - DAY, now), self._store.gaps(now - DAY, now)
        rows: list[tuple[TargetState, float | None]] = []
        for state in self.known():
            seconds = sum((part.end - part.start).total_seconds() for part in covered.get(state.target, ()))
            share = seconds / DAY.total_seconds() if state.since else None
            at = covered.get(state.target, ()), gaps.get(state.target, ())
            rows.append((replace(state, gaps=with_growing(state, *at, Interval(now - DAY, now), now)), share))
        return tuple(rows)

    def coverage(self, start: datetime | None = None, end: datetime | None = None) -> Coverage:
        """What was looked at in ``[start, end)``, the last 24 hours unless told, as a share and in words."""
        now = self._clock.now()
        window = Window(start or now - DAY, end or now, self._settings.timezone)
        return coverage_of(health_rows(self.looked(window, now)), QUIET_COVERAGE)

    def looked(self, window: Window, now: datetime) -> Looked:
        """What coverage of a window is told from; gaps that are still growing are in it as far as they are known.

        What began a day after the window or later is not told of it: who looks back reads what was so at that time.
        """
        covered, gaps = self._store.covered(window.start, window.end), self._store.gaps(window.start, window.end)
        states = tuple(_as_of(state, window.end + DAY) for state in self.known())
        return Looked(
            targets=states,
            covered=covered,
            gaps={
                state.target: with_growing(
                    state, covered.get(state.target, ()), gaps.get(state.target, ()), window.interval, now
                )
                for state in states
            },
            connectors={source.id: source.connector for source in self._settings.sources},
            window=window,
            now=now,
            money=money_notes(self._store, self._settings.sources, window, gaps),
        )

    def unread(self) -> Mapping[str, int]:
        """By source: posts of the last 24 hours that were counted but not read, for want of money."""
        now = self._clock.now()
        window = Window(now - DAY, now, self._settings.timezone)
        return unread_posts(self._store, window, self.looked(window, now).gaps)

    def known(self) -> tuple[TargetState, ...]:
        """States of what is configured now, by source and feed; rows of sources that were taken out are left aside."""
        kept = {state.target: state for state in self._store.target_states()}
        named = sorted(self._connectors, key=lambda target: (target.source, target.feed))
        return tuple(kept.get(target) or TargetState(target, next_poll_at=self._clock.now()) for target in named)

    def catch_up(self, stop: Callable[[], bool] = never) -> None:
        """Takes in the stories that any process has collected since the last time; at first a fortnight of them."""
        now = self._clock.now()
        since = now - STORY_MEMORY
        if self._caught_up is not None and self._caught_up <= now:
            since = max(since, self._caught_up - LEASE)  # what another was about to save then is not missed
        remember_stories(self._store, self._stories, since, stop)
        if not stop():
            self._caught_up = now

    def desk(self, stop: Callable[[], bool] = never) -> Desk:
        """What use cases of listening are given."""
        return Desk(
            store=self._store,
            clock=self._clock,
            sources={source.id: source for source in self._settings.sources},
            connectors=self._connectors,
            queries=(queries := (*self._queries, *code_queries(self._settings, self._clock.now()))),
            matcher=self._matcher_of(queries),
            stories=self._stories,
            owner=self._owner,
            stop=stop,
            judge=self._judging.judge(),
            put_off=put_off_first(self._settings.subjects),
        )

    @property
    def scoring(self) -> ScoringSettings:
        """What scores are made by now; built anew when labels taught something, in whichever process."""
        versions = self._store.message_versions()
        if self._held is None or self._held[0] != versions:
            self._held = versions, build_scoring(self._settings, self._engine, self._store.message_models())
        return self._held[1]

    def _matcher_of(self, queries: tuple[Query, ...]) -> Matcher:
        """The matcher of the queries that hold now; made anew only when they change, as an offer begins or ends."""
        if self._matching is None or self._matching[0] != queries:
            self._matching = queries, Matcher(queries, identifier().identify)
        return self._matching[1]

    @cached_property
    def _owner(self) -> str:
        return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"


def _as_of(state: TargetState, moment: datetime) -> TargetState:
    """A target without a trouble that began at ``moment`` or after."""
    if state.since is None or state.since < moment:
        return state
    return replace(state, state=State.OK, since=None, failures=0, error=None, error_kind=None)
