"""One entry of a well-formed feed, read into the shape that feedparser gives it; see :mod:`connectors.rss.quick`.

feedparser reads elements one after the other and keeps what it said before in mind: whether there was a summary, a
title, content. So does this, for the fields that Heard uses; each rule below is feedparser's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from feedparser.api import StrictFeedParser
from feedparser.urls import make_safe_absolute_uri
from feedparser.util import FeedParserDict

from connectors.rss.links import PLAIN_ADDRESS
from connectors.rss.names import Names, Unusual, attributes_of

_HANDLED = frozenset(name.partition("_")[2].partition("_")[2].lower() for name in dir(StrictFeedParser) if name.startswith(("_start_", "_end_")))  # fmt: skip
"""Names that feedparser does something about; under any other it only writes down the text."""

_FIELDS = frozenset({
    "id", "link", "links", "title", "title_detail", "published", "updated", "created", "author", "author_detail",
    "authors", "contributors", "content", "summary", "summary_detail", "language", "slash_comments", "thr_total",
    "media_statistics", "source", "tags", "ttl", "sy_updateperiod", "sy_updatefrequency", *FeedParserDict.keymap,
})  # fmt: skip
"""Names under which feedparser keeps something that is used: no unknown element may write there."""

HARMLESS = frozenset({
    "category", "dc_subject", "enclosure", "generator", "itunes_block", "itunes_category", "itunes_explicit",
    "itunes_image", "itunes_keywords", "keywords", "media_category", "media_content", "media_credit", "media_group",
    "media_keywords", "media_license", "media_player", "media_rating", "media_restriction", "media_thumbnail",
})  # fmt: skip
"""Names that feedparser handles without a trace in what is used."""
TEXTS = frozenset({"copyright", "dc_rights", "itunes_subtitle", "rights", "subtitle", "tagline"})
"""The same, as long as they hold text alone: elements inside change how feedparser reads on."""

_PERSON = {"name": "name", "uri": "href", "url": "href", "email": "email"}
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_SCOPED = ("xml:base", "base", "xml:lang", "lang")
_EXTRA_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/*")
_C1_CONTROL = re.compile("[\x80-\x9f]")
_BROKEN_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
_MAIL = re.compile(
    r"[a-zA-Z0-9_\-.+]+@(?:\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.|(?:[a-zA-Z0-9\-]+\.)+)(?:[a-zA-Z]{2,4}|[0-9]{1,3})\]?(?:\?subject=\S+)?"
)
_LONGEST_MAIL = 200
_DEEPEST = 8


class Scope(NamedTuple):
    """What ``xml:base`` and ``xml:lang`` say where an element stands."""

    base: str
    language: str | None

    def inside(self, attributes: Mapping[str, str]) -> Scope:
        """The scope within an element with these attributes."""
        if not any(name in attributes for name in _SCOPED):
            return self
        base = attributes.get("xml:base", attributes.get("base"))
        language = attributes.get("xml:lang", attributes.get("lang"))
        return Scope(
            safe_base(self.base, base) if base else self.base,
            self.language if language is None else language or None,
        )


@lru_cache(maxsize=1024)
def safe_base(base: str, address: str) -> str:
    """The base that an address makes inside another. Raises Unusual where it would change again further inside."""
    found = make_safe_absolute_uri(base, address) or base
    if make_safe_absolute_uri(found, found) != found:
        raise Unusual
    return str(found)


def absolute(base: str, address: str) -> str:
    """An address as feedparser resolves it; a plain absolute one is its own resolution."""
    if PLAIN_ADDRESS.fullmatch(address):
        return address
    try:
        return urljoin(base, _EXTRA_SLASHES.sub(r"\1", address))
    except ValueError:
        return ""


def text_of(element: Element) -> str:
    """The element's text. Raises Unusual where it holds elements."""
    if len(element):
        raise Unusual
    return (element.text or "").strip()


def tidied(text: str) -> str:
    """The text itself. Raises Unusual where feedparser would repair its encoding."""
    if text.isascii():
        return text
    if _C1_CONTROL.search(text):
        raise Unusual
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
    raise Unusual


def pass_over(element: Element, names: Names, depth: int = 0) -> None:
    """Makes sure that an element leaves no trace in what is used. Raises Unusual where it might."""
    name = names[element.tag]
    if name in TEXTS:
        text_of(element)
    elif name not in HARMLESS and (name in _HANDLED or name in _FIELDS or depth > _DEEPEST):
        raise Unusual
    for child in element:
        pass_over(child, names, depth + 1)


class EntryReader:
    """Reads one entry; ``guesses`` is whether plain text may be taken for HTML, as feedparser does but in Atom."""

    def __init__(self, names: Names, *, guesses: bool, has_content: bool) -> None:
        self.fields: dict[str, Any] = {}
        self._names = names
        self._guesses = guesses
        self._has_content = has_content
        self._titled = self._titled_by_media = self._sourced = False
        self._summary_depth = _DEEPEST

    def read(self, element: Element, scope: Scope) -> dict[str, Any]:
        """The entry's fields. Raises Unusual."""
        attributes = attributes_of(element)
        if not attributes.keys().isdisjoint(("lastmod", "href", "rdf:about")):
            raise Unusual
        scope = scope.inside(attributes)
        for child in element:
            self._take(child, scope, 0)
        if self._titled_by_media and not self._titled:
            raise Unusual
        return self.fields

    def _take(self, element: Element, scope: Scope, depth: int) -> None:
        name = self._names[element.tag]
        reader = _READERS.get(name)
        if reader and (depth == 0 or name.startswith("media_")):
            attributes = attributes_of(element)
            reader(self, element, attributes, scope.inside(attributes), depth)
        elif len(element) and name not in TEXTS:
            if (name in _HANDLED and name not in HARMLESS) or name in _FIELDS or depth > _DEEPEST:
                raise Unusual
            scope = scope.inside(attributes_of(element))
            for child in element:
                self._take(child, scope, depth + 1)
        else:
            pass_over(element, self._names)

    def _title(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        """The first title that says something."""
        value, detail = self._text(element, attributes, scope, "text/plain")
        if self._sourced:
            raise Unusual
        if not self._titled:
            self.fields |= {"title": value, "title_detail": detail}
            self._titled = bool(value)

    def _media_title(self, element: Element, *_: Any) -> None:
        """Another title counts only where there is none of its own, which is left to feedparser."""
        text_of(element)
        self._titled_by_media = True
        if self._sourced:
            raise Unusual

    def _link(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        if "url" in attributes or "uri" in attributes:
            raise Unusual
        value = text_of(element)
        href = attributes.get("href")
        if href is None:
            value = tidied(absolute(scope.base, value) if value else "").replace("&amp;", "&")
            self.fields["link"] = _BROKEN_REFERENCE.sub(r"&\1", value)
            return
        relation = attributes.get("rel", "alternate")
        kind = attributes.get("type", "text/html")
        if relation == "alternate" and StrictFeedParser.map_content_type(kind) in _HTML:
            self.fields["link"] = absolute(scope.base, href)

    def _id(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        """An id that may be an address stands in for a missing link."""
        value = text_of(element)
        is_link = attributes.get("ispermalink", "true") == "true"
        value = tidied(absolute(scope.base, value) if value and is_link else value)
        self.fields["id"] = value
        if is_link:
            self.fields.setdefault("link", value)

    def _description(self, element: Element, attributes: Mapping[str, str], scope: Scope, depth: int) -> None:
        if "summary" in self.fields and not self._has_content:
            self._content(element, attributes, scope, depth)
        else:
            self._set_summary(*self._text(element, attributes, scope, "text/html"), depth)

    def _summary(self, element: Element, attributes: Mapping[str, str], scope: Scope, depth: int) -> None:
        if "summary" in self.fields and not self._has_content:
            self._content(element, attributes, scope, depth)
        else:
            self._set_summary(*self._text(element, attributes, scope, "text/plain"), depth)

    def _set_summary(self, value: str, detail: dict[str, Any], depth: int) -> None:
        """A summary further inside does not replace one further out, but its detail does."""
        if depth <= self._summary_depth:
            self.fields["summary"] = value
            self._summary_depth = depth
        self.fields["summary_detail"] = detail

    def _content(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        self._add_content(*self._text(element, attributes, scope, "text/plain"))

    def _encoded(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        self._add_content(*self._text(element, attributes, scope, "text/html"))

    def _add_content(self, value: str, detail: dict[str, Any]) -> None:
        self._has_content = True
        self.fields.setdefault("content", []).append(detail)
        self.fields.setdefault("summary", value)

    def _author(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        if len(element):
            self._person(element, scope)
            return
        value = self.fields["author"] = tidied(text_of(element))
        detail = _name_and_mail(value) if "@" in value else {"name": value} if value else {}
        if detail:
            self.fields.setdefault("author_detail", detail)

    def _person(self, element: Element, scope: Scope) -> None:
        """An Atom author. Of several, each says over what the ones before said."""
        parts: dict[str, str] = {}
        for child in element:
            key = _PERSON.get(self._names[child.tag])
            if key is None:
                pass_over(child, self._names)
                continue
            if not attributes_of(child).keys().isdisjoint(_SCOPED):
                raise Unusual
            value = text_of(child)
            parts[key] = tidied(absolute(scope.base, value)) if key == "href" and value else value
        nameless = not parts.get("name")
        if nameless and ("author" in self.fields or "".join(element.itertext()).strip() not in ("", *parts.values())):
            raise Unusual
        self.fields["author"] = parts.get("name") or parts.get("email", "")
        self.fields.setdefault("author_detail", {}).update(parts)

    def _source(self, element: Element, attributes: Mapping[str, str], *_: Any) -> None:
        text_of(element)
        self.fields["source"] = {"href": attributes["url"]} if "url" in attributes else {}
        self._sourced = True

    def _statistics(self, element: Element, attributes: Mapping[str, str], *_: Any) -> None:
        if not attributes or text_of(element):
            raise Unusual
        self.fields["media_statistics"] = attributes

    def _text(
        self, element: Element, attributes: Mapping[str, str], scope: Scope, usual: str
    ) -> tuple[str, dict[str, Any]]:
        """The text with its details: of the type that it has, or that it looks like."""
        kind = StrictFeedParser.map_content_type(attributes.get("type", usual))
        if "mode" in attributes or kind not in {"text/plain", "text/html"}:
            raise Unusual
        value = text_of(element)
        if self._guesses and kind == "text/plain" and ("&" in value or "</" in value):
            kind = "text/html" if StrictFeedParser.looks_like_html(value) else kind
        value = tidied(value)
        language = scope.language and scope.language.replace("_", "-")
        return value, {"type": kind, "language": language, "base": scope.base, "value": value}


def _name_and_mail(written: str) -> dict[str, str]:
    """The name and the mail address of ``ann@acme.example (Ann)``."""
    if len(written) > _LONGEST_MAIL:
        raise Unusual
    mail = _MAIL.search(written)
    if not mail:
        return {"name": written}
    name = written
    for part in (mail[0], "()", "<>", "&lt;&gt;"):
        name = name.replace(part, "")
    name = name.strip().removeprefix("(").removesuffix(")").strip()
    return {"name": name, "email": mail[0]} if name else {"email": mail[0]}


def _stored(name: str) -> Callable[..., None]:
    """A reader that keeps the element's text under a name; the last one counts."""

    def read(entry: EntryReader, element: Element, *_: Any) -> None:
        entry.fields[name] = tidied(text_of(element))

    return read


def _counted(name: str) -> Callable[..., None]:
    """The same for an element that feedparser does not know: with attributes, it would keep those instead."""

    def read(entry: EntryReader, element: Element, attributes: Mapping[str, str], *_: Any) -> None:
        if attributes:
            raise Unusual
        entry.fields[name] = tidied(text_of(element))

    return read


_READERS: Mapping[str, Callable[..., None]] = {
    "title": EntryReader._title,
    "media_title": EntryReader._media_title,
    "link": EntryReader._link,
    **dict.fromkeys(("guid", "id"), EntryReader._id),
    **dict.fromkeys(("description", "dc_description", "media_description"), EntryReader._description),
    **dict.fromkeys(("summary", "itunes_summary"), EntryReader._summary),
    "content": EntryReader._content,
    "content_encoded": EntryReader._encoded,
    **dict.fromkeys(("author", "managingeditor", "dc_creator", "dc_author", "itunes_author"), EntryReader._author),
    "source": EntryReader._source,
    "media_statistics": EntryReader._statistics,
    **dict.fromkeys(("pubdate", "published", "issued", "dcterms_issued"), _stored("published")),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), _stored("updated")),
    **dict.fromkeys(("created", "dcterms_created"), _stored("created")),
    **dict.fromkeys(("language", "dc_language"), _stored("language")),
    **{name: _counted(name) for name in ("slash_comments", "thr_total")},
}
