"""The connector: reads every search of X in rounds, and says what was covered when a round is complete.

A page's cost is an upper bound. X bills a post once a UTC day: what the overlap reads again is on the page's bill too,
and whoever keeps the books takes it off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.model import Allowance, Compiled, Cost, Cursor, Interval, Page, Query, Volume
from bot.model.rechecking import Look
from bot.ports import Clock, Estimate
from connectors.twitter.api import SearchApi
from connectors.twitter.budget import SMALLEST_PAGE, Budget, cost_of
from connectors.twitter.compile import compile_with
from connectors.twitter.compliance import Compliance
from connectors.twitter.counts import count_hours, usage_of
from connectors.twitter.cursor import Position, Round
from connectors.twitter.history import read_history
from connectors.twitter.options import TwitterOptions
from connectors.twitter.reread import Reread
from connectors.twitter.walk import REACH, Walker, page_of

_METRICS = ("retweet_count", "repost_count", "reply_count", "like_count", "quote_count", "bookmark_count")
PUT_OFF = timedelta(hours=24)
"""How long a search whose subjects are put off is left alone."""
NOT_ASKED = 'nobody is asked (follow_deletions = "off"): neither deletions nor edits are seen'

Searches = Mapping[str, tuple[str, tuple[str, ...]]]
"""By key: the words of a search, and the subjects that it is for."""


class TwitterSearch:
    """Reads the recent search of X for every query; keeps to what it is allowed, and knows what it costs."""

    trainable = True
    smallest_page = SMALLEST_PAGE

    platform = "x"

    def __init__(
        self, api: SearchApi, options: TwitterOptions, clock: Clock, following: Reread | Compliance | None = None
    ) -> None:
        self._api = api
        self._following = following
        self.recheck_batch = following.most if following else 0
        self.notices = following.notices if following else NOT_ASKED
        self._options = options
        self._clock = clock
        self._walker = Walker(api, options, clock)
        self.reads_authors = options.authors
        people = ("followers_count",) if options.authors else ()
        self.capabilities = frozenset((*_METRICS, "impression_count", *people))

    def compiled(self, query: Query) -> Compiled:
        """What a query becomes on X, and in words what X cannot find of it."""
        return compile_with(query, self._options)

    def searches(self, queries: Sequence[Query]) -> Searches:
        """What is asked of X for whom, by a key that stays the same while the words do."""
        found: dict[str, tuple[str, tuple[str, ...]]] = {}
        for query in queries:
            for text in (search.text for search in self.compiled(query).sent):
                key = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
                subjects = found.get(key, (text, ()))[1]
                found[key] = (text, tuple(dict.fromkeys((*subjects, query.subject))))
        return found

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        """Finishes the round that was interrupted, if any, then reads a new one.

        Raises SourceError kinds; BudgetSpent before a page that might pass the allowance.
        """
        searches = self.searches(queries)
        if not searches:
            return
        position = Position.read(cursor, searches.keys())
        budget = Budget(allowance, self._options)
        if position.round is not None:
            position = yield from self._round(searches, position, budget, allowance.put_off)
        yield from self._round(searches, position, budget, allowance.put_off)

    def _round(
        self, searches: Searches, position: Position, budget: Budget, put_off: frozenset[str]
    ) -> Generator[Page, None, Position]:
        here = position.round or Round()
        position = position.but(round=here)
        late = {key for key in searches if self._is_put_off(key, searches[key][1], position, put_off)}
        waiting = [key for key in searches if key not in here.done and key not in late]
        # the walk that was interrupted comes first, wherever its search stands now
        waiting.sort(key=lambda key: here.walk is None or key != here.walk.key)
        if not waiting:
            position, covered = position.closed(searches)
            yield Page(cursor=position.written(), covered=covered)
        for key in waiting:
            text, subjects = searches[key]
            unfinished = here.walk if here.walk and here.walk.key == key else None
            walk = unfinished or self._walker.start(key, position)
            for step in self._walker.steps(text, walk, budget):
                covered = None
                position = position.finished(step.walk) if step.complete else position.reached(step.walk)
                if step.complete and key == waiting[-1]:
                    position, covered = position.closed(searches)
                yield page_of(step, position.written(), covered, subjects)
        return position

    def _is_put_off(self, key: str, subjects: Sequence[str], position: Position, put_off: frozenset[str]) -> bool:
        """Whether a search is only for subjects that are put off and was read today; one half read is finished."""
        mark, here = position.marks.get(key), position.round
        if mark is None or not put_off.issuperset(subjects) or (here and here.walk and here.walk.key == key):
            return False
        return mark.read_until > self._clock.now() - PUT_OFF

    # What is deleted

    def recheck(self, keys: Sequence[str], cursor: Cursor | None, allowance: Allowance) -> Iterator[Look]:
        """Asks whether these posts still stand, in the way that the options name. Raises SourceError kinds."""
        return iter(()) if self._following is None else self._following.recheck(keys, cursor, allowance)

    # What it costs

    def cost_of(self, posts: int, *, authors: bool) -> Cost:
        """The most that reading so many posts costs."""
        return cost_of(posts, self._options, authors=authors)

    def counting_cost(self, queries: Sequence[Query]) -> Cost:
        """What it costs to count every search once; a request is no read."""
        return Cost(0, self._options.usd_per_count * len(self.searches(queries)))

    def count(self, queries: Sequence[Query], interval: Interval, allowance: Allowance) -> Iterator[Volume]:
        """How much was said, by subject and hour, one answer a search. Raises SourceError kinds."""
        asked = Interval(max(interval.start, self._clock.now() - REACH), interval.end)
        for text, subjects in self.searches(queries).values():
            yield count_hours(self._api, self._options, text, subjects, asked, allowance.purse, self._clock.now())

    def usage(self, days: int) -> Mapping[date, int]:
        """The posts X says were read on each of the last days (UTC), today among them. Raises SourceError kinds."""
        return usage_of(self._api.usage(days, self._clock.now()))

    # History

    def reach(self, now: datetime) -> datetime:
        """How far back X's recent search goes."""
        return now - REACH

    def estimate(self, queries: Sequence[Query], interval: Interval, allowance: Allowance) -> Iterator[Estimate]:
        """How much there is to read in the interval and what it may cost, one answer a search; counting costs, too."""
        for volume in self.count(queries, interval, allowance):
            posts = sum({count.hour: count.posts for count in volume.counts}.values())
            yield Estimate(posts, self.cost_of(posts, authors=self._options.authors), volume)

    def backfill(
        self, queries: Sequence[Query], interval: Interval, cursor: Cursor | None, allowance: Allowance
    ) -> Iterator[Page]:
        """Reads an interval of the past, with a cursor of its own. Raises SourceError kinds."""
        searches = self.searches(queries)
        budget = Budget(allowance, self._options)
        return read_history(self._walker, searches, interval, cursor, budget, self._clock.now())
