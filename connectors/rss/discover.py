"""Finds the feeds of a site: what its page announces, where platforms keep theirs, else where feeds usually are.

Nothing is believed: every address is asked and its answer read before it is told.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

from bot.errors import BadResponse, ConfigError, SourceError
from bot.foreign import read_foreign_json
from bot.http import public_address
from bot.model import FoundFeed
from bot.ports import Deps
from connectors.rss.disguise import readable
from connectors.rss.fetch import ACCEPT, Answer, get
from connectors.rss.items import items_of, newest
from connectors.rss.jsonfeed import looks_like_json
from connectors.rss.links import is_web_address, normalised, web_link
from connectors.rss.options import youtube
from connectors.rss.parse import parse, read_fully
from connectors.rss.plain import from_html, one_line

_PAGE = f"text/html, application/xhtml+xml, {ACCEPT}"
_MOST = 20
"""Addresses that are asked at most, so that no page can send us everywhere."""
_HEAD = 500_000
_TAG = re.compile(r"<(link|a)\b((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-z-]{1,20})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_FEED_TYPE = re.compile(r"application/(?:rss|atom|feed|rdf)\+(?:xml|json)|application/json\b|text/xml", re.IGNORECASE)
_FEED_PATH = re.compile(r"(?:^|[/._-])(?:rss|atom|feeds?|rdf)(?:[/._-]|$)|\.(?:rss|atom|rdf)$", re.IGNORECASE)
_USUAL = (
    "feed",
    "rss.xml",
    "atom.xml",
    "index.xml",
    "feed.xml",
    "rss",
    "feed.json",
    "latest.rss",
    "feeds/posts/default",
)
"""WordPress and Substack, static sites, Hugo, Ghost, JSON Feed, Discourse, Blogger."""
_CHANNEL = re.compile(r"youtube\.com/channel/(UC[\w-]{22})|\"(?:channelId|externalId)\":\"(UC[\w-]{22})\"", re.ASCII)
_MASTODON = re.compile(r"/@\w[\w.-]*|/tags/\w+")
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype\s+)?html\b", re.IGNORECASE)
_KINDS = {"rss": "RSS", "atom": "Atom", "cdf": "CDF"}


def discover(address: str, deps: Deps) -> tuple[FoundFeed, ...]:
    """The feeds found from ``address``, which may be a site's page or a feed itself; those announced first.

    Raises ConfigError for what is no web address or is Reddit's, and the ``SourceError`` that the page itself met when
    there is nothing else to go by.
    """
    address = address.strip()
    if "://" not in address.partition("?")[0]:
        address = f"https://{address}"
    if not is_web_address(address):
        raise ConfigError(f"'{public_address(address)}' is not a web address")
    if _is_at("reddit.com", address):
        raise ConfigError('Reddit is not read by its public feeds; use a source with connector = "reddit"')
    search = _Search(deps)
    try:
        page = search.ask(address, _PAGE)
    except SourceError:
        if found := search.read_all(_of_platform(address, "")):
            return found
        raise
    feed = search.read(address, page)
    if feed is not None:
        return (feed,)
    text = page.body[:_HEAD].decode("utf-8", "replace")
    # A page that asks for consent first stands elsewhere: the address that was given still says where its feed is.
    places = (place for seen in dict.fromkeys((page.address, address)) for place in _of_platform(seen, text))
    announced = [*_announced(text, page.address), *places]
    return search.read_all(announced) or search.read_all((*_linked(text, page.address), *_usual(page.address)))


class _Search:
    """Asks addresses one after the other, each once and not too many."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._asked: set[str] = set()

    def ask(self, address: str, accept: str = ACCEPT) -> Answer:
        """The answer. Raises ``SourceError`` kinds."""
        self._asked.add(normalised(address))
        now = self._deps.clock.now()
        return get(self._deps.session, address, public_address(address), {}, now, accept=accept)

    def read(self, asked: str, answer: Answer) -> FoundFeed | None:
        """The feed in an answer; None when it is none. It is told at its new home when it has moved for good."""
        if _WEB_PAGE.match(answer.body):
            return None  # feedparser would look for entries in it, slowly
        try:
            document = parse(answer.body, answer.headers, answer.address, asked)
        except BadResponse:
            return None
        items = items_of(document, asked, self._deps.clock.now(), len(document.entries) + 1)
        kind, title = _kind_and_title(answer)
        return FoundFeed(answer.moved_to or asked, title, kind, len(items), newest(items))

    def read_all(self, addresses: Iterable[str]) -> tuple[FoundFeed, ...]:
        """The feeds among the addresses, each once; what is not there after all is passed over."""
        found: dict[str, FoundFeed] = {}
        for address in addresses:
            if normalised(address) in self._asked or len(self._asked) > _MOST:
                continue
            with suppress(SourceError):
                feed = self.read(address, self.ask(address))
                if feed is not None:
                    found.setdefault(normalised(feed.address), feed)
        return tuple(found.values())


def _announced(text: str, address: str) -> Iterator[str]:
    """The feeds that a page names in its head: ``<link rel="alternate" type="application/rss+xml" href=…>``."""
    for name, attributes in _tags(text):
        relations = attributes.get("rel", "").lower().split()
        if name == "link" and {"alternate", "feed"} & set(relations) and _FEED_TYPE.search(attributes.get("type", "")):
            yield from _web(address, attributes.get("href"))


def _linked(text: str, address: str) -> Iterator[str]:
    """What a page links to that is called like a feed."""
    for name, attributes in _tags(text):
        link = web_link(address, attributes.get("href"))
        if name == "a" and link and _FEED_PATH.search(urlsplit(link).path):
            yield link


def _of_platform(address: str, text: str) -> Iterator[str]:
    """Where platforms keep the feed of what is seen at an address. ``text`` is the page, as far as it was read."""
    parts = urlsplit(address)
    host, path = (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")
    if _is_at("youtube.com", address):
        for found in (_CHANNEL.search(address), _CHANNEL.search(text)):
            if found:
                yield youtube(found[1] or found[2])
        for playlist in parse_qs(parts.query).get("list", []):
            yield f"https://www.youtube.com/feeds/videos.xml?{urlencode({'playlist_id': playlist})}"
    elif host == "medium.com":
        yield urlunsplit(parts._replace(path=f"/feed{path}", query="", fragment=""))
    elif host == "github.com" and path.count("/") == 2:  # noqa: PLR2004 /owner/repository
        yield urlunsplit(parts._replace(path=f"{path}/releases.atom", query="", fragment=""))
    elif _MASTODON.fullmatch(path):
        yield urlunsplit(parts._replace(path=f"{path}.rss", query="", fragment=""))


def _usual(address: str) -> Iterator[str]:
    """Where feeds usually are: beside the page, then at the top of the site."""
    folder = urljoin(address, urlsplit(address).path.rstrip("/") + "/")
    for base in dict.fromkeys((folder, urljoin(address, "/"))):
        for name in _USUAL:
            yield urljoin(base, name)


def _tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    for tag in _TAG.finditer(text):
        found = _ATTRIBUTE.findall(tag[2])
        yield tag[1].lower(), {name.lower(): html.unescape(a or b or c) for name, a, b, c in found}


def _web(address: str, href: str | None) -> Iterator[str]:
    link = web_link(address, href)
    if link:
        yield link


def _is_at(domain: str, address: str) -> bool:
    host = (urlsplit(address).hostname or "").rstrip(".")
    return host == domain or host.endswith(f".{domain}")


def _kind_and_title(answer: Answer) -> tuple[str, str]:
    """The format in words, and the feed's own title. Only for what :func:`parse` has read."""
    body = readable(answer.body)
    if looks_like_json(body):
        return "JSON Feed", one_line(str(read_foreign_json(body, strict=False).get("title") or ""))
    result: Any = read_fully(body, {}, answer.address)
    kind = re.fullmatch(r"([a-z]+)(\d)?(\d*)", result.get("version", ""))
    version = f" {kind[2]}.{kind[3]}" if kind and kind[2] and kind[3] else ""
    name = _KINDS.get(kind[1], "RSS") if kind else "RSS"
    return name + version, one_line(from_html(str(result["feed"].get("title") or "")))
