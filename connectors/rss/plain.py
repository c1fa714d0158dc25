"""Markup to plain text, in time linear in its length.

A tree builder would give prettier text of broken markup, but those at hand need time that grows with the square of the
nesting depth (minutes for one hostile megabyte). Every pattern here consumes what it scans.
"""

from __future__ import annotations

import html
import re

_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|noscript|template|iframe|object|svg|textarea|select)\b.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_BLOCKS = (
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
    "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul",
)  # fmt: skip
_INLINE = (
    "a", "abbr", "acronym", "audio", "b", "bdi", "bdo", "big", "button", "center", "cite", "code", "col", "colgroup",
    "data", "del", "details", "dfn", "em", "font", "i", "img", "input", "ins", "kbd", "label", "map", "mark", "math",
    "picture", "q", "s", "samp", "small", "source", "span", "strike", "strong", "sub", "summary", "sup", "time", "tt",
    "u", "var", "video", "wbr",
)  # fmt: skip
_BLOCK = re.compile(rf"</?(?:{'|'.join(_BLOCKS)})\b[^<>]*>", re.IGNORECASE)
# Quoted values may hold '>', never '<': so no attempt looks beyond the next '<'.
_TAG = re.compile(r"<[a-z/!?](?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>|<[a-z/!?][^<>]*+(?:>|\Z)", re.IGNORECASE)
_ACTIVE = ("script", "style", "iframe", "object")
_PARAGRAPH = "\u2029"


def _usual_tags() -> dict[str, str]:
    """What stands in the place of each usual tag, by its beginning up to the first blank."""
    instead = dict.fromkeys(_BLOCKS, _PARAGRAPH) | dict.fromkeys(_INLINE, "")
    forms = {form: sign for name, sign in instead.items() for form in (name, f"/{name}", f"{name}/")}
    return forms | {form.upper(): sign for form, sign in forms.items()}


_USUAL = _usual_tags()


def from_html(markup: str) -> str:
    """The text that a reader of the page would see, one line a block. Scripts, styles and comments are gone."""
    lines = _without_tags(markup).split(_PARAGRAPH) if "<" in markup else markup.splitlines()
    if "&" in markup:
        lines = [html.unescape(line) if "&" in line else line for line in lines]
    return _joined(lines)


def _without_tags(markup: str) -> str:
    """The markup without its tags, and without what no reader sees; a mark where a block begins or ends."""
    text = _without_usual_tags(markup)
    if text is None:
        markup = _UNSEEN.sub(" ", markup)
        text = _without_usual_tags(markup)
    return _TAG.sub("", _BLOCK.sub(_PARAGRAPH, markup)) if text is None else text


def _without_usual_tags(markup: str) -> str | None:
    """What the patterns would give, in a fifth of the time; None where a tag is not a usual one, plainly written."""
    parts = markup.replace(">", "<").split("<")
    pairs = len(parts) // 2
    signs = [">"] * (2 * pairs)
    signs[::2] = ["<"] * pairs
    written = [*parts, *signs]
    written[::2], written[1::2] = parts, signs
    if "".join(written) != markup:
        return _without_quoted_tags(markup)
    # One '>' follows each '<', so that a tag can end nowhere else, whatever its quotes.
    instead = {tag: _USUAL.get(tag.partition(" ")[0], "<") for tag in set(parts[1::2])}
    if "<" in instead.values():
        return None
    parts[1::2] = map(instead.__getitem__, parts[1::2])
    return "".join(parts)


def _without_quoted_tags(markup: str) -> str | None:
    """The same where ``>`` stands in the text, too."""
    text, *pieces = markup.split("<")
    kept = [text]
    for piece in pieces:
        tag, closed, text = piece.partition(">")
        instead = _instead_of(tag)
        if instead is None or not closed:
            return None
        kept += instead, text
    return "".join(kept)


def _instead_of(tag: str) -> str | None:
    """What stands in the place of a tag with attributes. Their quotes are closed, else the tag may not end here."""
    if ('"' in tag and "'" in tag) or tag.count('"') % 2 or tag.count("'") % 2:
        return None
    return _USUAL.get(tag.partition(" ")[0])


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
    """The text on a single line, without control characters."""
    if text.isprintable() and "  " not in text:
        return text.strip(" ")  # what the rest comes to for most lines
    line = " ".join(text.split())
    return line if line.isprintable() else " ".join(_CONTROL.sub("", text).split())


def _joined(lines: list[str]) -> str:
    # nearly every line comes out of one_line as it went in, but for blanks around it
    tidy = [
        line.strip(" ") if line.isprintable() and "  " not in line else one_line(line)
        for line in lines
        if line and not line.isspace()
    ]
    return "\n".join(filter(None, tidy))
