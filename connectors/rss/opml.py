"""Lists of feeds in OPML, the way every feed reader exports and imports them; lists of bare addresses are read too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.parsers import expat

from bot.errors import ConfigError
from bot.http import public_address
from bot.model import BadLine, FeedList, Subscription
from connectors.rss.links import is_web_address
from connectors.rss.opml_text import decoded, mended

_DEEPEST = 50
_FEED_SCHEME = re.compile(r"feed:(?:(?://)?(?=https?://)|(?=//))", re.IGNORECASE)
_FEED_TYPES = frozenset({"rss", "atom", "rdf", "feed", "jsonfeed"})


def read_list(body: bytes) -> FeedList:
    """The feeds that a list names. What cannot be used is named with its line; so is the place where the file breaks.

    ``body`` is OPML, or text with an address a line (``#`` begins a remark). Raises ConfigError when it is no list,
    too large, in an encoding that nobody knows, or declares entities, for which a list of feeds has no use.
    """
    text = decoded(body)
    if not text.lstrip().startswith("<"):
        return _plain_list(text)
    outlines = _outlines(text)
    broken = () if outlines.error is None else (BadLine(outlines.line, f"{outlines.error}; what follows is lost"),)
    return FeedList(tuple(outlines.feeds), (*outlines.bad, *broken))


def read_opml(path: str, where: str) -> tuple[Subscription, ...]:
    """The feeds of an OPML file that the configuration names, good addresses only.

    Raises ConfigError, naming the line, when the file cannot be read whole, an address is none, or no feed is named.
    """
    where = f"{where}: opml: {path}"
    try:
        outlines = _outlines(decoded(Path(path).read_bytes()))
    except OSError as error:
        raise ConfigError(f"{where} cannot be read ({error.strerror})") from error
    except ConfigError as error:
        raise ConfigError(f"{where} is not valid OPML: {error}") from error
    if outlines.error is not None:
        raise ConfigError(f"{where} is not valid OPML: {outlines.error} (line {outlines.line})")
    if outlines.bad:
        raise ConfigError("\n".join(f"{where}, line {bad.line}: {bad.reason}" for bad in outlines.bad))
    if not outlines.feeds:
        raise ConfigError(f"{where} names no feed (no outline has an xmlUrl)")
    return tuple(outlines.feeds)


def merged(old: bytes | None, new: Sequence[Subscription], title: str = "Feeds") -> bytes:
    """OPML 2.0 with ``new`` after what ``old`` holds, each in its folder; all else of ``old`` is kept.

    Raises ConfigError when ``old`` cannot be read whole: then it is better left alone.
    """
    root = _tree(old, title)
    body = next((element for element in root if _name(element.tag) == "body"), None)
    if body is None:
        body = ET.SubElement(root, "body")
    for feed in new:
        shown = feed.title or feed.address
        attributes = {"type": "rss", "text": shown, "title": shown, "xmlUrl": feed.address}
        if feed.site:
            attributes["htmlUrl"] = feed.site
        ET.SubElement(_folder(body, feed.folder), "outline", attributes)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _tree(old: bytes | None, title: str) -> ET.Element:
    if old is None:
        root = ET.Element("opml", {"version": "2.0"})
        ET.SubElement(ET.SubElement(root, "head"), "title").text = title
        return root
    text = decoded(old)
    outlines = _outlines(text)  # refuses entities, and what is nested too deep to be written
    if outlines.error is not None:
        raise ConfigError(f"it is not valid OPML: {outlines.error} (line {outlines.line})")
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))  # noqa: S314 no entities, see above
    root = ET.fromstring(mended(text), parser)  # noqa: S314 the same
    if _name(root.tag) != "opml":
        raise ConfigError(f"it is not OPML; it begins with <{root.tag}>")
    return root


def _folder(parent: ET.Element, path: Sequence[str]) -> ET.Element:
    """The outline at the end of ``path``, made where it is missing."""
    for name in path:
        for child in parent:
            attributes = _lowered(child.attrib)
            if _name(child.tag) == "outline" and "xmlurl" not in attributes and _label(attributes) == name:
                parent = child
                break
        else:
            parent = ET.SubElement(parent, "outline", {"text": name, "title": name})
    return parent


class _Outlines:
    """What the outlines of a document say, read one after the other, so that the good ones before a fault are kept."""

    def __init__(self) -> None:
        self.feeds: list[Subscription] = []
        self.bad: list[BadLine] = []
        self.error: str | None = None
        self.line = 0
        self._folders: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.EntityDeclHandler = _refuse_entities

    def read(self, text: str) -> None:
        """Reads on until the end or the first fault, which is kept in ``error`` and ``line``."""
        try:
            self._parser.Parse(text, True)
        except expat.ExpatError as error:
            self.error, self.line = expat.ErrorString(error.code), error.lineno

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._folders) == _DEEPEST:
            raise ConfigError(f"line {self._parser.CurrentLineNumber}: it is nested more than {_DEEPEST} deep")
        known = _lowered(attributes)
        self._folders.append("")
        if _name(tag) != "outline":
            return
        is_feed = known.get("type", "").strip().lower() in _FEED_TYPES
        address = known.get("xmlurl") or (known.get("url") if is_feed else None)
        if address is None and not is_feed:
            self._folders[-1] = _label(known)
            return
        site = known.get("htmlurl", "").strip()
        self._take(
            Subscription(
                address=_address(address or ""),
                title=_label(known),
                site=site if is_web_address(site) else None,
                folder=tuple(filter(None, self._folders)),
                line=self._parser.CurrentLineNumber,
            )
        )

    def _take(self, feed: Subscription) -> None:
        fault = _fault(feed.address)
        if fault:
            self.bad.append(BadLine(feed.line, fault))
        else:
            self.feeds.append(feed)

    def _close(self, _: str) -> None:
        self._folders.pop()


def _outlines(text: str) -> _Outlines:
    outlines = _Outlines()
    outlines.read(mended(text))
    return outlines


def _refuse_entities(*_: object) -> None:
    raise ConfigError("it declares entities, for which a list of feeds has no use")


def _plain_list(text: str) -> FeedList:
    lines = [(number, _address(line)) for number, line in enumerate(text.splitlines(), 1)]
    named = [(number, address) for number, address in lines if address and not address.startswith("#")]
    if not any(_fault(address) is None for _, address in named):
        raise ConfigError("it names no feed; give OPML, as feed readers export it, or one address a line")
    return FeedList(
        tuple(Subscription(address, line=number) for number, address in named if _fault(address) is None),
        tuple(BadLine(number, fault) for number, address in named if (fault := _fault(address))),
    )


def _fault(address: str) -> str | None:
    """Why this is no feed's address, in words; None when it may be one."""
    if not address:
        return "an outline for a feed has no xmlUrl"
    if not is_web_address(address):
        return f"'{public_address(address)[:200]}' is not a web address; it must begin with https:// or http://"
    return None


def _address(raw: str) -> str:
    """The address without the scheme that some readers put before it (``feed://…``)."""
    found = _FEED_SCHEME.match(raw := raw.strip())
    if not found:
        return raw
    rest = raw[found.end() :]
    return f"http:{rest}" if rest.startswith("//") else rest


def _name(tag: object) -> str:
    """A tag's name in lower case, without its namespace; empty for a comment, whose tag is a function."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _lowered(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in attributes.items()}


def _label(attributes: Mapping[str, str]) -> str:
    """What an outline is called, on one line."""
    return " ".join((attributes.get("title") or attributes.get("text") or "").split())
