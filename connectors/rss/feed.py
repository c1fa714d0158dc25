"""The connector of one feed: conditional fetch, reading, and what the poll proves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urljoin

from bot.errors import AccessDenied, RateLimited, SourceError, Unavailable
from bot.http import public_address, redact
from bot.model import Allowance, Cursor, Gap, GapCause, Interval, Item, Page, Query, Unread
from bot.ports import Deps
from connectors.rss.fetch import Answer, Gone, NotFound, get
from connectors.rss.glance import glance_for
from connectors.rss.items import Seen, key_of_id, newest, oldest, seen_in, without_pinned
from connectors.rss.links import public_base
from connectors.rss.memory import Memory, recall, remember
from connectors.rss.pace import come_back_after
from connectors.rss.parse import parse
from connectors.rss.tombstones import tombstones

READING_RULES = "2"
"""Changes when the same bytes would be read differently: then every feed is read in full once."""

_PAGE = 100
_KNOWN = 30
_ADOPT_AFTER = 3
_GIVE_UP_AFTER = timedelta(days=7)


Show = Callable[[str], str]
"""How an address may be seen by people and the store; an address that is no secret stays as it is."""


class FeedConnector:
    """Reads one feed. ``show`` masks its address, and those that it leads to, for people and the store."""

    capabilities: frozenset[str] = frozenset({"comments", "ratings", "views"})
    trainable = True
    notices = (
        "entries that the feed itself declares deleted (Atom deleted-entry), and changes to those that it still shows; not seen "
        "is what becomes of an entry that has dropped out of the feed, of its page (404, 410), and of a feed that is gone"
    )

    def __init__(self, address: str, show: Show, deps: Deps, max_items: int) -> None:
        self._address = address
        self._show = show
        self._shown = show(address)
        # What keys are made with: a new token in the address must not make every item new.
        self._lasting = redact(address) if show is public_address else self._shown
        self._deps = deps
        self._max_items = max_items

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:  # noqa: ARG002 feeds cost nothing
        """Pages of up to a hundred items, in the feed's order; the last carries cursor, coverage and gaps.

        Everything in the feed is yielded, what no query can match unread: which entries name a subject, and which are
        known, is for others to say.
        Raises only ``SourceError`` kinds.
        """
        now = self._deps.clock.now()
        reading = _fingerprint([READING_RULES, *sorted(query.text for query in queries)])
        before = recall(cursor)
        memory = before.due_for_reading(reading, now)
        try:
            yield from self._poll(before, memory, reading, now, queries)
        except (NotFound, Gone) as error:
            yield Page(cursor=remember(_missing(memory, now)))
            raise self._lost(error, memory, now) from error.__cause__
        except RateLimited:
            raise
        except SourceError:
            if memory.address:
                # What was adopted may have been a trick, or be no more: the configured address is asked next.
                yield Page(cursor=remember(replace(memory, address=None)))
            raise

    def _poll(
        self, before: Memory, memory: Memory, reading: str, now: datetime, queries: Sequence[Query]
    ) -> Iterator[Page]:
        answer = self._get(memory, now)
        memory = replace(_following(memory, answer, self._show), polled=now, missing_since=None)
        body = _fingerprint([answer.address]) + hashlib.sha256(answer.body).hexdigest()[:32]
        if answer.not_modified or body == memory.body:
            yield Page(
                cursor=remember(_validated(memory, answer, self._show)),
                covered=_interval(before.polled, now),
                come_back_after=come_back_after(answer.headers, timedelta(seconds=memory.pace), now),
            )
            return
        glance = glance_for(self._deps.sieve(queries), queries)
        document = parse(answer.body, answer.headers, self._base(answer.address), self._shown, glance)
        items = seen_in(document, self._lasting, now, self._max_items)
        recent = without_pinned(items)
        memory = replace(
            _validated(memory, answer, self._show),
            body=body,
            reading=reading,
            full_at=now,
            newest=newest(items) or before.newest,
            known=_short(recent),
            pace=int(document.pace.total_seconds()) if document.pace else 0,
        )
        if not document.whole:
            # Its beginning is no reason to take a 304 for "nothing new": the next poll asks for all of it.
            memory = memory.without_validators()
        deleted = (key_of_id(self._lasting, entry_id) for entry_id in tombstones(answer.body))
        shown = {item.key for item in items}  # an entry that is there stands, whatever else the feed says
        gap = _rolled_over(before, items)
        yield from self._pages(
            items,
            Page(
                cursor=remember(memory),
                covered=_interval(gap.interval.end if gap else before.polled or oldest(recent), now),
                gaps=(gap,) if gap else (),
                come_back_after=come_back_after(answer.headers, document.pace, now),
                removed=tuple(key for key in deleted if key not in shown),
            ),
        )

    def _base(self, address: str) -> str:
        """What relative links start from: of an address that is a secret as a whole, only its host."""
        return public_base(address) if self._show is public_address else urljoin(address, "/")

    def _get(self, memory: Memory, now: datetime) -> Answer:
        address = memory.address or self._address
        answer = get(self._deps.session, address, self._shown, memory.validators, now)
        if answer.not_modified and self._show(answer.address) != memory.source:
            # The validators were another address's: its 304 says nothing about what we have.
            answer = get(self._deps.session, address, self._shown, {}, now)
        return answer

    def _pages(self, items: tuple[Seen, ...], last: Page) -> Iterator[Page]:
        split = max(0, (len(items) - 1) // _PAGE * _PAGE)
        for start in range(0, split, _PAGE):
            yield _with(items[start : start + _PAGE], Page())
        yield _with(items[split:], last)

    def _lost(self, error: NotFound | Gone, memory: Memory, now: datetime) -> SourceError:
        """What a missing feed means: a fault that may pass, then a matter for a person."""
        if memory.address:
            return Unavailable(f"{self._shown} had moved, and its new home is missing; the old address is asked next")
        lost = now - (memory.missing_since or now)
        if isinstance(error, Gone) or lost < timedelta(days=1):
            return error
        text = f"{self._shown} has answered 404 (not found) for {lost.days} day{'s' if lost.days > 1 else ''}"
        if lost < _GIVE_UP_AFTER:
            return Unavailable(f"{text}; check the address", retry_at=error.retry_at)
        return AccessDenied(f"{text}: the feed is gone or has moved; give its new address or remove it")


def _with(seen: Sequence[Seen], page: Page) -> Page:
    items = tuple(item for item in seen if isinstance(item, Item))
    return replace(page, items=items, unread=tuple(item for item in seen if isinstance(item, Unread)))


def _missing(memory: Memory, now: datetime) -> Memory:
    """Notes since when a feed is missing; a new home that is missing is left for the address that was configured."""
    return replace(memory, missing_since=memory.missing_since or now, address=None, moved_to=None, moved_seen=0)


def _following(memory: Memory, answer: Answer, show: Show) -> Memory:
    """Counts permanent redirects, and adopts the new address when it was seen often enough.

    A private address is never written down, and one without TLS does not take the place of one with it: such redirects
    are followed anew each time.
    """
    target = answer.moved_to
    if target is None or show(target) != target or (answer.secure and not target.startswith("https:")):
        return replace(memory, moved_to=None, moved_seen=0)
    seen = memory.moved_seen + 1 if target == memory.moved_to else 1
    if seen < _ADOPT_AFTER:
        return replace(memory, moved_to=target, moved_seen=seen)
    return replace(memory, address=target, moved_to=None, moved_seen=0)


def _validated(memory: Memory, answer: Answer, show: Show) -> Memory:
    """Keeps the validators that came with a good answer; a 304 may leave out those that did not change."""
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    if answer.not_modified:
        etag, modified = etag or memory.etag, modified or memory.modified
    return replace(memory, source=show(answer.address), etag=etag, modified=modified)


def _rolled_over(before: Memory, items: Sequence[Seen]) -> Gap | None:
    """The stretch that fell out of the feed between two polls.

    Nothing fell out while any recent item of the last poll is still there, or one as old as its newest. Pinned entries
    prove neither: they stay whatever falls out.
    """
    first = oldest(without_pinned(items))
    if first is None or before.newest is None or first <= before.newest or set(before.known) & set(_short(items)):
        return None
    start = before.polled if before.polled and before.polled < first else before.newest
    return Gap(Interval(start, first), GapCause.ROLLED_OVER)


def _short(items: Sequence[Seen]) -> tuple[str, ...]:
    return tuple(item.key.removeprefix("rss:")[:10] for item in items[:_KNOWN])


def _interval(start: datetime | None, end: datetime) -> Interval | None:
    return Interval(start, end) if start is not None and start < end else None


def _fingerprint(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
