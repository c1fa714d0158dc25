"""Algolia's hits as items. Pure; every field but the number may be missing or odd."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model import Author, Item, ItemKind, with_headline
from connectors.plain import clean, is_number, string, web_address
from connectors.rss.plain import from_html, one_line

Hit = Mapping[str, Any]

SITE = "https://news.ycombinator.com"
OUTLET = "news.ycombinator.com"
METRICS = ("points", "num_comments")

_NUMBER = re.compile(r"[0-9]{1,15}")
_LINK = re.compile(r"<a\s[^<>]*?href=\"([^\"<>]*)\"", re.IGNORECASE)
_GONE = frozenset({"[deleted]", "[dead]", "[flagged]"})
_FIRST = datetime(2006, 10, 1, tzinfo=UTC)


def key_of(hit: Hit) -> str | None:
    """``hn:<number>``; None for a hit without one."""
    return _key(hit.get("objectID"))


def is_key(key: str) -> bool:
    """Whether this is the key of a piece of the site."""
    return key == _key(key.removeprefix("hn:"))


def made(hit: Hit) -> int | None:
    """When it was made (Unix seconds), as Algolia filters by it; None when it does not say."""
    seconds = hit.get("created_at_i")
    return seconds if isinstance(seconds, int) and not isinstance(seconds, bool) else None


def item_of(hit: Hit, key: str, now: datetime) -> Item | None:
    """A story or a comment; None for one that is gone. ``now`` (aware UTC) tells which dates are credible."""
    comment = string(hit.get("comment_text"))
    title = one_line(string(hit.get("title")))
    markup = comment or string(hit.get("story_text"))
    title, text = with_headline("" if comment else title, clean(from_html(markup)))
    if not text or text.casefold() in _GONE:
        return None
    page = None if comment else web_address(hit.get("url"))
    return Item(
        key=key,
        kind=ItemKind.COMMENT if comment else ItemKind.POST,
        url=f"{SITE}/item?id={key.removeprefix('hn:')}",
        title=title,
        text=text,
        published_at=_published(made(hit), now),
        outlet=OUTLET,
        author=_author(hit.get("author")),
        metrics={name: float(hit[name]) for name in METRICS if is_number(hit.get(name))},
        links=tuple(dict.fromkeys((*([page] if page else []), *_links(markup)))),
        refers_to=(_key(hit.get("parent_id")) or _key(hit.get("story_id"))) if comment else None,
    )


def _key(number: object) -> str | None:
    return f"hn:{number}" if _NUMBER.fullmatch(str(number)) else None


def _links(markup: str) -> Iterator[str]:
    found = (web_address(html.unescape(address)) for address in _LINK.findall(markup))
    yield from (address for address in found if address is not None)


def _published(seconds: int | None, now: datetime) -> datetime | None:
    try:
        moment = datetime.fromtimestamp(seconds, UTC) if seconds is not None else _FIRST - timedelta(days=1)
    except (OverflowError, OSError, ValueError):
        return None
    return moment if _FIRST <= moment <= now + timedelta(days=1) else None


def _author(name: object) -> Author:
    name = one_line(string(name))
    return Author(handle=name, url=f"{SITE}/user?id={name}") if name else Author()
