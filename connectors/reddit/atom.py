"""Reddit's Atom entries as items."""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser

from bot.errors import BadResponse
from bot.http import redact
from bot.model import Author, Item, ItemKind, with_headline
from connectors.plain import clean
from connectors.reddit.normalise import SITE, credible, fullname, is_gone, removed_item
from connectors.reddit.text import html_text, outside, parsed

_AUTHOR = re.compile(r"/?u/([\w-]+)")
_THING = re.compile(r"t[0-9]_")
_PAGE = re.compile(r"/r/[\w-]+/comments/(?P<post>[0-9a-z]+)/(?:[^/]*/(?P<comment>[0-9a-z]+)?/?)?")
_OUTLET = re.compile(r"/?([ru]/[\w-]+)/?")


def read_entries(body: bytes, content_type: str, what: str, now: datetime) -> tuple[Item, ...]:
    """The posts and comments of a feed. Raises BadResponse when the bytes are no feed."""
    sample = redact(body[:400].decode("utf-8", "replace"))
    headers = {"content-type": content_type} if content_type else {}
    try:
        # Plain text is made of the HTML here, so feedparser's own cleaning would only cost time.
        parsed: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:
        # feedparser lets builtin errors through on some inputs (its issue 599).
        raise BadResponse(f"{what} cannot be parsed ({type(error).__name__})", sample=sample) from error
    entries = parsed.get("entries") or []
    if not parsed.get("version") and not entries:
        raise BadResponse(f"{what} is no feed", sample=sample)
    items = {item.key: item for item in (_item(entry, now) for entry in entries) if item is not None}
    return tuple(items.values())


def _item(entry: Mapping[str, Any], now: datetime) -> Item | None:
    given = str(entry.get("id") or "")
    name = fullname(given) if _THING.match(given) else _named_by_link(entry)
    if name is None:
        return None
    kind = ItemKind.POST if name.startswith("t3_") else ItemKind.COMMENT
    key, outlet, published = f"reddit:{name}", _outlet(entry), _published(entry, now)
    title = clean(str(entry.get("title") or "")) if kind is ItemKind.POST else ""
    said, links = _content(entry)
    if is_gone(said) or is_gone(title):
        return removed_item(key, kind, outlet, published)
    title, text = with_headline(title, said)
    return Item(
        key=key,
        kind=kind,
        url=_address(entry),
        title=title,
        text=text,
        published_at=published,
        outlet=outlet,
        author=_author(entry),
        links=links,
    )


def _named_by_link(entry: Mapping[str, Any]) -> str | None:
    """The fullname out of an entry's address, for Reddit's older RSS, whose ids are addresses."""
    found = _PAGE.fullmatch(urlsplit(_address(entry) or "").path)
    if not found:
        return None
    return f"t1_{found['comment']}" if found["comment"] else f"t3_{found['post']}"


def _content(entry: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """What was said, without "submitted by … [link] [comments]" below it; and the outside addresses."""
    contents = entry.get("content") or [{}]
    html = str(contents[0].get("value") or entry.get("summary") or "")
    tree = parsed(html)
    said = tree.css_first("div.md")
    text, links = html_text((said.html or "") if said is not None else "")
    shared = [outside(node.attributes.get("href")) for node in tree.css("a[href]") if node.text().strip() == "[link]"]
    return text, tuple(dict.fromkeys(link for link in (*shared, *links) if link))


def _published(entry: Mapping[str, Any], now: datetime) -> datetime | None:
    parts = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return credible(calendar.timegm(parts), now) if parts else None
    except (ValueError, OverflowError, TypeError):
        return None


def _outlet(entry: Mapping[str, Any]) -> str:
    labels = [str(tag.get("label") or "") for tag in entry.get("tags") or []]
    for given in (*labels, urlsplit(_address(entry) or "").path.partition("/comments/")[0]):
        found = _OUTLET.fullmatch(given.strip())
        if found:
            return found[1]
    return "reddit.com"


def _author(entry: Mapping[str, Any]) -> Author:
    found = _AUTHOR.fullmatch(str((entry.get("author_detail") or {}).get("name") or "").strip())
    if not found:
        return Author()
    return Author(handle=found[1], url=f"{SITE}/user/{found[1]}")


def _address(entry: Mapping[str, Any]) -> str | None:
    """The entry's own page. Only the path is taken, so that no feed can lead elsewhere or show a token."""
    try:
        path = urlsplit(str(entry.get("link") or "")).path
    except ValueError:
        return None
    return SITE + clean(path) if "/comments/" in path else None
