"""Names of elements and attributes as feedparser sees them, for well-formed documents whose namespaces hold no
surprise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from feedparser.api import StrictFeedParser

_KNOWN = {uri.lower(): prefix.lower() for uri, prefix in StrictFeedParser.namespaces.items()}
_PREFIXES = frozenset(_KNOWN.values())
_SPECIAL = frozenset({"http://my.netscape.com/rdf/simple/0.9/", "http://www.w3.org/1999/xlink"})
"""Namespaces that change how feedparser takes the rest of a document."""
_USERLAND = "backend.userland.com/rss"
_LOWERED = {"rel", "type"}
_NO_ATTRIBUTES: Mapping[str, str] = {}


class Unusual(Exception):
    """The document has something that only feedparser knows how to read."""


class Names(dict[str, str]):
    """The name of each tag: in lower case, the usual prefix of its namespace before it (``dc_creator``).

    ``declared`` are all (prefix, namespace) pairs of the document; ``namespaces`` are those, in lower case. Raises
    Unusual where feedparser's own bookkeeping, which goes by prefix for what it does not know, could take one namespace
    for another.
    """

    def __init__(self, declared: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.namespaces: set[str] = set()
        self._prefix_of: dict[str, str] = {}
        namespace_of: dict[str, str] = {}
        for prefix, namespace in dict.fromkeys(declared):
            lowered = namespace.lower()
            known = _KNOWN.get(lowered)
            special = lowered in _SPECIAL or _USERLAND in lowered or any(sign in namespace for sign in " }\t\n\r")
            borrowed = prefix and prefix.lower() in _PREFIXES and known not in (None, prefix.lower())
            # of attributes feedparser goes by both the namespace and the prefix as it is written
            borrowed = borrowed or (prefix.lower() == "rdf" and known != "rdf")
            reused = prefix and namespace_of.setdefault(prefix.lower(), namespace) != namespace
            first = prefix if known is not None else self._prefix_of.setdefault(namespace, prefix)
            doubled = bool(first) != bool(prefix)
            if special or borrowed or reused or doubled:
                raise Unusual
            self.namespaces.add(lowered)

    def __missing__(self, tag: str) -> str:
        namespace, _, local = tag.removeprefix("{").rpartition("}")
        prefix = _KNOWN.get(namespace.lower())
        if prefix is None:
            prefix = self._prefix_of.get(namespace, "")
        name = self[tag] = f"{prefix}_{local}".lower() if prefix else local.lower()
        return name


def attributes_of(element: Element) -> Mapping[str, str]:
    """Its attributes by lower-case name (``href``, ``xml:lang``). An unknown namespace counts as none, but yields."""
    if not element.attrib:
        return _NO_ATTRIBUTES
    found = {_attribute(key): value for key, value in element.attrib.items() if key[0] == "{"}
    found |= {key.lower(): value for key, value in element.attrib.items() if key[0] != "{"}
    for name in _LOWERED & found.keys():
        found[name] = found[name].lower()
    return found


def _attribute(key: str) -> str:
    namespace, _, local = key.removeprefix("{").rpartition("}")
    prefix = _KNOWN.get(namespace.lower())
    return f"{prefix}:{local}".lower() if prefix else local.lower()
