"""Companions: the words beside a name that tell whether the subject is meant. Pure.

A companion is written as a query of its own, so that it is matched exactly as a subject is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from bot.errors import QueryError
from bot.listen.folding import word_starts
from bot.listen.matching import Matcher
from bot.listen.query import parse_query, positive_terms
from bot.model import Context, Hit, Item, MatchField, Mention, Query, TermKind

_IN_TEXT = frozenset({MatchField.TITLE, MatchField.TEXT})
_UNMISTAKABLE = frozenset({TermKind.HANDLE, TermKind.DOMAIN})


class Companions:
    """A subject's companions, ready to be looked for; never changes.

    Raises QueryError that names the subject and the companion which is no query.
    """

    def __init__(self, context: Context, query: Query, identify: Callable[[str], str | None] | None = None) -> None:
        self.within = context.within
        # A handle or a domain is nobody's ordinary word: where the subject's query has one, it speaks for itself.
        sure = [str(term) for term in positive_terms(query.node) if term.kind in _UNMISTAKABLE]
        self._for = Matcher([_companion(query, "any", text) for text in dict.fromkeys((*context.any, *sure))], identify)
        self._against = Matcher([_companion(query, "none", text) for text in dict.fromkeys(context.none)], identify)

    def verdict(self, mention: Mention) -> tuple[bool | None, str]:
        """Whether the companions say that the subject is meant (None: they say nothing), and which one says so.

        Each place where the name stands is looked at by itself; one at which it is meant is enough.
        """
        count = _WordCount(mention.item.text)
        speaking, opposing = _Company(self._for, mention.item, count), _Company(self._against, mention.item, count)
        places = [hit for hit in mention.matched if hit.field in _IN_TEXT] or list(mention.matched)
        against = ""
        for place in places:
            if other := opposing.near(place, self.within):
                against = against or other
            elif meant := speaking.near(place, self.within):
                return True, meant
        return (False, against) if against else (None, "")


class _Company:
    """The companions that were found in one piece, in order; the cost of asking does not grow with their number."""

    def __init__(self, matcher: Matcher, item: Item, count: _WordCount) -> None:
        found = [(companion, hit) for companion, hits in matcher.match(item) for hit in hits]
        self._placed = sorted((one for one in found if one[1].field in _IN_TEXT), key=lambda one: one[1].start)
        self._starts = [hit.start for _, hit in self._placed]
        # One in author or address is close to everything.
        self._everywhere = next((companion for companion, hit in found if hit.field not in _IN_TEXT), "")
        self._count = count

    def near(self, place: Hit, within: int | None) -> str:
        """The companion closest to the name, if it is close enough; else empty."""
        if place.field not in _IN_TEXT:
            return next((companion for companion, _ in self._placed), self._everywhere)
        at = bisect_right(self._starts, place.start)
        beside = self._placed[max(0, at - 1) : at + 1]
        words, nearest = min(
            ((self._count.between(hit, place), companion) for companion, hit in beside), default=(0, "")
        )
        return nearest if nearest and (within is None or words <= within) else self._everywhere


class _WordCount:
    """Tells how many words it is from one place of a text to another."""

    def __init__(self, text: str) -> None:
        self._starts = word_starts(text)

    def between(self, one: Hit, other: Hit) -> int:
        """1 for neighbours, as in NEAR; 0 for what overlaps."""
        first, second = sorted((one, other), key=lambda hit: hit.start)
        last_of_first = bisect_right(self._starts, max(first.start, first.end - 1))
        return max(0, bisect_right(self._starts, second.start) - last_of_first)


def _companion(of: Query, key: str, text: str) -> Query:
    """A companion as a query. Raises QueryError that says whose and which one it is."""
    try:
        return parse_query(text, text)
    except QueryError as error:
        where = f"[[subject]] '{of.subject}': context.{key}"
        raise QueryError(f"{where}: {error}", position=error.position) from error
