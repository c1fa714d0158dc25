"""The ``oauth`` mode: search for posts and read the comments of named subreddits, through praw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.model import Allowance, Cursor, Interval, Page, Query
from bot.ports import Clock
from connectors.reddit.client import Client
from connectors.reddit.comments import comment_listings
from connectors.reddit.normalise import COMMENT_METRICS, POST_METRICS
from connectors.reddit.options import RedditOptions
from connectors.reddit.progress import Progress
from connectors.reddit.search import search_listings
from connectors.reddit.walk import FIRST_REACH, Walk


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
        listings = (*search_listings(self._options.subreddits, queries), *comment_listings(self._options.comments))
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

    def _closing(self, progress: Progress) -> Page:
        start = progress.covered or 0.0
        end = min(trail.through or 0.0 for trail in progress.trails.values())
        if end <= start:
            return Page(cursor=progress.write())
        progress.covered = end
        covered = Interval(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
        return Page(cursor=progress.write(), covered=covered)
