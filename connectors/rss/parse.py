"""RSS and Atom through feedparser, whose sanitiser and URI resolver are off: texts become plain here anyway.

Documents without any oddity take a short way to the same result (:mod:`connectors.rss.quick`).
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urljoin
from xml.sax import SAXException

import feedparser
import feedparser.api

from bot.errors import BadResponse
from bot.http import redact
from bot.model import Author
from connectors.rss.disguise import readable
from connectors.rss.document import Document, Entry, UnreadEntry, count, two_letters
from connectors.rss.glance import Glance
from connectors.rss.jsonfeed import looks_like_json, parse_json
from connectors.rss.links import links_in, web_link
from connectors.rss.plain import from_html, from_text, one_line
from connectors.rss.quick import read as read_quickly

feedparser.api.PREFERRED_XML_PARSERS.clear()  # it would look for libxml2's driver, which nobody has, anew for each feed

_PERIODS = {"hourly": 1, "daily": 24, "weekly": 24 * 7, "monthly": 24 * 30, "yearly": 24 * 365}
_HEADERS = ("content-type", "content-language")
_DATES = ("published", "updated", "created")
"""Best first. RSS ``pubDate`` and Atom ``published`` are the first, ``dc:date`` and Atom ``updated`` the second."""
_LINK_TAG = re.compile(rb"<link\b[^<>]*>", re.IGNORECASE)
_FEED_TYPE = re.compile(rb"application/(?:rss|atom|feed)\+(?:xml|json)|application/json", re.IGNORECASE)
_HREF = re.compile(rb"href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_HEAD = 200_000
_MANY_SIGNS, _BYTES_A_SIGN = 20_000, 10
_A_TAG, _A_REFERENCE, _A_BYTE = 50e-6, 10e-6, 0.5e-6
"""Seconds that feedparser takes at most for each, measured; tags inside of CDATA are text to it."""
_LONGEST_READING = 1.2
"""Seconds, by that measure: about two on a slow machine. Of the recorded and hand-made feeds that it reads the longest
takes half as much; there are 24,000 tags in such a feed, or two thousand entries."""
_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
"""Where a feed's root is closed: XML that breaks off before it was cut on its way."""
_WEB_PAGE = re.compile(rb"<(?:html|head|body|!doctype\s+html)\b", re.IGNORECASE)


def parse(body: bytes, headers: Mapping[str, str], address: str, shown: str, glance: Glance | None = None) -> Document:
    """The feed in ``body``. ``address`` is where it was found; ``shown`` is how to name it in an error.

    With a ``glance``, entries that no query can match stay unread. Raises BadResponse for anything that is no feed; an
    HTML page is named as such, with the feed it points to.
    """
    body = readable(body)
    if looks_like_json(body):
        return parse_json(body, address, shown)
    hints = {name: value for name in _HEADERS if (value := headers.get(name))}
    try:
        result = _read(body, hints, address, shown)
        document = document_of(result, address, glance)
    except BadResponse:
        raise
    except Exception as error:  # feedparser raises all sorts on hostile input (its issue 599)
        text = f"{shown} sent a feed that cannot be read ({type(error).__name__})"
        raise BadResponse(text, sample=_sample(body)) from error
    if not document.entries and not _field(result, "version"):
        raise _no_feed(body, address, shown)
    if not document.entries and isinstance(_field(result, "bozo_exception"), SAXException):
        # Taken for an empty feed, it would count as looked at and quiet.
        raise BadResponse(f"{shown} sent broken XML in which no entry can be read", sample=_sample(body))
    if isinstance(_field(result, "bozo_exception"), SAXException) and not _END.search(body):
        return replace(document, whole=False)
    return document


def _read(body: bytes, hints: Mapping[str, str], address: str, shown: str) -> Mapping[str, Any]:
    """The quick reading where there is one, else feedparser's. Raises BadResponse for what would hold that up."""
    result = read_quickly(body, hints, address)
    if result is not None:
        return result
    if _is_hardly_more_than_signs(body):
        raise BadResponse(f"{shown} sent hardly more than signs, and no feed", sample=_sample(body))
    if _seconds_of_reading(body) > _LONGEST_READING:
        raise BadResponse(
            f"{shown} is not well-formed, and too long to be read in spite of that; ask its publisher to mend it",
            sample=_sample(body),
        )
    return read_fully(body, hints, address)


def _seconds_of_reading(body: bytes) -> float:
    """How long feedparser may take for it: it is slow, and what is broken may be as long as any answer."""
    first, *others = body.split(b"<![CDATA[")
    pieces = [first]
    for piece in others:
        inside, closed, outside = piece.partition(b"]]>")
        pieces.append(outside if closed else inside)
    tags = sum(piece.count(b"<") for piece in pieces)
    return tags * _A_TAG + body.count(b"&") * _A_REFERENCE + len(body) * _A_BYTE


def _is_hardly_more_than_signs(body: bytes) -> bool:
    """Whether feedparser would be held up for nothing: it takes some 40 µs for what begins like a tag, 10 for a ``&``.

    Of the recorded and hand-made feeds of some length, none has a ``<`` more often than at every twenty-third byte.
    """
    signs = body.count(b"<") + body.count(b"&") // 4
    return signs > _MANY_SIGNS and signs * _BYTES_A_SIGN > len(body)


def read_fully(body: bytes, hints: Mapping[str, str], address: str) -> Mapping[str, Any]:
    """Feedparser's reading, to which the quick one is a short cut. Raises all sorts of exceptions on hostile input."""
    result: Mapping[str, Any] = feedparser.parse(
        io.BytesIO(body),
        response_headers={**hints, "content-location": address},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return result


def document_of(result: Mapping[str, Any], address: str, glance: Glance | None = None) -> Document:
    """The document that a reading holds."""
    return Document(
        entries=tuple(_entry(entry, address, glance) for entry in result["entries"]),
        language=two_letters(_field(result["feed"], "language")),
        pace=_pace(result["feed"]),
    )


def _no_feed(body: bytes, address: str, shown: str) -> BadResponse:
    head = body[:_HEAD]
    if not body.strip():
        return BadResponse(f"{shown} sent an empty answer instead of a feed")
    if not _WEB_PAGE.search(head):
        return BadResponse(f"{shown} sent something that is not a feed; check the address", sample=_sample(body))
    other = _announced(head, address)
    hint = f"it points to the feed {redact(other)}: use that address" if other else "look for the site's feed address"
    return BadResponse(f"{shown} is a web page, not a feed; {hint}", sample=_sample(body))


def _announced(head: bytes, address: str) -> str | None:
    """The feed that a page announces by ``<link rel="alternate">``."""
    for tag in _LINK_TAG.findall(head):
        if b"alternate" in tag.lower() and _FEED_TYPE.search(tag):
            found = _HREF.search(tag)
            if found:
                raw = (found[1] or found[2] or found[3] or b"").decode("utf-8", "replace")
                return web_link(address, html.unescape(raw))
    return None


def _entry(entry: Any, address: str, glance: Glance | None = None) -> Entry | UnreadEntry:
    """The entry; with a glance unread where nothing that it says is asked for."""
    title = _field(entry, "title_detail")
    base = _inside(address, _text(title, "base"))
    link = web_link(base, _text(entry, "link"))
    markup, detail = _fullest(entry)
    headline = one_line(_plain(_text(entry, "title"), title))
    body = _plain(markup, detail)
    links = partial(_links, markup, detail, base)
    author = _author(entry, base)
    identity, dates = _text(entry, "id").strip(), _dates(entry)

    def opened() -> Entry:
        source = _field(entry, "source")
        return Entry(
            id=identity,
            link=link,
            title=headline,
            body=body,
            dates=dates,
            author=author,
            language=_language(entry),
            metrics=_metrics(entry),
            links=links(),
            publisher=web_link("", _text(source, "href")),
            publisher_name=one_line(from_html(_text(source, "title"))),
        )

    if glance is None or link is None or glance.could_match((headline, body, author.name or ""), link, links):
        return opened()
    return UnreadEntry(identity, link, dates, opened)


def _links(markup: str, detail: Any, base: str) -> tuple[str, ...]:
    return tuple(links_in(_inside(base, _text(detail, "base")), markup)) if "href" in markup else ()


def _dates(entry: Any) -> tuple[str, ...]:
    return tuple(filter(None, (_text(entry, name) for name in _DATES)))


def _inside(base: str, inner: str) -> str:
    return base if inner in ("", base) else urljoin(base, inner)


def _field(holder: Any, name: str) -> Any:
    """Plain dictionary reading: feedparser's own maps keys, and warns when it falls back."""
    return dict.get(holder, name) if isinstance(holder, dict) else None


def _text(holder: Any, name: str) -> str:
    value = _field(holder, name)
    return value if isinstance(value, str) else ""


def _plain(value: str, detail: Any) -> str:
    if not value:
        return ""
    return from_text(value) if _field(detail, "type") == "text/plain" else from_html(value)


def _fullest(entry: Any) -> tuple[str, Any]:
    """The markup of the fullest content, else of the summary, with its details."""
    contents = _field(entry, "content")
    detail = (
        max(contents, key=lambda part: len(_text(part, "value"))) if isinstance(contents, list) and contents else None
    )
    markup = _text(detail, "value")
    if not markup:
        detail, markup = _field(entry, "summary_detail"), _text(entry, "summary")
    return markup, detail


def _author(entry: Any, base: str) -> Author:
    detail = _field(entry, "author_detail")
    name = _text(detail, "name") or _text(entry, "author")
    if "@" in name and " " not in name.strip():
        name = ""  # a bare mail address is no name to show
    return Author(name=one_line(from_html(name)) or None, url=web_link(base, _text(detail, "href")))


def _language(entry: Any) -> str | None:
    contents = _field(entry, "content")
    for holder in (*(contents if isinstance(contents, list) else ()), _field(entry, "summary_detail")):
        code = two_letters(_field(holder, "language"))
        if code:
            return code
    return two_letters(_field(_field(entry, "title_detail"), "language") or _field(entry, "language"))


def _metrics(entry: Any) -> dict[str, float]:
    counts = {
        "comments": count(_field(entry, "slash_comments") or _field(entry, "thr_total")),
        "views": count(_field(_field(entry, "media_statistics"), "views")),
        "ratings": count(_field(_field(entry, "media_starrating"), "count")),
    }
    return {name: number for name, number in counts.items() if number is not None}


def _pace(feed: Any) -> timedelta | None:
    """The slower of RSS ``ttl`` (minutes) and ``sy:updatePeriod`` divided by ``sy:updateFrequency``."""
    ttl = count(_field(feed, "ttl")) or 0.0
    hours = _PERIODS.get(_text(feed, "sy_updateperiod").strip().lower(), 0)
    often = count(_field(feed, "sy_updatefrequency")) or 1.0
    minutes = max(ttl, hours * 60 / often)
    return timedelta(minutes=min(minutes, 60 * 24 * 366)) if minutes else None


def _sample(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace")
