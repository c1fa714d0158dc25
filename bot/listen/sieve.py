"""A quick first look: could this text belong to an item that any query matches? Never wrongly no.

The matcher has the last word. A source that reads hundreds of texts a second for a few mentions asks here before it
makes items of them. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from bot.listen.folding import fold
from bot.listen.terms import patterns_of
from bot.model import And, Near, Node, Or, Query, Term, TermKind

_SHOWN = frozenset(
    {TermKind.WORD, TermKind.PHRASE, TermKind.PREFIX, TermKind.HANDLE, TermKind.TAG, TermKind.DOMAIN},
)
"""Terms that are found only where one of their needles is written."""


def sieve(queries: Sequence[Query]) -> Callable[[str], bool]:
    """The question for these queries. The text asked about holds all of the item: words, author's names, addresses.

    Needles hold no blanks, so that it does not matter how the words are parted. A query that could match a text in
    which nothing of it is written lets every text through.
    """
    return _sieve(tuple(queries))


@lru_cache(maxsize=8)  # the same queries are asked about at every poll
def _sieve(queries: tuple[Query, ...]) -> Callable[[str], bool]:
    needles: set[str] = set()
    for query in queries:
        asked = _needles(query.node)
        if asked is None:
            return lambda _text: True
        needles |= asked
    if not needles:
        return lambda _text: False
    find = AhoCorasick(list(needles)).find_matches_as_indexes
    return lambda text: bool(find(fold(text)))


def _needles(node: Node) -> frozenset[str] | None:
    """Strings of which one at least is in the fold of every text that the node matches; None when there are none."""
    match node:
        case Term():
            return _of_term(node) if node.kind in _SHOWN else None
        case Near(left, right):
            return _fewest([_needles(left), _needles(right)])
        case And(parts):
            return _fewest([_needles(part) for part in parts])
        case Or(parts):
            found = [_needles(part) for part in parts]
            known = [needles for needles in found if needles is not None]
            return frozenset().union(*known) if len(known) == len(found) else None
        case _:
            return None


def _fewest(found: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    """Of several that are all needed, the one that lets the least through: few needles, and long ones."""
    known = [needles for needles in found if needles is not None]
    return min(known, key=lambda needles: (len(needles), -min(map(len, needles))), default=None)


def _of_term(term: Term) -> frozenset[str] | None:
    """A handle is looked for bare: an author's name is written without its sign."""
    if term.kind is TermKind.HANDLE:
        needles = frozenset({fold(term.value)})
    else:
        needles = frozenset(pattern.needle for pattern in patterns_of(term))
    return needles if all(needle.split() == [needle] for needle in needles) else None
