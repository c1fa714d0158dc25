"""Entries to items: which entry is which, when it was said, where it ran."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.model import Item, with_headline
from connectors.rss.dates import first_credible
from connectors.rss.document import Document, Entry
from connectors.rss.flavours import GOOGLE_NEWS, as_meant
from connectors.rss.links import normalised, outlet

_LONGEST_TEXT = 100_000
_TELLING = 3
"""With fewer dates than this on one side of a hole, nothing tells a pinned entry from a slow feed."""


def items_of(document: Document, feed: str, now: datetime, most: int) -> tuple[Item, ...]:
    """The document's items, each once, in its order; the newest ``most`` of them.

    ``feed`` is the address that the keys are made with.
    """
    entries = [entry for entry in document.entries if entry.link or entry.title or entry.body]
    ids = Counter(_same_id(entry.id) for entry in entries)
    anonymous = any(ids[_same_id(entry.id)] > 1 or not entry.id for entry in entries)
    links = Counter(normalised(entry.link) for entry in entries if entry.link and anonymous)
    found: dict[str, Item] = {}
    for entry in entries:
        item = _item(entry, _identity(entry, ids, links), feed, document.language, now)
        found.setdefault(item.key, item)
    items = tuple(found.values())
    if len(items) <= most:
        return items
    kept = {item.key for item in sorted(items, key=lambda item: item.published_at or now, reverse=True)[:most]}
    return tuple(item for item in items if item.key in kept)


def _identity(entry: Entry, ids: Counter[str], links: Counter[str]) -> str:
    """The id when no other entry has it, else the link when no other has it, else the words."""
    if entry.id and ids[_same_id(entry.id)] == 1:
        return f"id:{_same_id(entry.id)}"
    if entry.link and links[link := normalised(entry.link)] == 1:
        return f"link:{link}"
    return f"text:{entry.title}\0{entry.body}"


def _same_id(raw: str) -> str:
    """An id that survives a site's move to https."""
    return "https://" + raw.removeprefix("http://") if raw.startswith("http://") else raw


def _item(entry: Entry, identity: str, feed: str, language: str | None, now: datetime) -> Item:
    kind, entry = as_meant(entry)
    title, text = with_headline(entry.title, entry.body[:_LONGEST_TEXT])
    host = outlet(entry.link)
    if entry.publisher and host in ("", GOOGLE_NEWS):
        host = outlet(entry.publisher)
    return Item(
        key=item_key(feed, identity),
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


def newest(items: Sequence[Item]) -> datetime | None:
    """The latest date among the items."""
    return max((item.published_at for item in items if item.published_at), default=None)


def oldest(items: Sequence[Item]) -> datetime | None:
    """The earliest date among the items."""
    return min((item.published_at for item in items if item.published_at), default=None)


def without_pinned(items: Sequence[Item]) -> tuple[Item, ...]:
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
