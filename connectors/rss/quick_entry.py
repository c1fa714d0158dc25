"""One entry of a well-formed feed, read into the shape that feedparser gives it; see :mod:`connectors.rss.quick`.

feedparser reads elements one after the other, those inside others too, and minds what came before: whether there was a
title, a summary, content. So does this, for the fields that Heard uses; every rule below is feedparser's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from xml.etree.ElementTree import Element

from feedparser.api import StrictFeedParser
from feedparser.util import FeedParserDict

from connectors.rss.names import Names, Unusual, attributes_of
from connectors.rss.quick_values import SCOPED, Scope, absolute, name_and_mail, text_of, tidied

HARMLESS = frozenset({
    "category", "dc_subject", "enclosure", "generator", "itunes_block", "itunes_category", "itunes_explicit",
    "itunes_image", "itunes_keywords", "keywords", "media_category", "media_content", "media_credit", "media_group",
    "media_keywords", "media_license", "media_player", "media_rating", "media_restriction", "media_thumbnail",
})  # fmt: skip
"""Names that feedparser handles without a trace in what is used."""

TEXTS = frozenset({"copyright", "dc_rights", "itunes_subtitle", "rights", "subtitle", "tagline"})
"""The same, as long as they hold text alone: elements inside change how feedparser reads on."""

_HANDLED = frozenset(
    name.removeprefix("_start_").removeprefix("_end_").lower()
    for name in dir(StrictFeedParser)
    if name.startswith(("_start_", "_end_"))
)
"""Names that feedparser does something about; of any other it only writes down the text, under that name."""

_USED = frozenset({
    "id", "link", "links", "title", "title_detail", "published", "updated", "created", "author", "author_detail",
    "authors", "contributors", "content", "summary", "summary_detail", "language", "slash_comments", "thr_total",
    "media_starrating", "media_statistics", "source", "tags", "ttl", "sy_updateperiod", "sy_updatefrequency", *FeedParserDict.keymap,
})  # fmt: skip
"""Names under which feedparser keeps what is used: no unknown element may write there."""

_PERSON = {"name": "name", "uri": "href", "url": "href", "email": "email"}
_TEXT_TYPES = frozenset({"text/plain", "text/html"})
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_BROKEN_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
_DEEPEST = 8

Read = Callable[["EntryReader", Element, Mapping[str, str], Scope, int], None]
"""Reads an element with its attributes, in its scope, at its depth inside the entry (0: the entry's own)."""


def pass_over(element: Element, names: Names, depth: int = 0) -> None:
    """Makes sure that an element leaves no trace in what is used. Raises Unusual where it might."""
    name = names[element.tag]
    if name in TEXTS:
        text_of(element)
    elif not _is_harmless(name, depth):
        raise Unusual
    for child in element:
        pass_over(child, names, depth + 1)


def _is_harmless(name: str, depth: int) -> bool:
    return depth <= _DEEPEST and (name in HARMLESS or not (name in _HANDLED or name in _USED))


def _stored(name: str, *, with_attributes: bool = True) -> Read:
    """Keeps the text under a name; the last counts. Where feedparser does not know a name, attributes replace it."""

    def read(entry: EntryReader, element: Element, attributes: Mapping[str, str], *_: Any) -> None:
        if attributes and not with_attributes:
            raise Unusual
        entry.fields[name] = tidied(text_of(element))

    return read


def _in_attributes(name: str) -> Read:
    """Keeps the attributes under a name: feedparser does so with elements that it does not know."""

    def read(entry: EntryReader, element: Element, attributes: Mapping[str, str], *_: Any) -> None:
        if not attributes or text_of(element):
            raise Unusual
        entry.fields[name] = attributes

    return read


class EntryReader:
    """Reads one entry into ``fields``. ``guesses`` is whether plain text may be taken for HTML: not in Atom."""

    def __init__(self, names: Names, *, guesses: bool, has_content: bool) -> None:
        self.fields: dict[str, Any] = {}
        self._names = names
        self._guesses = guesses
        self._has_content = has_content
        self._titled = self._titled_by_media = self._titles_anew = False
        self._summary_depth = _DEEPEST

    def read(self, element: Element, scope: Scope) -> dict[str, Any]:
        """The entry's fields. Raises Unusual."""
        attributes = attributes_of(element)
        if not attributes.keys().isdisjoint(("lastmod", "href")):
            raise Unusual
        if attributes.get("rdf:about"):
            self.fields["id"] = attributes["rdf:about"]
        scope = scope.inside(attributes)
        for child in element:
            self._take(child, scope, 0)
        if self._titled_by_media and not self._titled:
            raise Unusual
        return self.fields

    def _take(self, element: Element, scope: Scope, depth: int) -> None:
        name = self._names[element.tag]
        read = self._READERS.get(name)
        if read and (depth == 0 or name.startswith("media_")):
            attributes = attributes_of(element)
            read(self, element, attributes, scope.inside(attributes) if attributes else scope, depth)
        elif len(element) and _is_harmless(name, depth):
            scope = scope.inside(attributes_of(element))
            for child in element:
                self._take(child, scope, depth + 1)
        else:
            pass_over(element, self._names)

    def _title(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        """The first title that says something."""
        if self._titles_anew:
            raise Unusual
        value, detail = self._text(element, attributes, scope, "text/plain")
        if not self._titled:
            self.fields |= {"title": value, "title_detail": detail}
            self._titled = bool(value)

    def _media_title(self, element: Element, *_: Any) -> None:
        """Counts only where the entry has no title of its own, which is left to feedparser."""
        if self._titles_anew:
            raise Unusual
        text_of(element)
        self._titled_by_media = True

    def _link(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        if "url" in attributes or "uri" in attributes:
            raise Unusual
        value = text_of(element)
        href = attributes.get("href")
        if href is None:
            value = tidied(absolute(scope.base, value) if value else "").replace("&amp;", "&")
            self.fields["link"] = _BROKEN_REFERENCE.sub(r"&\1", value)
        elif attributes.get("rel", "alternate") == "alternate":
            kind = StrictFeedParser.map_content_type(attributes.get("type", "text/html"))
            if kind in _PAGE_TYPES:
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
        self._add_summary(element, attributes, scope, depth, "text/html")

    def _summary(self, element: Element, attributes: Mapping[str, str], scope: Scope, depth: int) -> None:
        self._add_summary(element, attributes, scope, depth, "text/plain")

    def _add_summary(
        self, element: Element, attributes: Mapping[str, str], scope: Scope, depth: int, usual: str
    ) -> None:
        """A second summary is content, unless there is content. One further inside replaces the detail only."""
        if "summary" in self.fields and not self._has_content:
            self._content(element, attributes, scope, depth)
            return
        value, self.fields["summary_detail"] = self._text(element, attributes, scope, usual)
        if depth <= self._summary_depth:
            self.fields["summary"] = value
            self._summary_depth = depth

    def _content(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        self._add_content(*self._text(element, attributes, scope, "text/plain"))

    def _encoded(self, element: Element, attributes: Mapping[str, str], scope: Scope, _: int) -> None:
        self._add_content(*self._text(element, attributes, scope, "text/html"))

    def _add_content(self, value: str, detail: dict[str, Any]) -> None:
        self._has_content = True
        self.fields.setdefault("content", []).append(detail)
        self.fields.setdefault("summary", value)

    def _author(self, element: Element, _: Mapping[str, str], scope: Scope, __: int) -> None:
        """Of several authors the first counts."""
        if len(element):
            self._person(element, scope)
            return
        value = self.fields["author"] = tidied(text_of(element))
        detail = name_and_mail(value)
        if detail:
            self.fields.setdefault("author_detail", detail)

    def _person(self, element: Element, scope: Scope) -> None:
        """An author in parts. Of several, each writes over what the ones before said."""
        parts: dict[str, str] = {}
        for child in element:
            key = _PERSON.get(self._names[child.tag])
            if key is None:
                pass_over(child, self._names)
                continue
            if not SCOPED.isdisjoint(attributes_of(child)):
                raise Unusual
            value = text_of(child)
            parts[key] = tidied(absolute(scope.base, value)) if key == "href" and value else value
        if not parts.get("name"):
            # feedparser then goes by other authors, and by text between the parts
            beside = "".join(element.itertext()).strip()
            if "author" in self.fields or beside not in ("", *parts.values()):
                raise Unusual
        self.fields["author"] = parts.get("name") or parts.get("email", "")
        self.fields.setdefault("author_detail", {}).update(parts)

    def _source(self, element: Element, attributes: Mapping[str, str], *_: Any) -> None:
        """Where an aggregator took it. A title after it would count anew."""
        parts = {"href": attributes.get("url"), "title": tidied(text_of(element)) or None}
        self.fields["source"] = {name: value for name, value in parts.items() if value is not None}
        self._titles_anew = True

    def _image(self, element: Element, *_: Any) -> None:
        """The same."""
        text_of(element)
        self._titles_anew = True

    def _text(
        self, element: Element, attributes: Mapping[str, str], scope: Scope, usual: str
    ) -> tuple[str, dict[str, Any]]:
        """The text, and its details: of the type that it has, or that it looks like."""
        kind = StrictFeedParser.map_content_type(attributes.get("type", usual))
        if "mode" in attributes or kind not in _TEXT_TYPES:
            raise Unusual
        value = text_of(element)
        if self._guesses and kind == "text/plain" and ("&" in value or "</" in value):
            kind = "text/html" if StrictFeedParser.looks_like_html(value) else kind
        value = tidied(value)
        language = scope.language and scope.language.replace("_", "-")
        return value, {"type": kind, "language": language, "base": scope.base, "value": value}

    _READERS: ClassVar[Mapping[str, Read]] = {
        "title": _title,
        "media_title": _media_title,
        "link": _link,
        **dict.fromkeys(("guid", "id"), _id),
        **dict.fromkeys(("description", "dc_description", "media_description"), _description),
        **dict.fromkeys(("summary", "itunes_summary"), _summary),
        "content": _content,
        "content_encoded": _encoded,
        **dict.fromkeys(("author", "managingeditor", "dc_creator", "dc_author", "itunes_author"), _author),
        "source": _source,
        "image": _image,
        "media_starrating": _in_attributes("media_starrating"),
        "media_statistics": _in_attributes("media_statistics"),
        **dict.fromkeys(("pubdate", "published", "issued", "dcterms_issued"), _stored("published")),
        **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), _stored("updated")),
        **dict.fromkeys(("created", "dcterms_created"), _stored("created")),
        **dict.fromkeys(("language", "dc_language"), _stored("language")),
        "slash_comments": _stored("slash_comments", with_attributes=False),
        "thr_total": _stored("thr_total", with_attributes=False),
    }
