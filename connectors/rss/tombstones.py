"""What a feed itself declares deleted: the ``deleted-entry`` elements of RFC 6721, which feedparser does not read."""

from __future__ import annotations

import re
from html import unescape

NAMESPACE = b"http://purl.org/atompub/tombstones/1.0"
MOST = 1_000
"""So many of a feed are taken; a tombstone is an invitation to grow without end."""

# What an entry quotes is no tombstone: whoever may write in a feed could have others' entries deleted.
_QUOTED = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_TOMBSTONE = re.compile(
    rb"""<(?:[\w.-]{1,40}:)?deleted-entry\s[^<>]{0,4000}?\bref\s*=\s*(?:"([^"<]{1,2000})"|'([^'<]{1,2000})')"""
)


def tombstones(body: bytes) -> tuple[str, ...]:
    """The ids of the entries that this feed declares deleted, each once, in its order."""
    if NAMESPACE not in body:
        return ()
    found = _TOMBSTONE.finditer(_QUOTED.sub(b"", body))
    ids = (unescape((one[1] or one[2]).decode("utf-8", "replace")).strip() for one in found)
    return tuple(dict.fromkeys(filter(None, ids)))[:MOST]
