"""Which subjects a piece names, and where: the local evaluator, which has the last word over any platform's search.

All terms of all subjects are looked for in one pass of one Aho-Corasick automaton, so that the cost grows with the
text and not with the number of terms; only the queries of subjects that were touched are evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from bot.listen.fields import Fields, Place
from bot.listen.folding import Folded
from bot.listen.near import Neighbourhoods, Span
from bot.listen.query import holds, leaves, positive_terms, terms_of
from bot.listen.terms import LETTERS, Pattern, patterns_of
from bot.model import FIELDS, Hit, Item, Leaf, MatchField, Mention, Near, Or, Query, Term, TermKind, mention_id

Match = tuple[str, tuple[Hit, ...]]

_FIELD_ORDER = {field: number for number, field in enumerate(MatchField)}
_IN_TEXT = frozenset({MatchField.TITLE, MatchField.TEXT})


class _Needle(NamedTuple):
    """What one string of the automaton may be part of. ``is_closed``: a word has to end where it does."""

    patterns: list[tuple[Pattern, list[Term]]]
    is_closed: bool


class _Asked(NamedTuple):
    """One query, taken apart."""

    query: Query
    positive: tuple[Leaf, ...]
    nears: tuple[Near, ...]
    asks_language: bool


class Matcher:
    """Matches items against many subjects' queries; safe to share between threads, as it never changes.

    ``identify`` tells a text's language (ISO 639-1, or None) where its source did not; without it that stays unknown,
    and an unknown language fulfils no ``lang:``.
    """

    def __init__(self, queries: Sequence[Query], identify: Callable[[str], str | None] | None = None) -> None:
        self._identify = identify
        self._asked = [_taken_apart(query) for query in queries]
        self._subjects_of: dict[Term, list[int]] = {}
        for at, asked in enumerate(self._asked):
            for term in dict.fromkeys(term for leaf in asked.positive for term in terms_of(leaf)):
                self._subjects_of.setdefault(term, []).append(at)
        terms = tuple(dict.fromkeys(chain.from_iterable(_terms(query) for query in queries)))
        self._fields = Fields(terms)
        needles = _needles(term for term in terms if term.kind not in FIELDS)
        self._needles = list(needles.values())
        self._automaton = AhoCorasick(list(needles))

    def match(self, item: Item) -> tuple[Match, ...]:
        """``(subject id, hits)`` of each subject whose query the item fulfils, in the order of the queries.

        Hits are those of the terms that speak for a match, in the order of the text; ``item.text[start:end]`` of a
        hit in title or text folds to the term. Of terms near each other, the hits are those that are near.
        """
        found: dict[Term, list[Place]] = {}
        self._find_in_text(item, found)
        if self._fields:
            for term, place in self._fields.find(item):
                found.setdefault(term, []).append(place)
        if not found:
            return ()
        touched = sorted({subject for term in found for subject in self._subjects_of.get(term, ())})
        evidence = _Evidence(item, found, self._languages(item) if self._asks_language(touched) else ())
        return tuple(
            (asked.query.subject, evidence.hits(asked.positive))
            for asked in (self._asked[at] for at in touched)
            if holds(asked.query.node, evidence.leaves(asked.nears))
        )

    def _asks_language(self, touched: Sequence[int]) -> bool:
        return any(self._asked[at].asks_language for at in touched)

    def _languages(self, item: Item) -> Sequence[Term]:
        language = item.language or (self._identify(item.text) if self._identify else None)
        return self._fields.in_language(language) if language else ()

    def _find_in_text(self, item: Item, found: dict[Term, list[Place]]) -> None:
        folded = Folded(item.text)
        text, original, title = folded.text, item.text, len(item.title)
        last = len(text)
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            # Most of what the automaton finds is inside of a longer word: settled without a call.
            if start > 0 and text[start - 1] in LETTERS and text[start] in LETTERS:
                continue
            needle = self._needles[number]
            if needle.is_closed and end < last and text[end] in LETTERS and text[end - 1] in LETTERS:
                continue
            for pattern, terms in needle.patterns:
                stretch = pattern.locate(text, start, end)
                span = folded.original_span(*stretch) if stretch else None
                if span is None or not pattern.reads(original[span[0] : span[1]]):
                    continue
                field = MatchField.TITLE if span[1] <= title else MatchField.TEXT
                for term in terms:
                    if field is MatchField.TITLE or not term.in_title:
                        found.setdefault(term, []).append((field, *span))


class _Evidence:
    """What was found in one item, and which terms of it stand near each other."""

    def __init__(self, item: Item, found: Mapping[Term, Sequence[Place]], languages: Sequence[Term]) -> None:
        self._item = item
        self._found = found
        self._terms = found.keys() | languages
        self._pairs: dict[Near, frozenset[Span]] = {}
        self._neighbourhoods: Neighbourhoods | None = None

    def leaves(self, nears: Sequence[Near]) -> frozenset[Leaf]:
        """The leaves that hold: the terms that were found, and those of ``nears`` whose sides are."""
        return frozenset((*self._terms, *(near for near in nears if self._near(near))))

    def hits(self, positive: Sequence[Leaf]) -> tuple[Hit, ...]:
        """The hits of these leaves, in the order of the item."""
        hits = {
            Hit(str(term), *place)
            for leaf in positive
            for term in terms_of(leaf)
            for place in self._found.get(term, ())
            if isinstance(leaf, Term) or (place[0] in _IN_TEXT and place[1:] in self._near(leaf))
        }
        return tuple(sorted(hits, key=lambda hit: (_FIELD_ORDER[hit.field], hit.start, hit.end, hit.term)))

    def _near(self, near: Near) -> frozenset[Span]:
        if near not in self._pairs:
            left, right = self._spans(near.left), self._spans(near.right)
            self._pairs[near] = self._words.pairs(left, right, near.within) if left and right else frozenset()
        return self._pairs[near]

    def _spans(self, side: Term | Or) -> list[Span]:
        places = (place for term in positive_terms(side) for place in self._found.get(term, ()))
        return [(start, end) for field, start, end in places if field in _IN_TEXT]

    @property
    def _words(self) -> Neighbourhoods:
        if self._neighbourhoods is None:
            self._neighbourhoods = Neighbourhoods(self._item.text)
        return self._neighbourhoods


def mentions_of(matcher: Matcher, item: Item, source: str, collected_at: datetime) -> tuple[Mention, ...]:
    """The item's mentions, one a subject that it names; ``collected_at`` is aware UTC. No story yet."""
    return tuple(
        Mention(mention_id(item.key, subject), subject, item, hits, source, collected_at)
        for subject, hits in matcher.match(item)
    )


def _taken_apart(query: Query) -> _Asked:
    positive = leaves(query.node)
    every = (*positive, *leaves(query.node, wanted=False))
    return _Asked(
        query=query,
        positive=positive,
        nears=tuple(leaf for leaf in every if isinstance(leaf, Near)),
        asks_language=any(isinstance(leaf, Term) and leaf.kind is TermKind.LANGUAGE for leaf in every),
    )


def _terms(query: Query) -> Iterable[Term]:
    return (*positive_terms(query.node), *positive_terms(query.node, wanted=False))


def _needles(terms: Iterable[Term]) -> dict[str, _Needle]:
    """What the automaton looks for, each string once, with the patterns that it may be part of."""
    terms_of_pattern: dict[Pattern, list[Term]] = {}
    for term in terms:
        for pattern in patterns_of(term):
            terms_of_pattern.setdefault(pattern, []).append(term)
    patterns: dict[str, list[tuple[Pattern, list[Term]]]] = {}
    for pattern, named in terms_of_pattern.items():
        patterns.setdefault(pattern.needle, []).append((pattern, named))
    return {needle: _Needle(rows, all(pattern.is_closed for pattern, _ in rows)) for needle, rows in patterns.items()}
