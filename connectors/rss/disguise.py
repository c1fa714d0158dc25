"""Bytes made fit for a parser: unpacked, in a known encoding, without entities that grow or name no character."""

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

_HALF = rb"(?:0*+5[5-7]\d{3}|[xX]0*+[dD][89a-fA-F][\da-fA-F]{2});"
# All that is looked for begins with the same two signs, by which the search is fast.
_IMPOSSIBLE = re.compile(rb"&#(?:%s(?:&#%s)*+|(?:0*+[1-9]\d{6,}+|[xX]0*+[1-9a-fA-F][\da-fA-F]{5,}+);)" % (_HALF, _HALF))
_REFERENCE = re.compile(rb"&#([xX]?)0*([\da-fA-F]+);")
_LAST_BMP, _LAST = 0xFFFF, 0x10FFFF


def readable(body: bytes) -> bytes:
    """The body without its disguises: a file stored compressed, UTF-16 with and without a mark, an entity bomb.

    References to no character (``&#xD800;``) become a replacement character: one of them would cost the whole feed.
    Pairs of halves, as some programs write emoji, become the one they mean.
    """
    if body.startswith(b"\x1f\x8b"):
        with suppress(zlib.error):
            body = zlib.decompressobj(wbits=31).decompress(body, _MOST_UNPACKED)
    return _possible(_without_bombs(_as_utf8(body)))


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


def _possible(body: bytes) -> bytes:
    return _IMPOSSIBLE.sub(_mended, body) if b"&#" in body else body


def _mended(found: re.Match[bytes]) -> bytes:
    units = bytearray()
    for sign, digits in _REFERENCE.findall(found[0]):
        # More digits than any character has are not counted out: Python refuses to read very long numbers.
        code = int(digits, 16 if sign else 10) if len(digits) <= len("1114111") else _LAST + 1
        if code > _LAST_BMP:
            return found[0] if code <= _LAST else b"&#xFFFD;"
        units += code.to_bytes(2, "big")
    return b"".join(b"&#x%X;" % ord(character) for character in units.decode("utf-16-be", "replace"))
