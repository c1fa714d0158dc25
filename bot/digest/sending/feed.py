"""The digests of one report as an RSS 2.0 feed: verdicts and addresses, no texts of others. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from bot.digest.sending.machine import machine_body
from bot.model import Digest

MEDIA_TYPE = "application/rss+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MINUTES = 60

register_namespace("atom", _ATOM)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed is: its own address, and that of the pages of digests, None where there are none."""

    feed: str
    pages: str | None


def feed_of(report: str, digests: Sequence[Digest], place: Place) -> bytes:
    """The feed's document; ``digests`` newest first. The same digests give the same bytes."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _say(channel, "title", f"Heard: {report}")
    _say(channel, "link", place.pages or place.feed)
    _say(channel, "description", f"The digests of '{report}': the verdict of each, and where the whole is.")
    SubElement(channel, f"{{{_ATOM}}}link", href=place.feed, rel="self", type=MEDIA_TYPE)
    _say(channel, "ttl", str(_MINUTES))
    if digests:
        _say(channel, "lastBuildDate", format_datetime(max(one.created_at for one in digests), usegmt=True))
    for digest in digests:
        _item(channel, digest, place.pages)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _item(channel: Element, digest: Digest, pages: str | None) -> None:
    item = SubElement(channel, "item")
    body = machine_body({**digest.body, "subject_line": digest.subject_line})
    _say(item, "title", str(body["subject_line"]))
    if pages is not None:
        _say(item, "link", f"{pages}/{digest.id}")
    _say(item, "guid", f"urn:heard:digest:{digest.id}").set("isPermaLink", "false")
    _say(item, "pubDate", format_datetime(digest.created_at, usegmt=True))
    _say(item, "description", str(body.get("verdict") or ""))


def _say(parent: Element, name: str, text: str) -> Element:
    part = SubElement(parent, name)
    part.text = _NOT_XML.sub("", text)
    return part
