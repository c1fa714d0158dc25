"""The comments of named subreddits. Reddit's search never finds comments, so they are read whole and matched here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.reddit.walk import Listing

TOGETHER = 100
"""Subreddits that are read as one listing (``r/a+b+c``); more would make the address too long."""
LONGEST = 1500
"""Characters of the joined names."""


def comment_listings(subreddits: Sequence[str]) -> tuple[Listing, ...]:
    """The listings that hold the comments of all ``subreddits``."""
    return tuple(
        Listing(path=f"r/{'+'.join(group)}/comments/", params={}, what=f"the comments of r/{_shown(group)}")
        for group in _groups(subreddits)
    )


def _groups(subreddits: Sequence[str]) -> Iterator[list[str]]:
    group: list[str] = []
    for name in dict.fromkeys(subreddits):
        if group and (len(group) == TOGETHER or len("+".join([*group, name])) > LONGEST):
            yield group
            group = []
        group.append(name)
    if group:
        yield group


def _shown(group: Sequence[str]) -> str:
    most = 5
    more = f" and {len(group) - most} more" if len(group) > most else ""
    return "+".join(group[:most]) + more
