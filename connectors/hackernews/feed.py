"""Walks every search from now back to where it was read before.

Algolia gives the newest 1,000 hits of a search and no more, whatever page is asked for. So there are no pages: each
request asks for what is older than the oldest hit so far, by time. The mark moves only when a walk has arrived; until
then the cursor carries the walk, and the next poll goes on with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from bot.errors import BadResponse
from bot.model import Allowance, Cost, Cursor, Gap, GapCause, Interval, Page, Query
from bot.model.rechecking import Look
from bot.ports import Clock
from connectors.hackernews.api import WHO, SearchApi
from connectors.hackernews.normalise import METRICS, Hit, item_of, key_of, made
from connectors.hackernews.options import HackerNewsOptions
from connectors.hackernews.progress import Progress, Trail
from connectors.hackernews.progress import key_of as trail_key
from connectors.hackernews.search import searches_of
from connectors.hackernews.standing import PLATFORM, Standing

FULL = 1000
"""No answer is longer."""


class HackerNewsFeed:
    """Reads Hacker News by search: a :class:`bot.ports.Connector`.

    ``trainable`` is False: no term of the site's is known to allow it.
    """

    capabilities = frozenset(METRICS)
    trainable = False
    platform = PLATFORM

    def __init__(self, api: SearchApi, standing: Standing, options: HackerNewsOptions, clock: Clock) -> None:
        self._api, self._standing, self._options, self._clock = api, standing, options, clock
        self.recheck_batch = standing.most
        self.notices = standing.notices

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        """A page a request; the last page says what all searches together cover. Those left longest go first.

        ``Page.cost.reads`` and ``allowance.reads`` count requests, which cost no money. Raises SourceError kinds.
        """
        now = self._clock.now()
        searches = {trail_key(text, comments=self._options.comments): text for text in searches_of(queries)}
        if not searches:
            return
        progress = Progress.read(cursor)
        progress.keep(searches)
        progress.not_after(now.timestamp())
        if progress.covered is None:
            progress.covered = (now - self._options.first_reach).timestamp()
        left = self._options.requests if allowance.reads is None else min(allowance.reads, self._options.requests)
        yield from islice(self._walks(searches, progress, now), max(0, left))
        yield from _closing(progress)

    def recheck(self, keys: Sequence[str], cursor: Cursor | None, allowance: Allowance) -> Iterator[Look]:
        """Asks the site about each of these. Raises SourceError kinds."""
        del cursor
        return self._standing.recheck(keys, allowance)

    def _walks(self, searches: Mapping[str, str], progress: Progress, now: datetime) -> Iterator[Page]:
        for key in sorted(searches, key=lambda key: progress.trails[key].mark or 0):
            if progress.trails[key].began is not None:
                yield from self._walk(searches[key], key, progress, now)  # what an earlier poll left off
            yield from self._walk(searches[key], key, progress, now)

    def _walk(self, search: str, key: str, progress: Progress, now: datetime) -> Iterator[Page]:
        trail = progress.trails[key]
        began = now.timestamp() if trail.began is None else trail.began
        until = int(began) if trail.until is None else trail.until
        reach = self._options.first_reach if trail.mark is None else self._options.reread
        since = int((began if trail.mark is None else trail.mark) - reach.total_seconds())
        size = self._options.page_size
        arrived = False
        while not arrived:
            hits, more = self._api.hits(search, since, until, size, now)
            wanted = [hit for hit in hits if since <= (made(hit) or 0) <= until]
            gaps: tuple[Gap, ...] = ()
            oldest = min((made(hit) or until for hit in wanted), default=until)
            if not more:
                arrived = True
            elif not wanted:
                raise BadResponse(f"{WHO} gives other times than were asked for")
            elif oldest < until:
                until, size = oldest, self._options.page_size
            elif size < FULL:
                size = FULL
            else:
                gaps = (Gap(Interval(_moment(until), _moment(until + 1)), GapCause.OVERFLOW),)
                progress.lost.add(until)
                until, size = until - 1, self._options.page_size
            arrived = arrived or until < since
            progress.trails[key] = Trail(began) if arrived else Trail(trail.mark, began, until)
            yield _page(wanted, progress, gaps, now)


def _page(hits: Sequence[Hit], progress: Progress, gaps: tuple[Gap, ...], now: datetime) -> Page:
    found = {key: item_of(hit, key, now) for hit in hits if (key := key_of(hit)) is not None}
    return Page(
        items=tuple(item for item in found.values() if item is not None),
        cursor=progress.write(),
        gaps=gaps,
        cost=Cost(reads=1),
        removed=tuple(key for key, item in found.items() if item is None),
    )


def _closing(progress: Progress) -> Iterator[Page]:
    """What is covered now; a second that was not shown whole divides it, so each stretch has a page of its own."""
    start = progress.covered or 0
    end = min(trail.mark or 0 for trail in progress.trails.values())
    if end <= start:
        yield Page(cursor=progress.write())
        return
    for second in sorted(second for second in progress.lost if start < second + 1 and second < end):
        if start < second:
            yield Page(covered=Interval(_moment(start), _moment(second)))
        start = second + 1
    progress.covered = end
    progress.lost = {second for second in progress.lost if second + 1 > end}
    yield Page(cursor=progress.write(), covered=Interval(_moment(start), _moment(end)) if start < end else None)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
