"""A listening desk with one paid source: the real X connector over the real HTTP seam, an X that bills, a real store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import ManualClock
from bot.http import Http, HttpLimits
from bot.listen.collect import Desk
from bot.listen.dedupe import StoryIndex
from bot.listen.matching import Matcher
from bot.listen.query import parse_query
from bot.model import Source, Target, TargetState
from bot.ports import Deps
from bot.store.sqlite import SqliteStore, open_store
from connectors.twitter import TwitterSearch, connect
from tests.support.billingx import BillingX, made_posts
from tests.support.replay import ReplayServer

X = Target("x")
QUERIES = (parse_query("acme", "acme"), parse_query("rival", "rival"))


@dataclass
class PaidDesk:
    """What a test holds."""

    store: SqliteStore
    x: BillingX
    clock: ManualClock
    desk: Desk
    connector: TwitterSearch
    server: ReplayServer

    @property
    def state(self) -> TargetState:
        return next(state for state in self.store.target_states() if state.target == X)


@contextmanager
def paid_desk(
    folder: Path,
    start: datetime,
    *,
    days: int,
    a_day: float,
    every: timedelta = timedelta(hours=1),
    seed: int = 1,
    faulty: float = 0.0,
    before: int = 8,
    base_url: str | None = None,
    **budget: Any,
) -> Iterator[PaidDesk]:
    """A desk at ``start``; ``days`` of posts are to come, ``before`` are past."""
    clock = ManualClock(start)
    first = start.replace(hour=0, minute=0) - timedelta(days=before)
    posts = made_posts(first, days + before + 1, a_day, words=("acme", "rival"), seed=seed)
    x = BillingX(clock, posts, seed=seed, faulty=faulty)
    store = open_store(folder / "paid.db")
    with ReplayServer() as server, Http(HttpLimits(allow_networks=("127.0.0.0/8",), read_timeout=5)) as http:
        x.serve(server)
        deps = Deps(http.session, clock, lambda _options, _name: "a-token")
        connector = connect("x", {"base_url": base_url or server.base_url, "look_back_hours": 6}, deps)
        desk = Desk(
            store=store,
            clock=clock,
            sources={"x": Source("x", "twitter", every, **budget)},
            connectors={X: connector},
            queries=QUERIES,
            matcher=Matcher(QUERIES),
            stories=StoryIndex(),
            owner="0",
            put_off=frozenset({"rival"}),
        )
        store.add_targets([X], start)
        try:
            yield PaidDesk(store, x, clock, desk, connector, server)
        finally:
            store.close()
