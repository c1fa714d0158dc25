"""How prominently a mention names its subject (measurement §4), with the reason in words; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.model import Item, ItemKind, MatchField, Mention
from bot.score.naming import Span, named_at
from bot.score.sentences import split_sentences

HEADLINE = WHOLE_POST = 1.0
LEAD = 0.8
BODY_OFTEN = 0.5
BODY_ONCE = 0.3
ASIDE = 0.15

SHORT_POST = 4
"""Sentences. A post or comment no longer than this is about what it names."""

MOST_NAMINGS = 20
"""Namings that are looked at; more change nothing."""

NEARBY = 400
"""Characters around a naming that are looked at for a list or a block of tags."""

LIST_ITEMS = 5
"""Short items in a row from which a sentence is a list of names."""

_ITEM_WORDS = 3
_SIGNATURE_CHARACTERS = 200
_LEAST_TAGS = 3
_TAG_BLOCK = re.compile(rf"(?:[@#]\w+[\s,|·]*){{{_LEAST_TAGS},}}$")
_HANDLE_BLOCK = re.compile(r"(?:\.?@\w+[\s,]*){4,}")
_SIGNATURE = re.compile(
    r"^(?:-- ?|__+|—|sent from\b.*|via @?\w+|posted (?:by|from)\b.*)$", re.IGNORECASE | re.MULTILINE
)
_SEPARATOR = re.compile(r"\s*(?:[,;|·•/]|\band\b|\bor\b|&)\s*")
_SEPARATES = re.compile(r"[,;|·•/&]")
"""One of these signs, or of two words, is in every separator: where they are few is no list, which is sooner seen."""


def prominence(mention: Mention) -> tuple[float, str]:
    """``(p, reason)``, p in [0.15, 1]: where the subject is named, and how often."""
    item = mention.item
    named = named_at(mention)[:MOST_NAMINGS]
    if not named:
        return _unnamed(mention)
    real = [span for span in named if not _aside(item.text, span)]
    if not real:
        return ASIDE, "only in a list, a block of tags or a signature"
    if any(start < len(item.title) for start, _ in real):
        return HEADLINE, "in the headline"
    # An article is never short, and need not be split to know it.
    if item.kind is not ItemKind.ARTICLE and is_short_post(mention, split_sentences(item.text, len(item.title))):
        return WHOLE_POST, "a short post about it"
    return _in_body(item, real)


def is_short_post(mention: Mention, sentences: Sequence[Span]) -> bool:
    """Whether the item as a whole is about what it names: a post or comment of few sentences, no article."""
    return mention.item.kind is not ItemKind.ARTICLE and len(sentences) <= SHORT_POST


def _in_body(item: Item, real: Sequence[Span]) -> tuple[float, str]:
    body = len(item.title)
    if real[0][0] < body + (len(item.text) - body) / 3:
        return LEAD, "in the first third of the text"
    if len(real) > 1:
        return BODY_OFTEN, f"in the body, {len(real)} times"
    return BODY_ONCE, "in the body, once"


def _unnamed(mention: Mention) -> tuple[float, str]:
    """The words do not name it: it speaks itself, or is linked to."""
    if any(hit.field is MatchField.AUTHOR for hit in mention.matched):
        return WHOLE_POST, "its own account speaks"
    return BODY_ONCE, "in the address only"


def _aside(text: str, span: Span) -> bool:
    return _in_tag_block(text, span) or _in_signature(text, span) or _in_list(text, span)


def _in_tag_block(text: str, span: Span) -> bool:
    """Inside the run of tags that a post ends with, or of four handles and more that it begins with."""
    line_start, line_end = _line(text, span)
    line = text[line_start:line_end].rstrip()
    tags = _TAG_BLOCK.search(line) if line.count("@") + line.count("#") >= _LEAST_TAGS else None
    if tags and span[0] >= line_start + tags.start():
        return not text[line_end:].strip() or tags.start() == 0
    handles = _HANDLE_BLOCK.match(text)
    return handles is not None and span[1] <= handles.end()


def _in_signature(text: str, span: Span) -> bool:
    """After a signature's rule, at the end of the text."""
    tail = max(0, len(text) - _SIGNATURE_CHARACTERS)
    if text.find("\n", max(0, tail - 1)) < 0:
        return False
    return any(found.start() <= span[0] and found.start() > 0 for found in _SIGNATURE.finditer(text, tail))


def _in_list(text: str, span: Span) -> bool:
    """In a line that names many things in few words each."""
    line_start, line_end = _line(text, span)
    line = text[line_start:line_end]
    if len(_SEPARATES.findall(line)) + line.count("and") + line.count("or") < LIST_ITEMS - 1:
        return False
    items = [item for item in _SEPARATOR.split(line.partition(":")[2] or line) if item.strip()]
    short = [item for item in items if len(item.split()) <= _ITEM_WORDS]
    return len(items) >= LIST_ITEMS and len(short) >= len(items) - 1


def _line(text: str, span: Span) -> Span:
    """The line that holds the span, as far as it is near."""
    left, right = max(0, span[0] - NEARBY), min(len(text), span[1] + NEARBY)
    end = text.find("\n", span[1], right)
    return max(left, text.rfind("\n", left, span[0]) + 1), right if end < 0 else end
