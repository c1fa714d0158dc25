"""Which subjects a piece names, and where: the local evaluator, which has the last word over any platform's search.

All terms of all subjects are looked for in one pass of one Aho-Corasick automaton, so that the cost grows with the
text and not with the number of terms; only the queries of subjects that were touched are evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from ahocorasick_rs import AhoCorasick

from bot.listen.folding import Folded, fold
from bot.listen.query import holds, positive_terms
from bot.listen.terms import Pattern, domain_host, patterns_of
from bot.listen.urls import host_of
from bot.model import Hit, Item, MatchField, Mention, Query, Term, TermKind, mention_id

_FIELD_ORDER = {MatchField.TITLE: 0, MatchField.TEXT: 1, MatchField.AUTHOR: 2, MatchField.URL: 3}

Place = tuple[MatchField, int, int]
Match = tuple[str, tuple[Hit, ...]]


class Matcher:
    """Matches items against many subjects' queries; safe to share between threads, as it never changes."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self._queries = tuple(queries)
        self._positive = [positive_terms(query.node) for query in queries]
        against = [positive_terms(query.node, wanted=False) for query in queries]
        terms = tuple(dict.fromkeys(chain.from_iterable((*self._positive, *against))))
        self._subjects_of: dict[Term, list[int]] = {}
        for at, term in ((at, term) for at, positive in enumerate(self._positive) for term in positive):
            self._subjects_of.setdefault(term, []).append(at)
        self._terms_of: dict[Pattern, list[Term]] = {}
        for term in terms:
            for pattern in patterns_of(term):
                self._terms_of.setdefault(pattern, []).append(term)
        by_needle: dict[str, list[Pattern]] = {}
        for pattern in self._terms_of:
            by_needle.setdefault(pattern.needle, []).append(pattern)
        self._patterns = list(by_needle.values())
        self._automaton = AhoCorasick(list(by_needle))
        self._handles = _index((_bare(term.value), term) for term in terms if term.kind is TermKind.HANDLE)
        self._domains = _index((domain_host(term), term) for term in terms if term.kind is TermKind.DOMAIN)

    def match(self, item: Item) -> tuple[Match, ...]:
        """``(subject id, hits)`` of each subject whose query the item fulfils, in the order of the queries.

        Hits are those of the terms that speak for a match, in the order of the text; ``item.text[start:end]`` of a
        hit in title or text folds to the term.
        """
        found = self._places(item)
        if not found:
            return ()
        touched = {subject for term in found for subject in self._subjects_of.get(term, ())}
        terms = found.keys()
        return tuple(
            (self._queries[at].subject, _hits(self._positive[at], found))
            for at in sorted(touched)
            if holds(self._queries[at].node, terms)
        )

    def _places(self, item: Item) -> dict[Term, list[Place]]:
        found: dict[Term, list[Place]] = {}
        self._find_in_text(item, found)
        if self._handles:
            for name in filter(None, dict.fromkeys((item.author.handle, item.author.name))):
                for term in self._handles.get(_bare(name), ()):
                    found.setdefault(term, []).append((MatchField.AUTHOR, 0, len(name)))
        if self._domains:
            for url in filter(None, dict.fromkeys((item.url, *item.links))):
                for term, place in self._find_in_address(url):
                    found.setdefault(term, []).append(place)
        return found

    def _find_in_text(self, item: Item, found: dict[Term, list[Place]]) -> None:
        folded = Folded(item.text)
        for needle, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
            for pattern in self._patterns[needle]:
                stretch = pattern.locate(folded.text, start, end)
                span = folded.original_span(*stretch) if stretch else None
                if span is not None:
                    field = MatchField.TITLE if span[1] <= len(item.title) else MatchField.TEXT
                    for term in self._terms_of[pattern]:
                        found.setdefault(term, []).append((field, *span))

    def _find_in_address(self, url: str) -> Iterator[tuple[Term, Place]]:
        """Domain terms whose host the address is on, or on a subdomain of which."""
        host = host_of(url)
        if host is None:
            return
        start = max(url.lower().find(host), 0)  # a host in another script is not written as it is compared
        labels = host.split(".")
        for at in range(len(labels)):
            for term in self._domains.get(".".join(labels[at:]), ()):
                yield term, (MatchField.URL, start, start + len(host))


def mentions_of(matcher: Matcher, item: Item, source: str, collected_at: datetime) -> tuple[Mention, ...]:
    """The item's mentions, one a subject that it names; ``collected_at`` is aware UTC. No story yet."""
    return tuple(
        Mention(mention_id(item.key, subject), subject, item, hits, source, collected_at)
        for subject, hits in matcher.match(item)
    )


def _hits(terms: Sequence[Term], found: Mapping[Term, Sequence[Place]]) -> tuple[Hit, ...]:
    hits = {Hit(str(term), *place) for term in terms for place in found.get(term, ())}
    return tuple(sorted(hits, key=lambda hit: (_FIELD_ORDER[hit.field], hit.start, hit.end, hit.term)))


def _index(names: Iterable[tuple[str, Term]]) -> dict[str, list[Term]]:
    index: dict[str, list[Term]] = {}
    for name, term in names:
        index.setdefault(name, []).append(term)
    return index


def _bare(name: str) -> str:
    """A handle or name as handles are compared: folded, without ``@`` or Reddit's ``u/``."""
    return fold(name).strip().removeprefix("@").removeprefix("/").removeprefix("u/")
