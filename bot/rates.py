"""Shares with their 95 % intervals, and how often a yes-or-no judgement is right; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


class Rate(NamedTuple):
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(count: float, of: float, z: float = Z) -> Rate:
    """A share with Wilson's score interval, of 95 % or by another quantile ``z``; ``of`` must be positive."""
    share = count / of
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    middle, scale = share + z * z / (2 * of), 1 + z * z / of
    return Rate(share, max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How judgements of yes, no or not known stand to the truth.

    ``hits`` are true ones judged yes, ``false_alarms`` false ones judged yes, ``misses`` true ones judged no,
    ``rejections`` false ones judged no; ``open_true`` and ``open_false`` were not judged.
    """

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0
    rejections: int = 0
    open_true: int = 0
    open_false: int = 0

    @property
    def n(self) -> int:
        """How many there were."""
        return self.judged + self.open_true + self.open_false

    @property
    def judged(self) -> int:
        """How many were judged at all."""
        return self.hits + self.false_alarms + self.misses + self.rejections

    @property
    def precision(self) -> Rate | None:
        """Of what is kept, that is, judged yes or not judged, the share that is true; None when nothing is kept."""
        kept = self.hits + self.false_alarms + self.open_true + self.open_false
        return wilson(self.hits + self.open_true, kept) if kept else None

    @property
    def recall(self) -> Rate | None:
        """Of what is true, the share that is kept; None when nothing is true."""
        true = self.hits + self.misses + self.open_true
        return wilson(self.hits + self.open_true, true) if true else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall of what is kept; None when either is not known."""
        if self.precision is None or self.recall is None:
            return None
        total = self.precision.value + self.recall.value
        return 2 * self.precision.value * self.recall.value / total if total else 0.0


def accuracy(pairs: Iterable[tuple[bool | None, bool]]) -> Accuracy:
    """Counts pairs of (judged, true); a judgement of None is open."""
    found = {(judged, true): 0 for judged in (True, False, None) for true in (True, False)}
    for pair in pairs:
        found[pair] += 1
    return Accuracy(
        hits=found[True, True],
        false_alarms=found[True, False],
        misses=found[False, True],
        rejections=found[False, False],
        open_true=found[None, True],
        open_false=found[None, False],
    )
