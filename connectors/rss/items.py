"""Entries to items: which entry is which, when it was said, where it ran."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.model import Item, Unread, with_headline
from connectors.rss.dates import first_credible
from connectors.rss.document import Document, Entry, UnreadEntry
from connectors.rss.flavours import GOOGLE_NEWS, as_meant
from connectors.rss.links import normalised, outlet

Seen = Item | Unread

_LONGEST_TEXT = 100_000
_TELLING = 3
"""With fewer dates than this on one side of a hole, nothing tells a pinned entry from a slow feed."""


def items_of(document: Document, feed: str, now: datetime, most: int) -> tuple[Item, ...]:
    """The document's items, each once, in its order; the newest ``most`` of them.

    ``feed`` is the address that the keys are made with.
    """
    seen = seen_in(document, feed, now, most)
    return tuple(item.open() if isinstance(item, Unread) else item for item in seen)


def seen_in(document: Document, feed: str, now: datetime, most: int) -> tuple[Seen, ...]:
    """The same, but what nobody asks for stays unread."""
    entries = [
        entry for entry in document.entries if isinstance(entry, UnreadEntry) or entry.link or entry.title or entry.body
    ]
    ids = Counter(_same_id(entry.id) for entry in entries)
    anonymous = any(ids[_same_id(entry.id)] > 1 or not entry.id for entry in entries)
    links = Counter(normalised(entry.link) for entry in entries if entry.link and anonymous)
    found: dict[str, Seen] = {}
    for entry in entries:
        key = item_key(feed, _identity(entry, ids, links))
        if key not in found:
            found[key] = _seen(entry, key, feed, document.language, now)
    items = tuple(found.values())
    if len(items) <= most:
        return items
    kept = {item.key for item in sorted(items, key=lambda item: item.published_at or now, reverse=True)[:most]}
    return tuple(item for item in items if item.key in kept)


def key_of_id(feed: str, entry_id: str) -> str:
    """The key of the entry that alone has this id."""
    return item_key(feed, f"id:{_same_id(entry_id)}")


def _identity(entry: Entry | UnreadEntry, ids: Counter[str], links: Counter[str]) -> str:
    """The id when no other entry has it, else the link when no other has it, else the words."""
    if entry.id and ids[_same_id(entry.id)] == 1:
        return f"id:{_same_id(entry.id)}"
    if entry.link and links[link := normalised(entry.link)] == 1:
        return f"link:{link}"
    words = entry.open() if isinstance(entry, UnreadEntry) else entry
    return f"text:{words.title}\0{words.body}"


def _same_id(raw: str) -> str:
    """An id that survives a site's move to https."""
    return "https://" + raw.removeprefix("http://") if raw.startswith("http://") else raw


def _seen(entry: Entry | UnreadEntry, key: str, feed: str, language: str | None, now: datetime) -> Seen:
    if not isinstance(entry, UnreadEntry):
        return _item(entry, key, feed, language, now)
    return Unread(key, first_credible(entry.dates, now), lambda: _item(entry.open(), key, feed, language, now))


def _item(entry: Entry, key: str, feed: str, language: str | None, now: datetime) -> Item:
    kind, entry = as_meant(entry)
    title, text = with_headline(entry.title, entry.body[:_LONGEST_TEXT])
    host = outlet(entry.link)
    if entry.publisher and host in ("", GOOGLE_NEWS):
        host = outlet(entry.publisher)
    return Item(
        key=key,
        kind=kind,
        url=entry.link,
        title=title,
        text=text,
        published_at=first_credible(entry.dates, now),
        outlet=host or outlet(feed),
        author=entry.author,
        language=entry.language or language,
        metrics=entry.metrics,
        links=entry.links,
    )


def item_key(feed: str, identity: str) -> str:
    """``rss:`` and 128 bits of SHA-256 of feed address and identity."""
    return "rss:" + hashlib.sha256(f"{feed}\0{identity}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def newest(items: Sequence[Seen]) -> datetime | None:
    """The latest date among the items."""
    return max((item.published_at for item in items if item.published_at), default=None)


def oldest(items: Sequence[Seen]) -> datetime | None:
    """The earliest date among the items."""
    return min((item.published_at for item in items if item.published_at), default=None)


def without_pinned(items: Sequence[Seen]) -> tuple[Seen, ...]:
    """The items without old ones that stand apart: entries that a feed keeps however much falls out of it.

    What is older than a hole in time is left out when the hole is twice as long as all that is newer than it, and when
    half of the dated items, three at least, are newer. Where that is no pin but a blog's long silence, the rest of the
    feed still says what was looked at, only for a shorter time. Items without a date stay.
    """
    dates = sorted((item.published_at for item in items if item.published_at), reverse=True)
    for count in range(max(_TELLING, (len(dates) + 1) // 2), len(dates)):
        start = dates[count - 1]
        if start - dates[count] > 2 * (dates[0] - start):
            return tuple(item for item in items if item.published_at is None or item.published_at >= start)
    return tuple(items)
