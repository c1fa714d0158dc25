"""Subjects' queries as Reddit searches.

Reddit's search reads words loosely (it stems, and looks into flair, subreddit names and addresses too) and knows no
handles or tags. So a compiled search only ever asks for more than the query means; the local evaluator has the last word.
Exclusions are left out for that reason: Reddit would drop posts that the query keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.model import And, Node, Not, Or, Query, Term, TermKind
from connectors.reddit.walk import FULL, Listing

LONGEST = 512
"""Characters that Reddit's search takes (its API page: "a string no longer than 512 characters")."""
SEARCH_FULL = 200
"""A search ends near 250 results whatever there is; one this long counts as cut off."""

_PLAIN = re.compile(r"\w+")
_OPERATORS = frozenset({"and", "or", "not"})
_NOT_IN_QUOTES = re.compile(r"[\"\\\s]+")


def search_listings(subreddits: Sequence[str], queries: Sequence[Query]) -> tuple[Listing, ...]:
    """One listing a search, newest first; queries that compile to the same search share it."""
    names = "all" if "all" in (name.lower() for name in subreddits) else "+".join(subreddits)
    where = f"r/{names}" if len(names) < 80 else f"{len(subreddits)} subreddits"  # noqa: PLR2004 for reading only
    searches = dict.fromkeys(search for query in queries for search in compile_query(query.node))
    return tuple(
        Listing(
            path=f"r/{names}/search/" if search else f"r/{names}/new/",
            params=_params(search, names) if search else {},
            what=f"a search in {where}" if search else f"the new posts of {where}",
            full=SEARCH_FULL if search else FULL,
        )
        for search in searches
    )


def compile_query(node: Node) -> tuple[str, ...]:
    """The searches that together find all that ``node`` means, and maybe more.

    An empty search stands for "everything": a query that Reddit cannot narrow at all.
    """
    text = _render(node)
    if text is None:
        return ("",)
    if len(text) <= LONGEST:
        return (text,)
    match node:
        case Or(parts):
            searches = [search for part in parts for search in compile_query(part)]
            return ("",) if "" in searches else _packed(searches)
        case And(parts):
            # Any one part finds all that the whole means: one that narrows, with the fewest searches.
            candidates = [compile_query(part) for part in parts if _render(part) is not None]
            return min(candidates, key=lambda searches: ("" in searches, len(searches)))
        case Term(TermKind.PHRASE):
            beginning = text.strip('"')[: LONGEST - 2].rpartition(" ")[0]
            return (f'"{beginning}"' if beginning else "",)
        case _:
            return ("",)


def _params(search: str, names: str) -> dict[str, str | int]:
    return {
        "q": search,
        "restrict_sr": names != "all",
        "sort": "new",
        "syntax": "lucene",
        "t": "all",
    }


def _packed(searches: Iterable[str]) -> tuple[str, ...]:
    """The searches joined by OR as far as each stays within the length."""
    packed: list[str] = []
    for search in dict.fromkeys(searches):
        joined = f"{packed[-1]} OR {search}" if packed else search
        if packed and len(joined) <= LONGEST:
            packed[-1] = joined
        else:
            packed.append(search)
    return tuple(packed)


def _render(node: Node) -> str | None:
    """The search of a node; None where nothing can be said that is sure to find all of it."""
    match node:
        case Term():
            return _term(node)
        case Not():
            return None
        case And(parts):
            known = [text for text in map(_render, parts) if text is not None]
            return _joined(known, " AND ") if known else None
        case Or(parts):
            texts = [_render(part) for part in parts]
            return None if None in texts else _joined([text for text in texts if text is not None], " OR ")


def _joined(texts: list[str], operator: str) -> str:
    texts = list(dict.fromkeys(texts))
    return texts[0] if len(texts) == 1 else f"({operator.join(texts)})"


def _term(term: Term) -> str | None:
    value = _NOT_IN_QUOTES.sub(" ", term.value).strip()
    if not value:
        return None
    match term.kind:
        case TermKind.PREFIX:
            # Reddit takes a trailing star after a plain word only.
            return f"{value}*" if _PLAIN.fullmatch(value) else None
        case TermKind.HANDLE:
            return f"({_word(value)} OR author:{_word(value)})"
        case TermKind.DOMAIN:
            # Bare, an address would redirect to the page of its discussions.
            return f'(url:"{value}" OR site:"{value}" OR "{value}")'
        case _:
            return _word(value)


def _word(value: str) -> str:
    plain = _PLAIN.fullmatch(value) and value.lower() not in _OPERATORS
    return value if plain else f'"{value}"'
