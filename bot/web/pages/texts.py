"""What others wrote, as pages show it: in pieces, with what was found in it marked, and nothing unseen in it.

Templates escape each piece; nothing here is HTML.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bot.digest.plain import safe_url, shorten
from bot.model import Alignment, Mention

LONGEST = 20_000
"""Code points of a text that a page shows."""
AROUND = 140
"""Code points shown on each side of a quote."""
TITLE, OUTLET, TEXT = 140, 60, 280
_JOINERS = "\u200c\u200d"  # they shape Persian words and emoji families
_MARKS = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, half-open in code points, and what was found there: a name that styles know."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text. ``kinds`` are what was found in it; ``unseen`` counts characters that nobody would see and
    that ``text`` tells of in words.
    """

    text: str
    kinds: tuple[str, ...] = ()
    unseen: int = 0


def marked(text: str, spans: Sequence[Span], start: int = 0, end: int | None = None) -> tuple[Segment, ...]:
    """The text between two offsets in pieces; spans that reach beyond it, or beyond the text, are cut."""
    end = min(len(text) if end is None else end, start + LONGEST, len(text))
    held = [Span(max(one.start, start), min(one.end, end), one.kind) for one in spans]
    held = [one for one in held if one.start < one.end]
    edges = sorted({start, end, *(edge for one in held for edge in (one.start, one.end))})
    return tuple(
        piece
        for first, last in pairwise(edges)
        for piece in _pieces(
            text[first:last], tuple(dict.fromkeys(one.kind for one in held if one.start <= first and last <= one.end))
        )
    )


def around(text: str, alignment: Alignment) -> tuple[Segment, ...]:
    """A message's quote, marked, with some words on each side."""
    start, end = max(0, alignment.start - AROUND), min(len(text), alignment.end + AROUND)
    pieces = list(marked(text, [Span(alignment.start, alignment.end, "quote")], start, end))
    before = [Segment("… ")] if start else []
    after = [Segment(" …")] if end < len(text) else []
    return (*before, *pieces, *after)


def excerpt(mention: Mention) -> Mapping[str, Any]:
    """A mention in a few lines, for lists and questions."""
    item = mention.item
    title = shorten(item.title, TITLE)
    return {
        "title": title or shorten(item.text, TITLE) or ("(removed)" if item.removed else "(no text)"),
        "text": shorten(item.body if item.title else item.text[:4000], TEXT) if title else "",
        "outlet": shorten(item.outlet, OUTLET),
        "author": shorten(item.author.name or item.author.handle or "", OUTLET),
        "url": safe_url(item.url),
    }


def _pieces(text: str, kinds: tuple[str, ...]) -> Iterator[Segment]:
    """A stretch with its unseen characters told of in words, each run of them once."""
    seen: list[str] = []
    unseen: list[str] = []
    marks = 0
    for char in text:
        if _is_unseen(char):
            unseen.append(char)
            continue
        if unseen:
            yield from _flushed(seen, unseen, kinds)
        marks = marks + 1 if unicodedata.category(char).startswith("M") else 0
        if marks <= _MARKS:
            seen.append(_shown(char))
    yield from _flushed(seen, unseen, kinds)


def _flushed(seen: list[str], unseen: list[str], kinds: tuple[str, ...]) -> Iterator[Segment]:
    if seen:
        yield Segment("".join(seen), kinds)
    if len(unseen) == 1:
        yield Segment(f"U+{ord(unseen[0]):04X}", kinds, 1)
    elif unseen:
        yield Segment(f"{len(unseen)} unseen", kinds, len(unseen))
    seen.clear()
    unseen.clear()


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) == "Cf" and char not in _JOINERS


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"  # half a character: no encoding takes it
    return char if char == "\n" or category not in ("Cc", "Zl", "Zp") else " "
