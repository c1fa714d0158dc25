"""Texts, addresses and scopes as feedparser takes them; see :mod:`connectors.rss.quick`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from feedparser.urls import make_safe_absolute_uri

from connectors.rss.links import PLAIN_ADDRESS
from connectors.rss.names import Unusual

SCOPED = frozenset({"xml:base", "base", "xml:lang", "lang"})
_EXTRA_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/*")
_C1_CONTROL = re.compile("[\x80-\x9f]")
_MAIL = re.compile(
    r"[a-zA-Z0-9_\-.+]+@(?:\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.|(?:[a-zA-Z0-9\-]+\.)+)"
    r"(?:[a-zA-Z]{2,4}|[0-9]{1,3})\]?(?:\?subject=\S+)?"
)
_LONGEST_WITH_MAIL = 200
_LONGEST_BASE = 2_000


class Scope(NamedTuple):
    """What ``xml:base`` and ``xml:lang`` say where an element stands."""

    base: str
    language: str | None

    def inside(self, attributes: Mapping[str, str]) -> Scope:
        """The scope within an element with these attributes."""
        if SCOPED.isdisjoint(attributes):
            return self
        base = attributes.get("xml:base", attributes.get("base"))
        language = attributes.get("xml:lang", attributes.get("lang"))
        return Scope(
            safe_base(self.base, base) if base else self.base,
            self.language if language is None else language or None,
        )


def safe_base(base: str, address: str) -> str:
    """The base that an address makes inside another. Raises Unusual where it would change again further inside."""
    if len(address) > _LONGEST_BASE:
        raise Unusual
    return _safe_base(base, address)


@lru_cache(maxsize=256)
def _safe_base(base: str, address: str) -> str:
    found = str(make_safe_absolute_uri(base, address) or base)
    if make_safe_absolute_uri(found, found) != found:
        raise Unusual
    return found


def absolute(base: str, address: str) -> str:
    """An address resolved; empty where it cannot be."""
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


def name_and_mail(written: str) -> dict[str, str]:
    """The name and the mail address of ``ann@acme.example (Ann)``, each where there is one."""
    if "@" not in written:
        return {"name": written} if written else {}
    if len(written) > _LONGEST_WITH_MAIL:  # the pattern looks at some stretches again and again
        raise Unusual
    mail = _MAIL.search(written)
    if not mail:
        return {"name": written}
    name = written
    for part in (mail[0], "()", "<>", "&lt;&gt;"):
        name = name.replace(part, "")
    name = name.strip().removeprefix("(").removesuffix(")").strip()
    return {"name": name, "email": mail[0]} if name else {"email": mail[0]}
