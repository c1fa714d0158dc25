"""The connector: reads every search of X in rounds, and says what was covered when a round is complete.

Costs are an upper bound: X bills a post once a UTC day, and what the overlap reads again is counted again here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence

from bot.model import Allowance, Cursor, Page, Query
from bot.ports import Clock
from connectors.twitter.api import SearchApi
from connectors.twitter.budget import Budget
from connectors.twitter.compile import Compiled, compile_query
from connectors.twitter.cursor import Position, Round
from connectors.twitter.options import TwitterOptions
from connectors.twitter.walk import Walker

_METRICS = ("retweet_count", "repost_count", "reply_count", "like_count", "quote_count", "bookmark_count")


class TwitterSearch:
    """Reads the recent search of X for every query."""

    trainable = True

    def __init__(self, api: SearchApi, options: TwitterOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._walker = Walker(api, options, clock)
        people = ("followers_count",) if options.authors else ()
        self.capabilities = frozenset((*_METRICS, "impression_count", *people))

    def compiled(self, query: Query) -> Compiled:
        """What a query becomes on X, and in words what X cannot find of it."""
        return compile_query(query, length=self._options.query_length, languages=self._options.languages)

    def searches(self, queries: Sequence[Query]) -> Mapping[str, str]:
        """What is asked of X, by a key that stays the same while the words do."""
        texts = (text for query in queries for text in self.compiled(query).searches)
        return {hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]: text for text in texts}

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
            position = yield from self._round(searches, position, budget)
        yield from self._round(searches, position, budget)

    def _round(
        self, searches: Mapping[str, str], position: Position, budget: Budget
    ) -> Generator[Page, None, Position]:
        here = position.round or Round()
        position = position.but(round=here)
        waiting = [key for key in searches if key not in here.done]
        # the walk that was interrupted comes first, wherever its search stands now
        waiting.sort(key=lambda key: here.walk is None or key != here.walk.key)
        if not waiting:
            position, covered = position.closed(searches)
            yield Page(cursor=position.written(), covered=covered)
        for key in waiting:
            unfinished = here.walk if here.walk and here.walk.key == key else None
            walk = unfinished or self._walker.start(key, position)
            for step in self._walker.steps(searches[key], walk, budget):
                covered = None
                position = position.finished(step.walk) if step.complete else position.reached(step.walk)
                if step.complete and key == waiting[-1]:
                    position, covered = position.closed(searches)
                yield Page(step.items, position.written(), covered, step.gaps, step.cost)
        return position
