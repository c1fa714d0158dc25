"""Weeks of listening on a virtual clock with random faults: the coverage report equals what truly happened.

A feed and an X, made up but behind the real connectors, publish all the while. The simulation knows which fault was
active when, which polls came through, and every item; the store's ledger is held against that.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.http import Http, HttpLimits, public_address
from bot.listen.collect import Desk, due_targets, poll
from bot.listen.coverage import Look, Stretch, partition
from bot.listen.dedupe import StoryIndex
from bot.listen.matching import Matcher
from bot.listen.pause import set_paused
from bot.listen.query import parse_query
from bot.model import Allowance, Cursor, GapCause, Interval, Page, Query, Source, Target
from bot.ports import Connector, Deps
from bot.store.sqlite import SqliteStore, open_store
from connectors.rss.feed import FeedConnector
from connectors.twitter import connect
from tests.connectors.twitter_support import SEARCH, TOKEN, MadeX, made_post
from tests.support.feedserver import FeedServer, Reply, Request, entry, rss
from tests.support.replay import Answer, ReplayServer
from tests.support.replay import Request as XRequest

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHOWN = 10
"""Entries of the feed."""
QUERIES = (parse_query("acme", "acme"),)
SEEDS = range(30)
FAULTS = 34

CAUSES = {
    "outage": GapCause.DOWN,
    "html": GapCause.DOWN,
    "limited": GapCause.RATE_LIMIT,
    "blocked": GapCause.BLOCKED,
    "refused": GapCause.BLOCKED,
    "credit": GapCause.BUDGET,
    "paused": GapCause.PAUSED,
    "stopped": GapCause.NOT_POLLED,
    "killed": GapCause.NOT_POLLED,
    "burst": GapCause.ROLLED_OVER,
}
LOST_PLACE = {"blogs": GapCause.ROLLED_OVER, "x": GapCause.STALE_CURSOR}
"""What each source itself can say: its listing no longer reaches back to the last poll."""
STATUS = {"outage": 503, "blocked": 403, "refused": 401, "limited": 429, "credit": 402}


class KilledError(BaseException):
    """The process dies on the spot: nothing after it is run."""


@dataclass(frozen=True)
class Fault:
    """What was done to a source, from when to when."""

    kind: str
    source: str
    during: Interval


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
    """Two platforms, a clock, and everything that is true about them."""

    store: SqliteStore
    feeds: FeedServer
    http: Http
    dice: random.Random
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    active: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    published: dict[str, list[datetime]] = field(default_factory=lambda: {"blogs": [], "x": []})
    successes: dict[str, list[datetime]] = field(default_factory=lambda: {"blogs": [], "x": []})
    lives: int = 0

    def __post_init__(self) -> None:
        self.x = MadeX(self.clock, page=10)
        self.queries = QUERIES
        self.address = self.feeds.add("/feed", self.feed)
        self.blogs, self.search = Target("blogs", self.address), Target("x")
        for hours in range(3 * SHOWN, 0, -3):
            self.say("blogs", START - hours * HOUR)

    def open(self, x_server: ReplayServer) -> None:
        """Connects both platforms."""
        deps = Deps(self.http.session, self.clock, lambda _options, _name: TOKEN)
        x_server.add("GET", SEARCH, answer=self.answer_x)
        self.mortals = {
            self.blogs: Mortal(FeedConnector(self.address, public_address, deps, 1000)),
            self.search: Mortal(connect("x", {"base_url": x_server.base_url}, deps)),
        }
        self.store.add_targets((self.blogs, self.search), START)

    def feed(self, _request: Request) -> Reply:
        """The feed as it is now: the newest few entries, or its present fault."""
        kind = self.active.get("blogs")
        if kind in STATUS:
            return Reply(STATUS[kind], {"Retry-After": "7200"} if kind == "limited" else {})
        if kind == "html":
            return Reply(200, {"Content-Type": "text/html"}, "<html>log in</html>")
        newest = list(enumerate(self.published["blogs"]))[: -SHOWN - 1 : -1]
        return Reply(body=rss(*(entry(f"acme {n}", guid=f"g{n}", date=format_datetime(at)) for n, at in newest)))

    def answer_x(self, request: XRequest) -> Answer:
        """X as it is now."""
        kind = self.active.get("x")
        if kind in STATUS:
            return Answer(STATUS[kind], {"retry-after": "7200"} if kind == "limited" else {}, {"title": kind})
        return Answer(200, {}, "<html>") if kind == "html" else self.x(request)

    def advance(self, step: timedelta) -> None:
        """Time passes, and things are said meanwhile."""
        until = self.clock.now() + step
        for source, mean in (("blogs", 3 * HOUR), ("x", HOUR)):
            at = self.clock.now()
            while (at := at + mean * self.dice.expovariate(1)) < until:
                self.say(source, at)
        self.clock.set(until)

    def say(self, source: str, at: datetime) -> None:
        """Something is published; no two at the same second."""
        at = at.replace(microsecond=0)
        if self.published[source] and at <= self.published[source][-1]:
            return
        self.published[source].append(at)
        if source == "x":
            self.x.posts.append(made_post(at))

    def desk(self) -> Desk:
        """The process that runs now; after a kill it is another one."""
        return Desk(
            store=self.store,
            clock=self.clock,
            sources={"blogs": Source("blogs", "rss", HOUR), "x": Source("x", "twitter", HOUR)},
            connectors=self.mortals,
            queries=QUERIES,
            matcher=Matcher(QUERIES),
            stories=StoryIndex(),
            owner=f"life-{self.lives}",
        )

    def live(self, length: timedelta) -> None:
        """The process runs for so long: polls what is due, when it is due."""
        until = self.clock.now() + length
        while (now := self.clock.now()) < until:
            desk = self.desk()
            for target in due_targets(desk):
                try:
                    report = poll(desk, target)
                except KilledError:
                    self.lives += 1
                    return
                if report is not None and report.error is None:
                    self.successes[target.source].append(now)
            self.advance(min(until - now, self.dice.choice((5, 10, 20)) * MINUTE))

    def strike(self) -> None:
        """One random fault from beginning to end, and some quiet hours after it."""
        source = self.dice.choice(("blogs", "x"))
        kind = self.dice.choice([kind for kind in CAUSES if source == "x" or kind != "credit"])
        length = self.dice.choice((20 * MINUTE, 3 * HOUR, DAY, 3 * DAY, 8 * DAY)) * self.dice.uniform(0.5, 1.5)
        began = self.clock.now()
        if kind == "burst":
            for _ in range(SHOWN + 5):
                self.say("blogs", self.clock.now())
                self.advance(timedelta(seconds=20))
        elif kind == "stopped":
            self.advance(length)
        elif kind == "killed":
            self.mortals[self.blogs if source == "blogs" else self.search].dies = True
            self.live(2 * HOUR)
            for mortal in self.mortals.values():
                mortal.dies = False
            self.advance(length)
        elif kind == "paused":
            set_paused(self.store, source, paused=True, now=began)
            self.live(length)
            set_paused(self.store, source, paused=False, now=self.clock.now())
        else:
            self.active[source] = kind
            self.live(length)
            del self.active[source]
            if kind in {"blocked", "refused", "credit"}:
                set_paused(self.store, source, paused=False, now=self.clock.now())
        both = kind in {"stopped", "killed"}
        ended = Interval(began, self.clock.now())
        self.faults += [Fault(kind, one, ended) for one in (("blogs", "x") if both else (source,))]
        self.live(self.dice.uniform(0.1, 30) * HOUR)

    def stretches(self, target: Target) -> tuple[Stretch, ...]:
        """The report of everything so far."""
        window, now = Interval(START - 9 * DAY, self.clock.now()), self.clock.now()
        state = next(state for state in self.store.target_states() if state.target == target)
        covered = self.store.covered(window.start, window.end).get(target, ())
        gaps = self.store.gaps(window.start, window.end).get(target, ())
        return partition(state, covered, gaps, window, now)


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    limits = HttpLimits(allow_networks=("127.0.0.0/8",), read_timeout=5)
    with FeedServer() as feeds, ReplayServer() as x_server, Http(limits) as http:
        store = open_store(tmp_path / "heard.db")
        made = World(store, feeds, http, random.Random(request.param))
        made.open(x_server)
        yield made
        store.close()


def may_be(world: World, source: str, moment: datetime) -> set[GapCause]:
    """The causes that can be true of a moment: of the faults between the successful polls on either side of it."""
    before = max((at for at in world.successes[source] if at <= moment), default=START)
    after = min((at for at in world.successes[source] if at > moment), default=world.clock.now())
    faults = [
        fault for fault in world.faults
        if fault.source == source and fault.during.start <= after and fault.during.end >= before
    ]  # fmt: skip
    causes = {CAUSES[fault.kind] for fault in faults}
    return causes | {LOST_PLACE[source]} if causes else set()


@pytest.mark.parametrize("world", SEEDS, indirect=True)
def test_the_coverage_report_equals_what_happened(world: World) -> None:
    world.live(6 * HOUR)
    for _ in range(FAULTS):
        world.strike()
    world.live(30 * HOUR)
    for target in (world.blogs, world.search):
        stretches = world.stretches(target)
        found = [one.item for one in _mentions(world.store, target.source)]
        kept = {item.published_at for item in found}
        assert len(found) == len({item.key for item in found}) == len(kept), "nothing is kept twice"

        for one, other in pairwise(stretches):
            assert one.interval.end == other.interval.start, "no hole, no overlap"
        assert all(one.look is not Look.PENDING for one in stretches[:-1]), "only the end can be pending"
        assert stretches[-1].interval.end == world.clock.now()

        lost = [at for at in world.published[target.source] if at >= stretches[0].interval.start and at not in kept]
        for at in lost:
            stretch = next(one for one in stretches if one.interval.start <= at < one.interval.end)
            assert stretch.look is not Look.COVERED, f"lost in what is called covered: {target.source} {at}"
        gaps = [one for one in stretches if one.look is Look.MISSED]
        for gap in gaps:
            for moment in (gap.interval.start, gap.interval.end - timedelta(microseconds=1)):
                assert gap.cause in may_be(world, target.source, moment), f"{target.source} {gap}"
        assert lost, "the simulation is hard enough to lose something"
        assert gaps


def _mentions(store: SqliteStore, source: str):
    from bot.model import ScoredMention

    return [one.mention if isinstance(one, ScoredMention) else one for one in store.mentions(source=source)]
