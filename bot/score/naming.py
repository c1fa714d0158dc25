"""Where a text names the subject, and which stretches of it carry no tone of their own; pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter

from bot.model import MatchField, Mention, Subject
from bot.score.finding import Finder
from bot.score.words import word_set

Span = tuple[int, int]

_ADDRESS = r"(?:https?://|www\.)\S+|(?<![\w@])@\w+"
_SIGILS = ("@", "#")
_NOTHING = Finder(re.compile(r"(?!)"), re.compile(r"(?!)"))
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
    toneless = _toneless(subject.name, subject.handles, subject.neutral_phrases)
    return merged((*_spans(toneless, text, start, end), *clipped(hits, start, end)))


def named_in(text: str, start: int, end: int, subject: Subject, hits: Sequence[Span]) -> tuple[Span, ...]:
    """Stretches of ``text[start:end]`` that name the subject, counted from ``start``; ``hits``: :func:`name_hits`."""
    names = _names((subject.name, *subject.handles))
    return merged((*_spans(names, text, start, end), *clipped(hits, start, end)))


def names_any(sentence: str, subjects: Iterable[Subject]) -> bool:
    """Whether the sentence names one of the subjects by its name or handle."""
    names = tuple(name for subject in subjects for name in (subject.name, *subject.handles))
    return any(True for _ in _names(names).finditer(sentence, 0, len(sentence)))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, overlapping and doubled ones joined, empty ones dropped."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def clipped(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """The parts of ordered, disjoint ``spans`` inside ``[start, end)``, counted from ``start``."""
    if not spans:
        return ()
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


@lru_cache(maxsize=4_096)
def _name_words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _NAME_WORD.findall(text)) - _EMPTY_WORDS


def _spans(finder: Finder, text: str, start: int, end: int) -> list[Span]:
    """What is found in ``text[start:end]``, counted from ``start``."""
    return [(found.start() - start, found.end() - start) for found in finder.finditer(text, start, end)]


@lru_cache(maxsize=256)
def _toneless(name: str, handles: tuple[str, ...], phrases: tuple[str, ...]) -> Finder:
    """Links and handles of anybody, and the subject's own names and phrases."""
    written = _written((name, *handles, *phrases))
    return _finder([_ADDRESS, *_whole(written)], rf"[hw@{_signs(written)}](?:(?<!\w.)|(?<=[hw])(?=[tw]))")


@lru_cache(maxsize=256)
def _names(names: tuple[str, ...]) -> Finder:
    """The names and handles of one subject, or of several."""
    written = _written(names)
    return _finder(_whole(written), rf"[{_signs(written)}](?<!\w.)") if written else _NOTHING


def _finder(patterns: Iterable[str], begins: str) -> Finder:
    return Finder(re.compile(begins, re.IGNORECASE | re.DOTALL), re.compile("|".join(patterns), re.IGNORECASE))


def _signs(written: Iterable[str]) -> str:
    """What the phrases begin with, as a pattern has it between brackets."""
    return "".join(sorted({re.escape(phrase[0]) for phrase in written}))


def _written(phrases: Iterable[str]) -> list[str]:
    """The phrases that are not blank, without white space at their ends, the longest first."""
    return sorted({phrase.strip() for phrase in phrases if phrase.strip()}, key=lambda phrase: (-len(phrase), phrase))


def _whole(written: Iterable[str]) -> list[str]:
    """Patterns of phrases as whole words, however they are spaced."""
    return [r"(?<!\w)" + r"\s+".join(map(re.escape, phrase.split())) + r"(?!\w)" for phrase in written]
