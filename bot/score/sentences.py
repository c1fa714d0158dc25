"""Cuts a text into sentences, as offsets; pure, and built for social text: no capitals, emoji, links, line breaks.

It does not parse: a full stop ends a sentence unless an abbreviation, an initial, a list number or an ellipsis stands
before it. Lines end sentences too, except where a text was wrapped at a fixed width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.score.words import word_set

LONGEST = 1_000
"""Characters. What runs on without a stop is cut at a pause: a guard against text that is no prose."""

WRAPPED_LINE = 50
"""Characters. A line this long that goes on in lower case was wrapped, not ended."""

Span = tuple[int, int]

_EMOJI = "\U0001f000-\U0001faff\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u200d\u20e3\U000e0020-\U000e007f"
_CLOSERS = "\"'”’»)\\]*_"
# Every repetition is possessive, bounded or anchored at the start of its run, so that no text takes quadratic time.
_BREAK = re.compile(
    rf"(?<![.!?…])(?P<stop>[.!?…]++[{_CLOSERS}]*+)(?=\s|[{_EMOJI}]|$)(?:[^\S\n]{{0,2}}[{_EMOJI}]++)*+"
    rf"|(?P<cjk>[。！？]++[{_CLOSERS}」』）]*+)"
    r"|(?P<line>\n\s*+)"
    rf"|(?<![{_EMOJI}])(?P<emoji>[{_EMOJI}](?:[^\S\n]{{0,2}}[{_EMOJI}]){{0,20}}+)(?=[^\S\n]{{1,3}}[^\W\d_])",
)
_SIGN = re.compile(rf"[.!?…。！？\n{_EMOJI}]")
"""What every break begins with: jumping from one to the next is six times as fast as trying ``_BREAK`` everywhere."""

_LAST_WORD = re.compile(r"[^\s(\[\"'“‘]*$")
_NEXT_WORD = re.compile(r"[\s\"'“‘(\[*_]*([^\W_]+)")
_PAUSE = re.compile(r"[,;:)]\s|\s")
_LIST_NUMBER = re.compile(r"\(?\d{1,2}")

_NEVER_LAST = word_set(
    "mr mrs ms dr prof rev hon st mt ft gen col sgt capt lt messrs vs e.g i.e cf no nos vol ch fig pp ed eds approx "
    "est ca resp dept min max incl excl z.b d.h bzw"
)
_SELDOM_LAST = word_set("inc ltd co corp bros jr sr u.s u.k u.s.a u.n e.u d.c ph.d b.a m.a")
_OFTEN_LAST = word_set("etc a.m p.m al")
_STARTERS = word_set(
    "the a an it its this that these those they their he she his her we our i you your there here but and so if when "
    "while after before however in on at for as not no what why how who now then my"
)


def split_sentences(text: str, headline: int = 0) -> tuple[Span, ...]:
    """The sentences of ``text`` as half-open code point spans: in order, disjoint, and covering all but white space.

    ``headline`` is the length of the title that the text begins with: a sentence of its own however it is punctuated.
    """
    return _split(text, headline)


@lru_cache(maxsize=8)
def _split(text: str, headline: int) -> tuple[Span, ...]:
    """Remembered, because tone, prominence and messages each ask for the same text's."""
    spans: list[Span] = []
    if headline:
        spans.extend(_trimmed(text, 0, headline))
    start = headline
    for end in _breaks(text, headline):
        spans.extend(_trimmed(text, start, end))
        start = end
    spans.extend(_trimmed(text, start, len(text)))
    return tuple(spans)


def _breaks(text: str, start: int) -> Iterator[int]:
    for found in _found_breaks(text, start):
        if found["stop"]:
            if _ends_sentence(text, found, start):
                start = found.end()
                yield start
        elif found["line"]:
            if not _wrapped(text, found):
                start = found.end()
                yield start
        elif found["cjk"] or _capital(text, found.end()):
            start = found.end()
            yield start


def _found_breaks(text: str, start: int) -> Iterator[re.Match[str]]:
    """What ``_BREAK.finditer(text, start)`` gives."""
    for sign in _SIGN.finditer(text, start):
        if sign.start() >= start:
            found = _BREAK.match(text, sign.start())
            if found:
                start = found.end()
                yield found


def _ends_sentence(text: str, found: re.Match[str], start: int) -> bool:
    stop = found["stop"]
    if "!" in stop or "?" in stop:
        return True
    follower = _NEXT_WORD.match(text, found.end())
    next_word = follower[1] if follower else ""
    if "…" in stop or stop.startswith(".."):
        return not next_word[:1].islower()
    if found.end() > found.end("stop"):
        return True
    word = _LAST_WORD.search(text, max(start, found.start() - 24), found.start())
    return _word_may_end(word[0] if word else "", next_word, first=text[start : start + 8].partition(".")[0].strip())


def _word_may_end(word: str, next_word: str, *, first: str) -> bool:
    """Whether a full stop after ``word`` ends a sentence; ``first`` is what the sentence begins with."""
    lower = word.lower()
    if _LIST_NUMBER.fullmatch(word) and first == word:
        return False
    if lower == "no":
        return not next_word[:1].isdigit()
    if lower in _NEVER_LAST or (len(word) == 1 and word.isupper() and word != "I"):
        return False
    if lower in _OFTEN_LAST:
        return not next_word or next_word[0].isupper()
    if lower in _SELDOM_LAST:
        return not next_word or (next_word[0].isupper() and next_word.lower() in _STARTERS)
    return True


def _wrapped(text: str, found: re.Match[str]) -> bool:
    """Whether this line break was set by a fixed width: one break, a long line before it, lower case after it."""
    if found[0].count("\n") != 1 or found.start() == 0 or not text[found.end() : found.end() + 1].islower():
        return False
    line = found.start() - (text.rfind("\n", 0, found.start()) + 1)
    return line >= WRAPPED_LINE and (text[found.start() - 1].isalnum() or text[found.start() - 1] in ",;-–—")


def _capital(text: str, at: int) -> bool:
    follower = _NEXT_WORD.match(text, at)
    return follower is not None and follower[1][0].isupper()


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without white space at its ends, cut at pauses where it is too long; nothing when it is blank."""
    while end - start > LONGEST:
        cut = start + LONGEST
        for pause in _PAUSE.finditer(text, start + LONGEST // 2, cut):
            cut = pause.end()
        yield from _stripped(text, start, cut)
        start = cut
    yield from _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if left < right:
        yield left, right
