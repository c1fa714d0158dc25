"""Makes hostile text harmless and short: what others wrote goes through here before anybody reads it.

Nothing here escapes for HTML (the template does); it removes what no form can show safely: control characters,
bidirectional overrides, invisible characters, stacks of accents, endless words.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

_JOINERS = "\u200c\u200d"  # they shape Persian words and emoji families
_MARKS = 3
_WORD = 36
_URL = 2000
SHORT = 60
"""Characters that are a quote and no copy, even where they are all that was said."""


def clean(text: str, limit: int = 10_000) -> str:
    """One line of visible characters: spaces folded, invisible and direction characters dropped, accents bounded.

    Reads no more than ``limit`` code points, so that a huge text costs nothing.
    """
    kept: list[str] = []
    marks = 0
    for char in text[:limit]:
        category = unicodedata.category(char)
        marks = marks + 1 if category.startswith("M") else 0
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif category == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")  # half a character: no encoding takes it
        elif (category != "Cf" or char in _JOINERS) and marks <= _MARKS:
            kept.append(char)
    return " ".join("".join(kept).split())


def shorten(text: str, length: int) -> str:
    """``text``, cleaned, in at most ``length`` characters; cut at a word where one is near, with an ellipsis."""
    line = clean(text, limit=length * 4)
    line = " ".join(word if len(word) <= _WORD else word[: _WORD - 1] + "…" for word in line.split(" "))
    if len(line) <= length:
        cut_off = len(text) > length * 4 and len(line) < length and not line.endswith("…")
        return line + "…" if cut_off else line
    cut = line[: length - 1]
    space = cut.rfind(" ")
    if space > length * 0.6:
        cut = cut[:space]
    return cut.rstrip(" ,.;:–—-") + "…"


def excerpt(text: str, length: int) -> str:
    """The beginning of what somebody posted, in at most ``length`` characters and never all of it, unless it is short.

    A letter cannot be taken back: it holds quotes, not copies (docs/operations.md, "What is removed at its source").
    """
    line = clean(text, limit=length * 4)
    return shorten(text, min(length, max(SHORT, len(line) * 2 // 3)))


def safe_url(url: str | None) -> str | None:
    """The address if it is plain http or https with a host, else None: no scripts, no data, no tricks with spaces."""
    if not url or len(url) > _URL or not url.isprintable() or any(char in ' <>"\\^`{|}' for char in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        return None
    return url
