"""Weeks of listening on a virtual clock with random faults: the coverage report equals what truly happened.

A feed, an X and a Hacker News, made up but behind the real connectors and client libraries, publish all the while, and
everything that can happen to them happens. What is true is derived from that by :mod:`tests.walk.truth`, which has the
rules; during every fault and after it the ledger must say the same to the microsecond, and all that was published in covered time must be there, once.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.http import public_address
from bot.listen.collect import Desk, due_targets, poll
from bot.listen.coverage import Look, partition
from bot.listen.dedupe import StoryIndex
from bot.listen.matching import Matcher
from bot.listen.pause import set_paused
from bot.listen.query import parse_query
from bot.model import Allowance, Cursor, GapCause, Interval, Page, Query, ScoredMention, Source, Target, TargetState
from bot.ports import Connector, Deps
from bot.store.sqlite import SqliteStore, open_store
from connectors.hackernews import connect as connect_hackernews
from connectors.rss.feed import FeedConnector
from connectors.twitter import connect as connect_x
from tests.connectors.twitter_support import TOKEN
from tests.support.counts import FULL
from tests.support.wire import Wire
from tests.walk.stages import Blog, HackerNews, Stage, X
from tests.walk.truth import Part, Truth, merged

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
EVERY = 8 * HOUR
QUERIES = (parse_query("acme", "acme"),)
WORLDS = range(30) if FULL else range(1)
FAULTS = 40 if FULL else 24
THRIFT = 12
"""Reads a day while there is little money."""

CAUSES = {
    "outage": GapCause.DOWN,
    "html": GapCause.DOWN,
    "limited": GapCause.RATE_LIMIT,
    "blocked": GapCause.BLOCKED,
    "refused": GapCause.BLOCKED,
    "credit": GapCause.BUDGET,
}
"""What a platform's refusals are called."""
KINDS = {
    "blogs": ("outage", "html", "limited", "blocked", "refused", "paused", "burst"),
    "x": ("outage", "html", "limited", "blocked", "refused", "credit", "paused", "thrift"),
    "hn": ("outage", "html", "limited", "blocked", "paused", "flood"),
}


class KilledError(BaseException):
    """The process dies on the spot: nothing after it is run."""


@dataclass
class Mortal:
    """A connector whose process dies after a page was saved, when it is told to."""

    inner: Connector
    dies: bool = False

    @property
    def capabilities(self) -> frozenset[str]:
        return self.inner.capabilities

    @property
    def trainable(self) -> bool:
        return self.inner.trainable

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        for page in self.inner.fetch(queries, cursor, allowance):
            yield page
            if self.dies:
                raise KilledError


@dataclass
class World:
    """Three platforms, a clock, and everything that is true about them."""

    store: SqliteStore
    dice: random.Random
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    faults: Counter[str] = field(default_factory=Counter)
    thrift: bool = False
    lives: int = 0
    causes: set[GapCause] = field(default_factory=set)
    """Those that a report has named so far."""

    def __post_init__(self) -> None:
        self.truths = {name: Truth() for name in KINDS}
        clock, truths = self.clock, self.truths
        self.stages: dict[str, Stage] = {
            "blogs": Blog(clock, truths["blogs"]), "x": X(clock, truths["x"]), "hn": HackerNews(clock, truths["hn"])
        }  # fmt: skip
        hosts = {"blogs": "blogs.example", "x": "api.twitter.com", "hn": "hn.algolia.com"}
        wire = Wire({hosts[name]: stage.reply for name, stage in self.stages.items()})
        deps = Deps(wire.session, clock, lambda _options, _name: TOKEN)
        feed = "https://blogs.example/feed"
        connectors: dict[Target, Connector] = {
            Target("blogs", feed): FeedConnector(feed, public_address, deps, 1000),
            Target("x"): connect_x("x", {}, deps),
            Target("hn"): connect_hackernews("hn", {"page_size": 50}, deps),
        }
        self.paid = connectors[Target("x")]
        self.mortals = {target: Mortal(inner) for target, inner in connectors.items()}
        self.store.add_targets(tuple(connectors), START)
        for hours in range(30, 0, -3):
            self.stages["blogs"].say(START - hours * HOUR)

    def advance(self, until: datetime) -> None:
        """Time passes, and things are said meanwhile; at whole seconds, no two of a platform at the same one."""
        until = until.replace(microsecond=0) + (SECOND if until.microsecond else timedelta(0))
        for stage in self.stages.values():
            while stage.coming < until:
                stage.say(stage.coming)
                stage.coming = (stage.coming + stage.pace * self.dice.uniform(0.5, 1.5)).replace(microsecond=0)
        self.clock.set(max(until, self.clock.now()))

    def desk(self) -> Desk:
        """The process that runs now; after a kill it is another one."""
        connectors: dict[Target, Connector] = {**self.mortals}
        if self.thrift:
            connectors[Target("x")] = self.paid
        return Desk(
            store=self.store,
            clock=self.clock,
            sources={
                "blogs": Source("blogs", "rss", EVERY),
                "x": Source("x", "twitter", EVERY, reads_per_day=THRIFT if self.thrift else None),
                "hn": Source("hn", "hackernews", EVERY),
            },
            connectors=connectors,
            queries=QUERIES,
            matcher=Matcher(QUERIES),
            stories=StoryIndex(),
            owner=f"life-{self.lives}",
        )

    def state(self, source: str) -> TargetState:
        return next(state for state in self.store.target_states() if state.target.source == source)

    def live(self, until: datetime) -> bool:
        """The process runs until then and polls what is due, when it is due; False when it was killed before."""
        desk = self.desk()
        while (now := self.clock.now()) < until:
            for target in due_targets(desk):
                try:
                    self.poll(desk, target)
                except KilledError:
                    self.lives += 1
                    return False
            coming = [at for state in self.store.target_states() if (at := state.next_poll_at) and at > now]
            self.advance(min(until, max(now + self.dice.choice((5, 10, 20)) * MINUTE, min(coming, default=until))))
        return True

    def poll(self, desk: Desk, target: Target) -> None:
        """One poll, and what is true after it."""
        now, truth, stage = self.clock.now(), self.truths[target.source], self.stages[target.source]
        claims = len(truth.claims)
        truth.lasted(now, self.state(target.source).next_poll_at)
        stage.arrived = False
        if poll(desk, target) is None:
            del truth.claims[claims:]  # who holds it was killed a moment ago: nothing has happened
            return
        if (cause := CAUSES.get(stage.fault or "")) is not None:
            truth.ended(now, cause)
        elif stage.arrived:
            stage.completed()
            truth.ended(now, None)
        else:
            assert self.thrift, "nothing but a budget of ours keeps a poll from arriving"
            assert target.source == "x"
            truth.ended(now, GapCause.BUDGET, lasting=False)

    def pause(self, source: str, *, paused: bool) -> None:
        """Somebody pauses or resumes a source."""
        now = self.clock.now()
        self.truths[source].lasted(now, self.state(source).next_poll_at)
        set_paused(self.store, source, paused=paused, now=now)
        self.truths[source].paused(now, paused=paused)

    def begin(self, source: str, kind: str) -> None:
        """A fault begins."""
        self.faults[kind] += 1
        stage = self.stages[source]
        if kind in CAUSES:
            stage.fault = kind
        elif kind == "paused":
            self.pause(source, paused=True)
        elif kind == "thrift":
            self.thrift = True
        else:
            stage.rush()
            self.advance(self.clock.now() + 10 * MINUTE)

    def end(self, source: str, kind: str) -> None:
        """It ends; what only a person can mend is mended."""
        self.stages[source].fault = None
        if kind == "thrift":
            self.thrift = False
        if kind in {"paused", "blocked", "refused", "credit"}:
            self.pause(source, paused=False)

    def strike(self) -> None:
        """Faults of every source side by side, each from a time to a time; or one of the process."""
        now = self.clock.now()
        if (fate := self.dice.random()) < 0.25:
            length = self.length()
            if fate < 0.12:
                self.mortals[self.dice.choice(list(self.mortals))].dies = True
                self.live(now + 8 * HOUR)
                for mortal in self.mortals.values():
                    mortal.dies = False
            self.faults["killed" if fate < 0.12 else "stopped"] += 1
            self.advance(self.clock.now() + length)
        else:
            agenda = []
            for source, kinds in KINDS.items():
                kind = self.dice.choice(kinds)
                start = now + self.dice.uniform(0, 6) * HOUR
                agenda += [(start, self.begin, source, kind), (start + self.length(), self.end, source, kind)]
            for at, act, source, kind in sorted(agenda, key=lambda entry: entry[0]):
                self.live(at)
                _is_as_it_was(self)
                act(source, kind)
        _is_as_it_was(self)
        self.live(self.clock.now() + self.dice.uniform(0.1, 14) * HOUR)
        _is_as_it_was(self)

    def length(self) -> timedelta:
        """How long a fault lasts."""
        longest = self.dice.choices((20 * MINUTE, 5 * HOUR, 9 * HOUR, DAY, 2 * DAY, 8 * DAY), (3, 4, 4, 4, 2, 1))
        return longest[0] * self.dice.uniform(0.5, 1.5)

    def reported(self, target: Target) -> list[Part]:
        """The report of everything so far."""
        window, now = Interval(START - 9 * DAY, self.clock.now()), self.clock.now()
        covered = self.store.covered(window.start, window.end).get(target, ())
        gaps = self.store.gaps(window.start, window.end).get(target, ())
        found = partition(self.state(target.source), covered, gaps, window, now)
        return merged([(one.interval.start, one.interval.end, one.look, one.cause) for one in found])


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    store = open_store(tmp_path / "heard.db")
    yield World(store, random.Random(request.param))
    store.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("world", WORLDS, indirect=True)
def test_the_coverage_report_equals_what_happened(world: World) -> None:
    world.live(START + 2 * EVERY)
    while world.faults.total() < FAULTS:
        world.strike()
    world.live(world.clock.now() + 30 * HOUR)
    _is_as_it_was(world)
    for target in world.mortals:
        mentions = world.store.mentions(source=target.source)
        items = [one.mention.item if isinstance(one, ScoredMention) else one.item for one in mentions]
        kept = Counter(item.published_at for item in items)
        assert set(kept.values()) == {1}, "nothing is kept twice"
        parts = world.reported(target)
        seen = [(start, end) for start, end, look, _ in parts if look is Look.COVERED]
        due = {at for at in world.stages[target.source].published if any(start <= at < end for start, end in seen)}
        assert due <= kept.keys(), f"lost in what is called covered: {target}"
    assert len(world.causes) > 5, "the simulation is hard enough to lose something"


def _is_as_it_was(world: World) -> None:
    now = world.clock.now()
    for target in world.mortals:
        true = world.truths[target.source].parts(now, world.state(target.source).next_poll_at)
        reported = world.reported(target)
        assert all(one[1] == other[0] for one, other in pairwise(reported)), "no hole, no overlap"
        assert reported == true, f"{target}: {set(reported) ^ set(true)}"
        world.causes.update(cause for *_, cause in reported if cause is not None)
