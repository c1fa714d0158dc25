"""A short post's passages as one text: whoever learned from whole posts reads them whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bot.model import Genre
from bot.ports import Passage

LONGEST = 600
"""Characters, from the first passage to the last, up to which a post is one text; longer ones are read by sentence."""


def joined(passages: Sequence[Passage], genre: Genre | None) -> Sequence[Passage]:
    """A post's passages as one passage, blanks where the post says other things; any others as they are.

    Offsets stay: a place in the one passage is as far from its start as it is in the mention's text.
    """
    if genre is not Genre.POST or len(passages) < 2 or not _fit(passages):  # noqa: PLR2004 one stands alone
        return passages
    first = passages[0].start
    text = ""
    masked: list[tuple[int, int]] = []
    named: list[tuple[int, int]] = []
    for passage in passages:
        ahead = passage.start - first
        text = text.ljust(ahead) + passage.text
        masked.extend((start + ahead, end + ahead) for start, end in passage.masked)
        named.extend((start + ahead, end + ahead) for start, end in passage.named)
    return (Passage(text, first, tuple(masked), tuple(named)),)


def _fit(passages: Sequence[Passage]) -> bool:
    """Whether they stand one after the other, and not too far apart."""
    ends = [passage.start + len(passage.text) for passage in passages]
    ahead = all(end <= passage.start for end, (_, passage) in zip(ends, pairwise(passages), strict=False))
    return ahead and ends[-1] - passages[0].start <= LONGEST
