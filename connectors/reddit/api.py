"""The ``oauth`` mode: search for posts and read the comments of named subreddits, through praw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from bot.model import Allowance, Cost, Cursor, Interval, Page, Query, Volume
from bot.model.rechecking import Gone, Look
from bot.ports import Clock, Estimate
from connectors.plain import string
from connectors.reddit.client import Client
from connectors.reddit.comments import comment_listings
from connectors.reddit.normalise import COMMENT_METRICS, POST_METRICS, Thing, fullname, is_gone
from connectors.reddit.options import RedditOptions
from connectors.reddit.progress import Progress, Trail
from connectors.reddit.search import search_listings
from connectors.reddit.walk import FIRST_REACH, PAGE, Listing, Walk


class ApiConnector:
    """Reads Reddit as an approved app: a :class:`bot.ports.Connector`."""

    capabilities = frozenset({*POST_METRICS, *COMMENT_METRICS})
    trainable = False
    platform = "reddit"
    recheck_batch = 100
    notices = (
        "each is asked about by name: what is gone, removed, or without an author; edits are not seen once a listing has "
        "been read"
    )

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

    def recheck(self, keys: Sequence[str], cursor: Cursor | None, allowance: Allowance) -> Iterator[Look]:
        """Asks for these posts and comments by name, a hundred a request (Reddit's ``info``).

        What Reddit leaves out is gone, and so is what has no words or no author any more. Raises SourceError kinds.
        """
        del cursor, allowance
        names = {key: name for key in keys if (name := fullname(key.removeprefix("reddit:"))) is not None}
        if strange := tuple(key for key in keys if key not in names):
            yield Look(looked=strange)
        for at in range(0, len(names), self.recheck_batch):
            asked = dict(list(names.items())[at : at + self.recheck_batch])
            yield self._look(asked)

    def _look(self, names: Mapping[str, str]) -> Look:
        chunk = self._client.listing("api/info/", {"id": ",".join(names.values()), "raw_json": 1}, "what is kept")
        stands = {f"reddit:{thing.kind}_{thing.id}": thing for thing in chunk.things}
        found = {key: _gone_why(stands.get(key)) for key in names}
        gone = tuple(Gone(key, why) for key, why in found.items() if why is not None)
        return Look(looked=tuple(names), gone=gone, cost=self._client.cost())

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


def _gone_why(thing: Thing | None) -> str | None:
    """Why what is kept of this must go; None while it stands."""
    if thing is None:
        return "not there any more"
    author = thing.fields.get("author")
    if is_gone(string(thing.fields.get("selftext" if thing.kind == "t3" else "body"))):
        return "text removed"
    if is_gone(string(thing.fields.get("title"))) or thing.fields.get("removed_by_category"):
        return "removed"
    return "author deleted" if "author" in thing.fields and (author is None or is_gone(string(author))) else None
