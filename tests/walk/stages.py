"""Platforms of the coverage simulation: each says what was published, breaks when told to, and tells the truth about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from bot.clock import ManualClock
from bot.model import GapCause
from connectors.twitter.ids import time_of
from tests.connectors.twitter_support import SEARCH, MadeX, made_post
from tests.support.algolia import Algolia, story
from tests.support.feedserver import entry, rss
from tests.support.replay import Answer, Request
from tests.walk.truth import Truth

STATUS = {"outage": 503, "blocked": 403, "refused": 401, "limited": 429, "credit": 402}
SHOWN = 6
"""Entries of the feed."""
DEEPEST = 1000
"""Hits that Algolia shows at most."""
SETTLE = timedelta(seconds=30)
"""X leaves out the newest posts."""
REMEMBERED = timedelta(days=30)


class Stage:
    """One platform. ``fault``: what is wrong with it; ``arrived``: whether a poll that began now has been shown all."""

    pace = timedelta(hours=4)
    """How often something is published."""

    def __init__(self, clock: ManualClock, truth: Truth, answer: Callable[[Request], Answer]) -> None:
        self.clock, self.truth = clock, truth
        self.fault: str | None = None
        self.arrived = False
        self.published: list[datetime] = []
        self.coming = clock.now() + self.pace
        """When the next piece is published."""
        self._answer = answer

    def reply(self, request: Request) -> Answer:
        """What a client is sent."""
        if self.fault in STATUS:
            headers = {"Retry-After": "7200"} if self.fault == "limited" else {}
            return Answer(STATUS[self.fault], headers, {"title": self.fault})
        return Answer(200, {"Content-Type": "text/html"}, "<html>log in") if self.fault else self._answer(request)

    def say(self, at: datetime) -> None:
        """Something is published."""
        if not self.published or at > self.published[-1]:
            self.published.append(at)
            self._put(at)

    def rush(self) -> None:
        """More is said in the coming minutes than the platform can show."""
        raise NotImplementedError

    def completed(self) -> None:
        """The poll has come to its end."""

    def _put(self, at: datetime) -> None:
        raise NotImplementedError


class Blog(Stage):
    """A feed that shows the newest few entries."""

    pace = timedelta(hours=5)

    def __init__(self, clock: ManualClock, truth: Truth) -> None:
        super().__init__(clock, truth, self._feed)

    def rush(self) -> None:
        for number in range(1, SHOWN + 6):
            self.say(self.clock.now() + timedelta(seconds=20 * number))

    def _put(self, at: datetime) -> None:
        """The list of what was published is what it shows."""

    def _feed(self, _request: Request) -> Answer:
        newest = list(enumerate(self.published))[: -SHOWN - 1 : -1]
        oldest = newest[-1][1]
        self.truth.lost(oldest, GapCause.ROLLED_OVER)
        self.truth.showed(oldest, self.clock.now())
        self.arrived = True
        entries = (entry(f"acme {number}", guid=f"g{number}", date=format_datetime(at)) for number, at in newest)
        return Answer(200, {"Content-Type": "application/rss+xml"}, rss(*entries))


class X(Stage):
    """X: a search is shown in pages, newest first, seven days back; a chain of pages proves what it has walked through."""

    pace = timedelta(hours=2)

    def __init__(self, clock: ManualClock, truth: Truth) -> None:
        super().__init__(clock, truth, self._search)
        self._x = MadeX(clock, page=10)
        self._chain = (clock.now(), clock.now())

    def _put(self, at: datetime) -> None:
        self._x.posts = [*self._x.posts[-600:], made_post(at)]

    def _search(self, request: Request) -> Answer:
        if request.path != SEARCH:
            return Answer(404, {}, {"title": "Not Found"})
        answer, now, query = self._x(request), self.clock.now(), request.query
        if answer.status != 200:
            return answer
        if "next_token" not in query:
            start = time_of(query["since_id"]) if "since_id" in query else datetime.fromisoformat(query["start_time"])
            assert start is not None
            self._chain = (start, now)
            self.truth.lost(start, GapCause.STALE_CURSOR)
        start, began = self._chain
        if "next_token" not in answer.body["meta"]:
            self.truth.showed(start, began - SETTLE)
            self.arrived = began == now
        return answer


class HackerNews(Stage):
    """Algolia: a walk by time, newest first; a second with more hits than it can show hides some of them."""

    def __init__(self, clock: ManualClock, truth: Truth) -> None:
        super().__init__(clock, truth, self._search)
        self._algolia = Algolia()
        self._numbers = 0
        self._chain = (clock.now(), clock.now())
        self._walked: list[tuple[datetime, datetime]] = []
        self._hidden: set[datetime] = set()

    def rush(self) -> None:
        at = self.clock.now() + timedelta(seconds=30)
        for _ in range(DEEPEST + 1):
            self._add(at, title="Something else", url="https://other.example/")

    def completed(self) -> None:
        for start, end in self._walked:
            reached = start
            for second in sorted(one for one in self._hidden if start <= one < end):
                self.truth.showed(reached, second)
                reached = second + timedelta(seconds=1)
            self.truth.showed(reached, end)
        self._walked.clear()

    def _put(self, at: datetime) -> None:
        oldest = (at - REMEMBERED).timestamp()
        self._algolia.hits = [hit for hit in self._algolia.hits if hit["created_at_i"] > oldest]
        self._add(at)

    def _add(self, at: datetime, **more: Any) -> None:
        self._numbers += 1
        self._algolia.hits.append(story(self._numbers, int(at.timestamp()), **more))

    def _search(self, request: Request) -> Answer:
        answer, now = self._algolia.answer(request), self.clock.now()
        since, until = (
            datetime.fromtimestamp(int(part.rpartition("=")[2]), UTC)
            for part in request.query["numericFilters"].split(",")
        )
        if until == now:
            self._chain = (since, now)
        hits, size = answer.body["hits"], int(request.query["hitsPerPage"])
        if len(hits) < size:
            self._walked.append(self._chain)
            self.arrived = self._chain[1] == now
        elif size == DEEPEST and hits[-1]["created_at_i"] == until.timestamp():
            self._hidden.add(until)
            self.truth.lost(until + timedelta(seconds=1), GapCause.OVERFLOW, until)
        return answer
