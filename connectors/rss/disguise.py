"""Bytes made fit for a parser: unpacked, in a known encoding, without entities that grow."""

from __future__ import annotations

import codecs
import re
import zlib
from contextlib import suppress

_MOST_UNPACKED = 15 * 2**20
_UTF16 = (
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (b"\0<\0", "utf-16-be"),
    (b"<\0", "utf-16-le"),
)
_UTF32 = (codecs.BOM_UTF32_LE, b"<\0\0\0")
_DECLARED = re.compile(r"^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*[\"'][^\"'>]*[\"']")
_ENTITY = re.compile(rb"<!ENTITY\b[^>]*+(?:>|\Z)")
_HARMLESS = re.compile(rb"<!ENTITY\s+[\w.-]+\s+([\"'])(?:&#\w{1,8};|[^&%<\"']{1,16})\1\s*>")


def readable(body: bytes) -> bytes:
    """The body without its disguises: a file stored compressed, UTF-16 with and without a mark, an entity bomb."""
    if body.startswith(b"\x1f\x8b"):
        with suppress(zlib.error):
            body = zlib.decompressobj(wbits=31).decompress(body, _MOST_UNPACKED)
    return _without_bombs(_as_utf8(body))


def _as_utf8(body: bytes) -> bytes:
    """UTF-16 turned into UTF-8; everything else is left to feedparser's own detection."""
    if body.startswith(_UTF32):
        return body
    for mark, encoding in _UTF16:
        if body.startswith(mark):
            text = body.decode(encoding, "replace").removeprefix("\ufeff")
            return _DECLARED.sub(r"\1", text).encode("utf-8", "replace")
    return body


def _without_bombs(body: bytes) -> bytes:
    """Drops entity declarations but those of single characters and short words.

    expat lets entities grow to a hundred times the document before it stops: minutes of work for one large feed.
    """
    if b"<!ENTITY" not in body:
        return body
    return _ENTITY.sub(lambda found: found[0] if _HARMLESS.fullmatch(found[0]) else b"", body)
