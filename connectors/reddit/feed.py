"""The ``feed`` mode: the account's private feeds (``…?feed=TOKEN&user=NAME``), for those without an API key.

They are Atom with the newest 25 posts or comments, without score and without number of comments. Their addresses are
secrets: they are shown masked, and known to the cursor by a hash.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests

from bot.errors import RateLimited
from bot.http import public_address, redact
from bot.model import Allowance, Cost, Cursor, Gap, GapCause, Interval, Item, Page, Query
from bot.ports import Deps
from connectors.reddit.atom import read_entries
from connectors.reddit.errors import WINDOW, from_answer, from_wire, number, retry_at
from connectors.reddit.options import RedditOptions

VERSION = 1
FULL = 25
"""Entries of a full feed: only then can others have fallen out of it."""
ACCEPT = "application/atom+xml, application/xml;q=0.9, */*;q=0.1"


class FeedConnector:
    """Reads private feeds: a :class:`bot.ports.Connector`. A feed gives no figures at all."""

    capabilities: frozenset[str] = frozenset()
    trainable = False
    notices = "nobody can be asked: words are erased at an age instead; deletions and edits before that are not seen"

    def __init__(self, addresses: Sequence[str], options: RedditOptions, deps: Deps) -> None:
        self._feeds = {_key(address): address for address in addresses}
        self._options = options
        self._deps = deps
        self._own = threading.local()

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:  # noqa: ARG002 a feed is read whole
        """One request and one page a feed, beginning with the one that the last poll did not reach."""
        now = self._deps.clock.now()
        reading = _Reading(cursor, tuple(self._feeds), now)
        for count, key in enumerate(reading.order):
            if allowance.reads is not None and count >= allowance.reads:
                return
            items, rest = self._read(key, now)
            gaps = reading.note(key, items)
            last = count + 1 == len(reading.order)
            yield Page(
                items=items,
                cursor=reading.cursor(),
                covered=reading.close() if last else None,
                gaps=gaps,
                cost=Cost(reads=1),
                come_back_after=rest,
            )
            if rest is not None and not last:
                raise RateLimited("Reddit asks to wait (private feeds)", retry_at=now + rest)

    def _read(self, key: str, now: datetime) -> tuple[tuple[Item, ...], timedelta | None]:
        """A feed's items, and how long Reddit wants to be left alone after it (None: no wish)."""
        address = self._feeds[key]
        what = f"the private feed {public_address(address)}"
        try:
            answer = self._session().get(address, allow_redirects=False, headers={"Accept": ACCEPT})
        except (requests.RequestException, ValueError) as error:
            # requests raises ValueError on some answers, and shows whole addresses where it cannot read them.
            shown = requests.RequestException(f"{type(error).__name__}: {redact(str(error))}")
            raise from_wire(error, what) from shown
        if answer.status_code != HTTPStatus.OK:
            raise from_answer(answer, what, now)
        items = read_entries(answer.content, answer.headers.get("content-type", ""), what, now)
        remaining = number(answer.headers.get("x-ratelimit-remaining"))
        if remaining is None or remaining >= 1:
            return items, None
        return items, (retry_at(answer, now) or now + WINDOW) - now

    def _session(self) -> requests.Session:
        """The session of the thread that asks."""
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            base = self._options.reddit_url or self._options.base_url
            parts = [urlsplit(address) for address in self._feeds.values()]
            rebase = {f"{part.scheme}://{part.netloc}": base for part in parts} if base else None
            session = self._deps.session(rebase=rebase)
            if self._options.user_agent is not None:
                session.headers["User-Agent"] = self._options.user_agent
            self._own.session = session
        return session


class _Reading:
    """One poll over the feeds, and the cursor that it becomes. Times are Unix seconds."""

    def __init__(self, cursor: Cursor | None, keys: Sequence[str], now: datetime) -> None:
        known = cursor if cursor and cursor.get("version") == VERSION and cursor.get("mode") == "feed" else {}
        marks = known.get("marks")
        self._marks = {key: _time(marks.get(key)) for key in keys} if isinstance(marks, Mapping) else {}
        self._covered = _time(known.get("covered"))
        self._now = now.timestamp()
        first = known.get("next")
        begin = keys.index(first) if first in keys else 0
        self.order = (*keys[begin:], *keys[:begin])
        self._left = list(self.order)

    def note(self, key: str, items: Sequence[Item]) -> tuple[Gap, ...]:
        """Takes in what a feed gave; a gap where a full feed no longer reaches back to the last poll."""
        self._left.remove(key)
        times = [item.published_at.timestamp() for item in items if item.published_at is not None]
        if not times:
            return ()
        mark, oldest, full = self._marks.get(key), min(times), len(items) >= FULL
        self._marks[key] = max(min(max(times), self._now), mark or 0.0)
        if mark is not None and (not full or oldest <= mark):
            return ()
        if full or self._covered is None:
            self._covered = max(self._covered or 0.0, oldest)
        if mark is None:
            return ()
        return (Gap(Interval(_moment(mark), _moment(oldest)), GapCause.ROLLED_OVER),)

    def close(self) -> Interval | None:
        """What all feeds together cover up to now."""
        start, self._covered = self._covered or self._now, self._now
        return Interval(_moment(start), _moment(self._now)) if start < self._now else None

    def cursor(self) -> Cursor:
        """The cursor: marks a feed, what is covered, and the feed to begin with."""
        done = not self._left
        return {
            "version": VERSION,
            "mode": "feed",
            "marks": dict(self._marks),
            "covered": self._now if done else self._covered,
            "next": None if done else self._left[0],
        }


def _key(address: str) -> str:
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _time(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
