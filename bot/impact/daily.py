"""A rate a day from blocks of days, with an interval that knows that days differ by more than chance
(quasi-Poisson).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from bot.rates import Rate, Z

LEAST_BLOCKS = 7
"""Blocks from which on something is known of how they vary; under it there is no interval."""
TAIL = 0.025


class Block(NamedTuple):
    """What was counted over ``days``."""

    days: float
    number: float


def student(free: int, tail: float = TAIL) -> float:
    """The upper point of Student's distribution that leaves ``tail`` above it."""
    from scipy.special import stdtrit  # noqa: PLC0415 heavy, and few commands need it

    return float(stdtrit(free, 1 - tail))


def daily_rate(blocks: Sequence[Block]) -> Rate | None:
    """The rate a day with its 95 % interval; None of fewer than :data:`LEAST_BLOCKS` blocks.

    The exact Poisson interval of the sum, taken at as many events as the blocks' dispersion leaves of it (Pearson's χ²
    over its degrees of freedom, at least 1); that the dispersion is an estimate itself widens it by Student's factor.
    """
    days, total = sum(block.days for block in blocks), math.fsum(block.number for block in blocks)
    if len(blocks) < LEAST_BLOCKS or days <= 0:
        return None
    from scipy.special import gammaincinv  # noqa: PLC0415 heavy, and few commands need it

    rate, free = total / days, len(blocks) - 1
    pearson = sum((block.number - rate * block.days) ** 2 / (rate * block.days) for block in blocks) if rate else 0.0
    spread = max(1.0, pearson / free) * (student(free) / Z) ** 2
    events = total / spread
    low = float(gammaincinv(events, TAIL)) if events else 0.0
    high = float(gammaincinv(events + 1, 1 - TAIL))
    return Rate(rate, low * spread / days, high * spread / days)
