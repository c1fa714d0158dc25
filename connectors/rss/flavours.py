"""What well-known platforms mean by their entries: Google News searches, and posts on Mastodon and its kin."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from bot.model import Author, ItemKind
from connectors.rss.document import Entry
from connectors.rss.links import outlet

GOOGLE_NEWS = "news.google.com"
_POST = re.compile(r"/(?:@|users/)(\w(?:[\w.-]*\w)?)(?:@([\w-]+(?:\.[\w-]+)+))?/(?:statuses/)?\d{6,}", re.ASCII)
"""Paths of single posts: ``/@ann/1130``, ``/@ann@else.example/1130`` as another server shows it, and
``/users/ann/statuses/1130``."""


def as_meant(entry: Entry) -> tuple[ItemKind, Entry]:
    """What kind of piece an entry is, and the entry without what its platform put around it."""
    if outlet(entry.link) == GOOGLE_NEWS:
        return ItemKind.ARTICLE, _of_google_news(entry)
    author = None if entry.title else who_posted(entry.link)
    if author is None:
        return ItemKind.ARTICLE, entry
    return ItemKind.POST, replace(entry, author=replace(author, name=entry.author.name))


def _of_google_news(entry: Entry) -> Entry:
    """The headline alone: the publisher stands behind it, and the description lists articles of other publishers."""
    title = entry.title
    if entry.publisher_name:
        title = title.removesuffix(f" - {entry.publisher_name}")
    return replace(entry, title=title or entry.title, body="", links=())


def who_posted(link: str | None) -> Author | None:
    """The author whom a post's address names, as ``user@host``; feeds of tags name nobody else."""
    parts = urlsplit(link or "")  # links of entries have been split before
    found = _POST.fullmatch(parts.path)
    if not found or not parts.hostname:
        return None
    user, host = found[1], (found[2] or parts.hostname).lower()
    return Author(handle=f"{user}@{host}", url=f"https://{host}/@{user}")
