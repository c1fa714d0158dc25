"""Walking a newest-first listing back to where the last walk began.

Reddit cannot be resumed by ``before=`` (its anchor may be deleted or moved). So a walk goes from the newest thing back
to a time: the watermark, less an overlap for things that Reddit shows late. The watermark moves only when a walk has
arrived; until then the cursor carries the walk, and the next poll goes on with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.errors import BadResponse
from bot.model import Gap, GapCause, Interval, Page
from connectors.reddit.client import Chunk, Client
from connectors.reddit.normalise import Thing, item_of
from connectors.reddit.progress import Progress, Step, Trail

FIRST_REACH = timedelta(days=7)
"""How far back the first walk of a listing goes."""
PAGE = 100
FULL = 900
"""Listings end near 1,000 things, less what was deleted since; one this long counts as cut off."""
MOST = 2000
"""No listing of Reddit is as long: a server that never ends is left here."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One newest-first listing. ``full``: how many things it holds at least when Reddit has cut it off."""

    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    what: str = ""
    full: int = FULL

    @property
    def key(self) -> str:
        """Its name in the cursor: another search is another listing."""
        asked = [self.path, *(f"{name}={value}" for name, value in sorted(self.params.items()))]
        return hashlib.sha256("\0".join(asked).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Walk:
    """One listing's walk in one poll: yields a page an answer and notes in ``progress`` how far it came."""

    def __init__(self, client: Client, listing: Listing, progress: Progress, now: datetime, overlap: timedelta) -> None:
        self._client, self._listing, self._progress, self._now = client, listing, progress, now
        trail = progress.trail(listing.key)
        self._trail = trail
        self._resumed = trail.step is not None
        self._since = _start(trail, now, overlap)

    def pages(self) -> Iterator[Page]:
        """The pages from where the walk stands back to its watermark."""
        step, chunk = self._first()
        while True:
            before, step = step, self._passed(step, chunk)
            arrived = self._has_arrived(chunk)
            stuck = before is not None and before.after == chunk.after
            ended = chunk.after is None or not chunk.things or stuck or step.seen >= MOST
            gaps: tuple[Gap, ...] = ()
            if arrived or ended:
                gaps = self._finish(step, arrived=arrived)
            else:
                self._progress.set_out(self._listing.key, step)
            yield self._page(chunk, gaps)
            if arrived or ended:
                return
            chunk = self._ask(step)

    def _first(self) -> tuple[Step | None, Chunk]:
        """Where the walk stands and its next page; a walk whose way on is lost starts over."""
        step = self._trail.step
        if step is not None:
            try:
                chunk = self._ask(step)
            except BadResponse:
                chunk = Chunk((), None)
            if chunk.things:
                return step, chunk
            self._resumed = False
        return None, self._ask(None)

    def _ask(self, step: Step | None) -> Chunk:
        after = {"after": step.after} if step is not None else {}
        params = {**self._listing.params, "limit": PAGE, **after}
        return self._client.listing(self._listing.path, params, self._listing.what)

    def _passed(self, step: Step | None, chunk: Chunk) -> Step:
        times = self._times(chunk)
        if step is None:
            step = Step("", self._now.timestamp(), None, None, 0)
        newest = [time for time in (step.top, *times) if time is not None]
        oldest = [time for time in (step.oldest, *times) if time is not None]
        return Step(
            after=chunk.after or "",
            began=step.began,
            top=max(newest, default=None),
            oldest=min(oldest, default=None),
            seen=step.seen + len(chunk.things),
        )

    def _has_arrived(self, chunk: Chunk) -> bool:
        """Whether the page's end is older than the watermark; things without a time do not say."""
        times = self._times(chunk)
        return bool(times) and times[-1] <= self._since

    def _times(self, chunk: Chunk) -> list[float]:
        moments = (thing.created(self._now) for thing in chunk.things)
        return [moment.timestamp() for moment in moments if moment is not None]

    def _finish(self, step: Step, *, arrived: bool) -> tuple[Gap, ...]:
        """Moves the watermark up. What lies between it and the end of a cut-off listing is a gap."""
        old = self._trail.mark
        floor = old if old is not None else self._since
        newest = min(step.top, step.began) if step.top is not None else floor
        self._progress.trails[self._listing.key] = Trail(mark=max(newest, floor), through=step.began)
        # While a walk rests, new things push old ones over the edge: then its count alone does not tell.
        rested = self._resumed and old is not None
        cut_off = not arrived and (rested or step.seen >= self._listing.full)
        if not cut_off or step.oldest is None or step.oldest <= floor:
            return ()
        self._progress.covered = max(self._progress.covered or 0.0, step.oldest)
        if old is None:
            return ()
        return (Gap(Interval(_moment(old), _moment(step.oldest)), GapCause.OVERFLOW),)

    def _page(self, chunk: Chunk, gaps: tuple[Gap, ...]) -> Page:
        items = tuple(item_of(thing, self._now) for thing in chunk.things if self._is_wanted(thing))
        return Page(items=items, cursor=self._progress.write(), gaps=gaps, cost=self._client.cost())

    def _is_wanted(self, thing: Thing) -> bool:
        moment = thing.created(self._now)
        return moment is None or moment.timestamp() >= self._since


def _start(trail: Trail, now: datetime, overlap: timedelta) -> float:
    if trail.mark is not None:
        return trail.mark - overlap.total_seconds()
    began = trail.step.began if trail.step is not None else now.timestamp()
    return began - FIRST_REACH.total_seconds()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
