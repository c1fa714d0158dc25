"""How many wrong codes a caller may still try: the rule against guessing, on the times of those it has tried."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

Window = tuple[timedelta, int]
"""A stretch of time, and how many wrong codes it allows."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left in the tightest window. ``reset`` is whole seconds until one more is allowed, at least 1."""

    limit: int
    remaining: int
    reset: int

    @property
    def spent(self) -> bool:
        """Whether the caller must wait."""
        return self.remaining <= 0

    def less_one(self) -> Allowance:
        """After one more wrong code."""
        return replace(self, remaining=max(0, self.remaining - 1))


def allowance(wrong: Sequence[datetime], now: datetime, windows: Iterable[Window]) -> Allowance:
    """What ``windows`` leave a caller whose wrong codes came at the times ``wrong``, in any order."""
    return min((_within(wrong, now, *window) for window in windows), key=lambda left: (left.remaining, -left.reset))


def _within(wrong: Sequence[datetime], now: datetime, span: timedelta, limit: int) -> Allowance:
    recent = sorted(at for at in wrong if at > now - span)
    if not recent:
        return Allowance(limit, limit, max(1, math.ceil(span.total_seconds())))
    # One more is allowed when the oldest that still counts against the limit has left the window.
    oldest = recent[max(0, len(recent) - limit)]
    wait = math.ceil((oldest + span - now).total_seconds())
    return Allowance(limit, max(0, limit - len(recent)), max(1, wait))
