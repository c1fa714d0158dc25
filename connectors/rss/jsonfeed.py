"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import re
from typing import Any

from bot.errors import BadResponse
from bot.foreign import read_foreign_json
from bot.model import Author
from connectors.rss.document import Document, Entry, two_letters
from connectors.rss.links import links_in, web_link
from connectors.rss.plain import from_html, from_text, one_line

_VERSION = re.compile(r"jsonfeed\.org/version/|^1(?:\.[01])?$")


def looks_like_json(body: bytes) -> bool:
    """Whether the first thing in the body is a JSON object or list."""
    return body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def parse_json(body: bytes, address: str, shown: str) -> Document:
    """The feed in ``body``. Raises BadResponse when it is no JSON, or JSON that is no JSON Feed."""
    try:
        feed = read_foreign_json(body, strict=False)  # some write line breaks inside strings
    except ValueError as error:
        raise BadResponse(f"{shown} sent broken JSON ({error})", sample=_sample(body)) from error
    if not isinstance(feed, dict) or not _VERSION.search(_text(feed, "version")):
        raise BadResponse(
            f"{shown} sent JSON that is not a JSON Feed; check that the address is the feed's own", sample=_sample(body)
        )
    items = feed.get("items")
    return Document(
        entries=tuple(_entry(item, feed, address) for item in items if isinstance(item, dict))
        if isinstance(items, list)
        else (),
        language=two_letters(feed.get("language")),
    )


def _entry(item: dict[str, Any], feed: dict[str, Any], address: str) -> Entry:
    markup, text = _text(item, "content_html"), _text(item, "content_text")
    identity = item.get("id")
    return Entry(
        id=str(identity) if isinstance(identity, str | int | float) and not isinstance(identity, bool) else "",
        link=web_link(address, _text(item, "url") or _text(item, "external_url")),
        title=one_line(from_text(_text(item, "title"))),
        body=from_html(markup) if markup else from_text(text or _text(item, "summary")),
        dates=tuple(filter(None, (_text(item, "date_published"), _text(item, "date_modified")))),
        author=_author(item) or _author(feed) or Author(),
        language=two_letters(item.get("language")),
        links=tuple(links_in(address, markup)) if markup else (),
    )


def _author(holder: dict[str, Any]) -> Author | None:
    """Version 1.1 has a list of authors, 1.0 had one author."""
    several = holder.get("authors")
    author = several[0] if isinstance(several, list) and several else holder.get("author")
    if not isinstance(author, dict) or not _text(author, "name"):
        return None
    return Author(name=one_line(_text(author, "name")), url=web_link("", _text(author, "url")))


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _sample(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace")
