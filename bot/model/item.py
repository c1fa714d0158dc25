"""What was said: items as a source gave them, and mentions, the items that name a tracked subject."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.relevance import UNJUDGED, Relevance


class ItemKind(StrEnum):
    """What sort of piece an item is."""

    ARTICLE = "article"
    POST = "post"
    COMMENT = "comment"
    REPOST = "repost"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Author:
    """The voice behind an item. Unknown stays None; ``followers`` is the platform's count when the item was read."""

    name: str | None = None
    handle: str | None = None
    id: str | None = None
    url: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One piece as a source gave it, as plain text (never HTML), with control characters removed.

    ``text`` is everything that was said, headline first: where there is a ``title`` it is the first line of ``text``
    (:func:`with_headline` joins the two), so that one set of offsets, into ``text``, serves both. ``key`` is the
    natural key, unique over all sources and stable over polls and edits: ``x:1234`` (first id of the edit chain),
    ``reddit:t3_abc``, ``rss:<hash>``. ``published_at`` is None when the source gave no credible date. ``outlet`` is
    where it ran: a host (``example.org``), ``r/name`` or ``x.com``. ``metrics`` holds the platform's own figures under
    its own names (``impression_count``, ``score``, ``upvote_ratio``, ``num_comments`` …); what was not given is absent,
    never 0. ``refers_to`` is the key of the item that it reposts, quotes or replies to.
    """

    key: str
    kind: ItemKind
    url: str | None
    title: str
    text: str
    published_at: datetime | None
    outlet: str
    author: Author = Author()
    language: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    refers_to: str | None = None
    removed: bool = False

    @property
    def body(self) -> str:
        """The text without its headline."""
        return self.text[len(self.title) :].lstrip("\n")

    @property
    def has_figures(self) -> bool:
        """Whether the platform said how many saw, liked or follow."""
        return bool(self.metrics) or self.author.followers is not None

    @property
    def voice(self) -> str:
        """Who speaks, as a key to count by: a platform's id or handle, else the name at its outlet, else the outlet."""
        known = self.author.id or self.author.handle
        if known:
            return f"{self.key.partition(':')[0]}\x1f{known.removeprefix('@')}".casefold()
        return f"{self.outlet}\x1f{self.author.name or ''}".casefold()

    @property
    def content_hash(self) -> str:
        """Fingerprint of the text: changes when, and only when, the words change."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Unread:
    """An item that no query can match, of which its source gives no more than its key and when it was published.

    ``open`` gives the whole of it: where an earlier version of it is kept, its words may have changed.
    """

    key: str
    published_at: datetime | None
    open: Callable[[], Item] = field(repr=False, compare=False)


def with_headline(title: str, body: str) -> tuple[str, str]:
    """``(title, text)`` for an :class:`Item`: one-line title, and the text that begins with it."""
    title = " ".join(title.split())
    body = body.strip()
    if not title:
        return "", body
    if body == title or body.startswith(title + "\n"):
        return title, body
    return title, f"{title}\n{body}".rstrip()


class MatchField(StrEnum):
    """Where in an item a term was found."""

    TITLE = "title"
    TEXT = "text"
    AUTHOR = "author"
    URL = "url"
    OUTLET = "outlet"


@dataclass(frozen=True, slots=True)
class Hit:
    """A query term found in an item. Offsets are code points, half-open: into ``text`` (of which the title
    is the beginning) for ``title`` and ``text``, else into that field.
    """

    term: str
    field: MatchField
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """An item that names a subject: one item that names two subjects is two mentions."""

    id: str
    subject: str
    item: Item
    matched: tuple[Hit, ...]
    source: str
    collected_at: datetime
    story: str = ""
    relevance: Relevance = UNJUDGED

    @property
    def told_at(self) -> datetime:
        """When it counts as said: the published time, else the time it was first seen (aware UTC)."""
        return self.item.published_at or self.collected_at


def mention_id(item_key: str, subject: str) -> str:
    """The public id of (item, subject): short, stable, safe in addresses; 60 bits of SHA-256."""
    digest = hashlib.sha256(f"{item_key}\0{subject}".encode()).digest()
    return b32encode(digest[:8]).decode().lower()[:12]
