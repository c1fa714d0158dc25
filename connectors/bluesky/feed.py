"""One poll: connect, replay from where the last one ended until the present, hang up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta

from bot.errors import SourceError, Unavailable
from bot.model import Allowance, Cursor, Page, Query
from bot.ports import Deps, Dial
from connectors.bluesky.normalise import POSTS
from connectors.bluesky.options import BlueskyOptions
from connectors.bluesky.replay import Names, Replay, mark_of, micros
from connectors.bluesky.stream import MESSAGE, Stream, Subscriber


class BlueskyFeed:
    """Reads all of Bluesky's public posts for the few that matter: a :class:`bot.ports.Connector`.

    ``trainable`` is False: no term of Bluesky's is known to allow it, and many of its people object.
    """

    capabilities: frozenset[str] = frozenset()
    trainable = False
    notices = (
        "posts that are deleted, and accounts that leave or are taken down, as the stream reports them; not seen is what it "
        "reported in times that could not be covered (heard coverage)"
    )

    def __init__(self, options: BlueskyOptions, deps: Deps, dial: Dial) -> None:
        self._options, self._deps = options, deps
        with deps.session() as session:
            agent = str(session.headers["User-Agent"])
        self._subscriber = Subscriber(dial, agent, options.longest, options.patience)
        self._names = Names()
        self._hosts = deque(options.hosts)

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        """Pages from the cursor on. Ends at the present, or when ``longest`` is over: the next poll goes on from there.

        Costs nothing, so ``allowance`` does not matter. Raises SourceError kinds, after what was read before.
        """
        del allowance
        now = self._deps.clock.now()
        began, mark = micros(now), mark_of(cursor)
        mark = None if mark is None else min(mark, began)
        since = micros(now - self._options.first_reach) if mark is None else mark
        asked = max(0, since - self._options.overlap_time // timedelta(microseconds=1))
        latest = began + int(self._options.longest * 1_000_000)
        replay = Replay(self._names, self._deps.sieve(queries), mark, asked, latest)
        with closing(self._subscribe(asked)) as stream:
            try:
                yield from _pages(stream, replay, began)
            except SourceError:
                self._hosts.rotate(-1)
                raise

    def _subscribe(self, asked: int) -> Stream:
        """The first host that answers; one that fails goes to the end of the row. Raises what the last one said."""
        # A longer message would be refused at every poll, and no poll would ever come past it.
        wanted = {"wantedCollections": POSTS, "maxMessageSizeBytes": str(MESSAGE), "cursor": str(asked)}
        failure: SourceError | None = None
        for _ in range(len(self._hosts)):
            try:
                return self._subscriber.subscribe(self._hosts[0], wanted, self._deps.clock.now())
            except SourceError as error:
                failure = error
                self._hosts.rotate(-1)
        raise failure or Unavailable("no host is named")


def _pages(stream: Stream, replay: Replay, began: int) -> Iterator[Page]:
    try:
        for batch in stream.batches():
            for message in batch:
                replay.take(message)
            if not batch:
                yield replay.page(quiet_until=began)
                return
            if (replay.newest or 0) >= began:
                break
            if replay.is_full:
                yield replay.page()
    except SourceError:
        yield replay.page()
        raise
    yield replay.page()
    if replay.newest is None:
        raise Unavailable("no event came before the time was over")
