"""Subjects' queries as Algolia searches.

A search asks for all of its words, in any order, wherever they stand; the last of them may go on. So it only ever finds
more than the query means, and the local evaluator has the last word. What Algolia cannot say is left out where that
widens the search; where it does not (``a OR NOT b``), everything is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from bot.model import And, Compiled, Near, Node, Not, Note, Or, Query, Search, Term, TermKind

PLATFORM = "Hacker News"
MOST = 20
"""An AND of alternatives is written out into so many searches at most."""
LONGEST = 500
"""Algolia takes 512 bytes."""

_SHOWN = 60
_FREE = "more is read than is kept (it bills nothing)"
_BETWEEN = re.compile(r"[^\w'’.+#&]+")
_IN_THE_TEXT = frozenset(
    {TermKind.WORD, TermKind.PHRASE, TermKind.PREFIX, TermKind.HANDLE, TermKind.TAG, TermKind.DOMAIN}
)
"""Terms whose words are in what Algolia looks through: title, text, address, author."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Words that a piece must hold all of, and one beginning of a word; nothing at all stands for every piece."""

    words: frozenset[str] = frozenset()
    beginning: str = ""

    def __str__(self) -> str:
        """The search as it is sent: the beginning last, because only the last word may go on."""
        text = " ".join(filter(None, (*sorted(self.words), self.beginning)))
        while len(text.encode()) > LONGEST:
            text = text.rpartition(" ")[0]
        return text

    def __and__(self, other: Asked) -> Asked:
        """Both together; of two beginnings one is left out."""
        return Asked(self.words | other.words, self.beginning or other.beginning)

    def finds_all_of(self, other: Asked) -> bool:
        """Whether what the other finds is found by this one too."""
        return self.words <= other.words and self.beginning in {"", other.beginning}


EVERYTHING = Asked()


def compile_query(query: Query) -> Compiled:
    """What is sent for one query by itself; queries of several subjects share the searches that they have in common."""
    searches = searches_of([query])
    notes = [_note(part) for part in _unsaid(query.node)]
    if "" in searches:
        notes.append(Note(str(query.node), "", f"Algolia cannot narrow this, and every new piece is read: {_FREE}"))
    return Compiled(PLATFORM, tuple(map(Search, searches)), tuple(dict.fromkeys(notes)), LONGEST)


def searches_of(queries: Sequence[Query]) -> tuple[str, ...]:
    """The searches that together find all that the queries mean, without those that another one makes needless."""
    asked = tuple(dict.fromkeys(search for query in queries for search in _alternatives(query.node)))
    beside: dict[str, list[Asked]] = {}
    for search in asked:
        beside.setdefault(min(search.words, default=""), []).append(search)

    def needless(search: Asked) -> bool:
        return any(
            other != search and other.finds_all_of(search)
            for word in ("", *search.words)
            for other in beside.get(word, ())
        )

    return tuple(dict.fromkeys(str(search) for search in asked if not needless(search)))


def _unsaid(node: Node) -> Iterator[Node]:
    """The parts of which Algolia says less than they mean: order, nearness, case, headlines, exclusions, fields."""
    match node:
        case Term():
            asked = _alternatives(node)[0]
            several = len(asked.words) + bool(asked.beginning) > 1
            if several or node.exact or node.in_title or asked == EVERYTHING:
                yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from _unsaid(part)
        case Near() | Not():
            yield node


def _note(part: Node) -> Note:
    asked = " / ".join(map(str, _alternatives(part)))
    shown = asked if len(asked) <= _SHOWN else f"{asked[:_SHOWN]}…"
    return Note(
        str(part),
        shown,
        f"{'Algolia finds words in any order and case' if asked else 'Algolia cannot say this'}: {_FREE}",
    )


def _alternatives(node: Node) -> tuple[Asked, ...]:
    match node:
        case Term():
            return (_of_term(node) if node.kind in _IN_THE_TEXT else EVERYTHING,)
        case Or(parts):
            found = dict.fromkeys(search for part in parts for search in _alternatives(part))
            return (EVERYTHING,) if EVERYTHING in found else tuple(found)
        case And(parts):
            return _together([_alternatives(part) for part in parts])
        case Near(left, right):
            return _together([_alternatives(left), _alternatives(right)])
        case _:
            return (EVERYTHING,)


def _together(parts: Iterable[tuple[Asked, ...]]) -> tuple[Asked, ...]:
    """Every choice of one from each part, as long as they are few: any part alone finds all that the whole means."""
    chosen: tuple[Asked, ...] = (EVERYTHING,)
    for part in sorted(parts, key=len):
        if len(chosen) * len(part) <= MOST or chosen == (EVERYTHING,):
            chosen = tuple(dict.fromkeys(one & other for one, other in product(chosen, part)))
    return chosen


def _of_term(term: Term) -> Asked:
    value = term.value.lower().removeprefix("www.") if term.kind is TermKind.DOMAIN else term.value
    written = f"{value}*" if term.kind is TermKind.PREFIX else value
    words: set[str] = set()
    beginning = ""
    for piece in written.split():
        # of a word with a star only the last part is a beginning, and a star alone is any word
        *whole, last = _BETWEEN.split(piece.rstrip("*"))
        if piece.endswith("*"):
            beginning = _plain(last) or beginning
        else:
            whole.append(last)
        words.update(filter(None, map(_plain, whole)))
    return Asked(frozenset(words), beginning)


def _plain(word: str) -> str:
    word = word.strip(".'’")
    return word if any(map(str.isalnum, word)) else ""
