"""Compiled queries as listings: one a search, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from bot.model import Query, Search
from connectors.reddit.compile import EVERYWHERE, compile_query
from connectors.reddit.walk import FULL, Listing

SEARCH_FULL = 200
"""A search ends near 250 results whatever there is; one this long counts as cut off."""


def search_listings(subreddits: Sequence[str], queries: Sequence[Query]) -> tuple[Listing, ...]:
    """One listing a search, newest first; queries that compile to the same search in the same place share it."""
    searches = dict.fromkeys(search for query in queries for search in compile_query(query, subreddits).sent)
    return tuple(map(_listing, searches))


def _listing(search: Search) -> Listing:
    count = search.where.count("+") + 1
    where = search.where if len(search.where) < 80 else f"{count} subreddits"  # noqa: PLR2004 for reading only
    return Listing(
        path=f"{search.where}/search/" if search.text else f"{search.where}/new/",
        params=_params(search) if search.text else {},
        what=f"a search in {where}" if search.text else f"the new posts of {where}",
        full=SEARCH_FULL if search.text else FULL,
    )


def _params(search: Search) -> dict[str, str | int]:
    return {
        "q": search.text,
        "restrict_sr": search.where != f"r/{EVERYWHERE}",
        "sort": "new",
        "syntax": "lucene",
        "t": "all",
    }
