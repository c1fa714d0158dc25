"""Markup to plain text, in time linear in its length.

A tree builder would give prettier text of broken markup, but those at hand need time that grows with the square of the
nesting depth (minutes for one hostile megabyte). Every pattern here consumes what it scans.
"""

from __future__ import annotations

import html
import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|noscript|template|iframe|object|svg|textarea|select)\b.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK = re.compile(
    r"</?(?:address|article|aside|blockquote|br|caption|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header"
    r"|hr|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul)\b[^<>]*>",
    re.IGNORECASE,
)
# Quoted values may hold '>', never '<': so no attempt looks beyond the next '<'.
_TAG = re.compile(r"<[a-z/!?](?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>|<[a-z/!?][^<>]*+(?:>|\Z)", re.IGNORECASE)
_ACTIVE = ("script", "style", "iframe", "object")
_PARAGRAPH = "\u2029"


def from_html(markup: str) -> str:
    """The text that a reader of the page would see, one line a block. Scripts, styles and comments are gone."""
    if "<" in markup:
        markup = _TAG.sub("", _BLOCK.sub(_PARAGRAPH, _UNSEEN.sub(" ", markup)))
        lines = markup.split(_PARAGRAPH)
    else:
        lines = markup.splitlines()
    if "&" in markup:
        lines = [html.unescape(line) for line in lines]
    return _joined(lines)


def from_text(text: str) -> str:
    """Plain text as it is, lines kept, white space and control characters tidied.

    What carries a whole script element is markup under a wrong label.
    """
    if "</" in text and _is_active(text.lower()):
        return from_html(text)
    return _joined(text.splitlines())


def _is_active(lowered: str) -> bool:
    return any(-1 < lowered.find(f"<{name}") < lowered.rfind(f"</{name}") for name in _ACTIVE)


def one_line(text: str) -> str:
    """The same on a single line."""
    return " ".join(_CONTROL.sub("", text).split())


def _joined(lines: list[str]) -> str:
    tidy = (" ".join(line.split()) for line in lines)
    return _CONTROL.sub("", "\n".join(line for line in tidy if line)).strip()
