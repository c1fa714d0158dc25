"""The ``oauth`` mode: search for posts and read the comments of named subreddits, through praw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.model import Allowance, Cost, Cursor, Interval, Page, Query, Volume
from bot.ports import Clock, Estimate
from connectors.reddit.client import Client
from connectors.reddit.comments import comment_listings
from connectors.reddit.normalise import COMMENT_METRICS, POST_METRICS
from connectors.reddit.options import RedditOptions
from connectors.reddit.progress import Progress, Trail
from connectors.reddit.search import search_listings
from connectors.reddit.walk import FIRST_REACH, PAGE, Listing, Walk


class ApiConnector:
    """Reads Reddit as an approved app: a :class:`bot.ports.Connector`."""

    capabilities = frozenset({*POST_METRICS, *COMMENT_METRICS})
    trainable = False

    def __init__(self, client: Client, options: RedditOptions, clock: Clock) -> None:
        self._client = client
        self._options = options
        self._clock = clock

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        """Walks every listing back to its watermark; the last page says what all of them together cover.

        ``allowance.reads`` counts requests. Raises SourceError kinds.
        """
        now = self._clock.now()
        listings = self._listings(queries)
        if not listings:
            return
        progress = Progress.read(cursor)
        progress.keep(listing.key for listing in listings)
        if progress.covered is None:
            progress.covered = (now - FIRST_REACH).timestamp()
        used = 0
        for listing in listings:
            for page in Walk(self._client, listing, progress, now, self._options.overlap_time).pages():
                used += page.cost.reads
                yield page
                if allowance.reads is not None and used >= allowance.reads:
                    return
        yield self._closing(progress)

    def reach(self, now: datetime) -> None:
        """Reddit's listings end by number, not by age: how far they reach shows only when they are read."""
        del now

    def estimate(self, queries: Sequence[Query], interval: Interval, allowance: Allowance) -> Iterator[Estimate]:
        """The most requests that it takes; how much there is only reading tells."""
        del interval, allowance
        for listing in self._listings(queries):
            yield Estimate(None, Cost(-(-listing.full // PAGE) + 1), Volume())

    def backfill(
        self, queries: Sequence[Query], interval: Interval, cursor: Cursor | None, allowance: Allowance
    ) -> Iterator[Page]:
        """Walks every listing back to the interval's start, with a cursor of its own. Raises SourceError kinds."""
        if cursor is None:
            start = interval.start.timestamp()
            trails = {listing.key: Trail(mark=start) for listing in self._listings(queries)}
            cursor = Progress(trails, start).write()
        return self.fetch(queries, cursor, allowance)

    def _listings(self, queries: Sequence[Query]) -> tuple[Listing, ...]:
        return (*search_listings(self._options.subreddits, queries), *comment_listings(self._options.comments))

    def _closing(self, progress: Progress) -> Page:
        start = progress.covered or 0.0
        end = min(trail.through or 0.0 for trail in progress.trails.values())
        if end <= start:
            return Page(cursor=progress.write())
        progress.covered = end
        covered = Interval(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
        return Page(cursor=progress.write(), covered=covered)
