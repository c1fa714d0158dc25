"""Which of two sides' stretches stand within so many words of each other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from bot.listen.folding import word_starts

Span = tuple[int, int]


class Neighbourhoods:
    """The words of one text, counted; made for the text in which both sides of a NEAR were found."""

    def __init__(self, text: str) -> None:
        self._starts = word_starts(text)

    def pairs(self, left: Sequence[Span], right: Sequence[Span], within: int) -> frozenset[Span]:
        """The stretches of both sides that have one of the other side, in either order, within so many words.

        Right beside each other is 1; stretches that overlap are no pair. The cost grows with the number of stretches
        times its logarithm, however many pairs they make.
        """
        return frozenset((*self._beside(left, right, within), *self._beside(right, left, within)))

    def _beside(self, spans: Sequence[Span], others: Sequence[Span], within: int) -> Iterator[Span]:
        starts = sorted(start for start, _ in others)
        ends = sorted(end for _, end in others)
        for start, end in spans:
            after, before = bisect_left(starts, end), bisect_right(ends, start) - 1
            follows = after < len(starts) and self._word(starts[after]) - self._word(end - 1) <= within
            leads = before >= 0 and self._word(start) - self._word(ends[before] - 1) <= within
            if follows or leads:
                yield start, end

    def _word(self, at: int) -> int:
        """The number of the word in which the character at ``at`` stands, or after which."""
        return bisect_right(self._starts, at)
