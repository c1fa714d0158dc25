"""Where a text names the subject, and which stretches of it carry no tone of their own; pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter

from bot.model import MatchField, Mention, Subject
from bot.score.words import word_set

Span = tuple[int, int]

_ADDRESS = r"(?:https?://|www\.)\S+|(?<![\w@])@\w+"
_SIGILS = ("@", "#")
_NAME_WORD = re.compile(r"[^\W_]{2,}")
_EMPTY_WORDS = word_set("the a an of and for de la le")


def named_at(mention: Mention) -> tuple[Span, ...]:
    """The stretches of the text that the query's terms were found at: in order, overlapping ones joined."""
    hits = ((hit.start, hit.end) for hit in mention.matched if hit.field in (MatchField.TITLE, MatchField.TEXT))
    return merged(hits)


def name_hits(mention: Mention, subject: Subject) -> tuple[Span, ...]:
    """The hits that are part of the name, a handle, a tag or a domain: in order, overlapping ones joined.

    Other terms of a query ("recall", "overpriced") are words like any other.
    """
    text = mention.item.text
    name = _name_words(subject.name)
    return merged(
        (hit.start, hit.end)
        for hit in mention.matched
        if hit.field in (MatchField.TITLE, MatchField.TEXT) and _is_name(hit.term, text[hit.start : hit.end], name)
    )


def masked(text: str, start: int, end: int, subject: Subject, hits: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches of ``text[start:end]`` that say nothing about tone, counted from ``start``.

    These are the subject's names and neutral phrases, all handles and links, and ``hits`` (:func:`name_hits`). Names
    carry valence: 'United' is positive, 'Fire' is negative.
    """
    pattern = _pattern(subject.name, subject.handles, subject.neutral_phrases)
    found = [(match.start() - start, match.end() - start) for match in pattern.finditer(text, start, end)]
    return merged((*found, *clipped(hits, start, end)))


def named_in(text: str, start: int, end: int, subject: Subject, hits: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches of ``text[start:end]`` that name the subject, counted from ``start``; ``hits``: :func:`name_hits`."""
    pattern = _own_names(subject.name, subject.handles)
    found = [(match.start() - start, match.end() - start) for match in pattern.finditer(text, start, end)]
    return merged((*found, *clipped(hits, start, end)))


def names_any(sentence: str, subjects: Iterable[Subject]) -> bool:
    """Whether the sentence names one of the subjects by its name or handle."""
    return any(_own_names(subject.name, subject.handles).search(sentence) for subject in subjects)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, overlapping and doubled ones joined, empty ones dropped."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def clipped(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """The parts of ordered, disjoint ``spans`` inside ``[start, end)``, counted from ``start``."""
    first = bisect_right(spans, start, key=itemgetter(1))
    last = bisect_left(spans, end, key=itemgetter(0))
    return tuple((max(left, start) - start, min(right, end) - start) for left, right in spans[first:last])


def _is_name(term: str, written: str, name: frozenset[str]) -> bool:
    return (
        term.startswith(_SIGILS)
        or written.startswith(_SIGILS)
        or "." in term
        or any(word in name for word in _name_words(written))
    )


def _name_words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _NAME_WORD.findall(text)) - _EMPTY_WORDS


@lru_cache(maxsize=256)
def _pattern(name: str, handles: tuple[str, ...], phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Links and handles of anybody, and the subject's own names and phrases."""
    return re.compile("|".join([_ADDRESS, *_whole((name, *handles, *phrases))]), re.IGNORECASE)


@lru_cache(maxsize=256)
def _own_names(name: str, handles: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_whole((name, *handles))) or r"(?!)", re.IGNORECASE)


def _whole(phrases: Iterable[str]) -> list[str]:
    """Patterns of phrases as whole words, the longest first, however they are spaced."""
    written = sorted({phrase for phrase in phrases if phrase.strip()}, key=lambda phrase: (-len(phrase), phrase))
    return [r"(?<!\w)" + r"\s+".join(map(re.escape, phrase.split())) + r"(?!\w)" for phrase in written]
