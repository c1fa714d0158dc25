"""Passing over entries that nobody asked for: most of what feeds hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.model import Query, TermKind
from connectors.rss.flavours import who_posted
from connectors.trees import terms_in

_POSTS = ("/@", "/users/")
"""In the addresses of posts, which name their authors."""


class Glance:
    """``could_match`` is the queries' question; ``in_links``: whether they ask about addresses, too."""

    def __init__(self, could_match: Callable[[str], bool], *, in_links: bool) -> None:
        self._could_match = could_match
        self._in_links = in_links

    def could_match(self, said: Sequence[str], link: str, links: Callable[[], Iterable[str]]) -> bool:
        """Whether any query could match an entry with this link that says this; ``links`` are those in its text.

        Where it ran and its language are not looked at: queries that ask about these alone let everything through.
        """
        parts = [*said]
        if any(sign in link for sign in _POSTS) and (author := who_posted(link)):
            parts.append(author.handle or "")
        if self._in_links:
            parts += (link, *links())
        return self._could_match("\n".join(parts))


def glance_for(could_match: Callable[[str], bool], queries: Sequence[Query]) -> Glance | None:
    """The glance for these queries, whose question is ``could_match``; None where that lets everything through."""
    if could_match(""):
        return None
    terms = (term for query in queries for term in terms_in(query.node))
    return Glance(could_match, in_links=any(term.kind is TermKind.DOMAIN for term in terms))
