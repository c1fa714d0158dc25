"""How a key message stands over a period: counts by outcome, shares with their intervals, and quotes that prove it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model.source import Interval

ENOUGH = 20
"""Relevant stories under which no share is given (measurement §5.2)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote from a mention, with its address."""

    mention: str
    quote: str
    url: str | None


@dataclass(frozen=True, slots=True)
class MessageStanding:
    """One message over one period, counted over relevant stories by others (measurement §5.2).

    ``penetration`` in [0, 1] and ``net_pull_through`` in [-1, 1] have 95 % intervals (``penetration_low`` …
    ``penetration_high``, ``low`` … ``high``) and are None where there are too few stories to say; so is
    ``contrary_rate``, the share that contradicts or misframes it. ``corrected``: whether people's labels corrected them.
    ``previous`` is the penetration of the period before, None when unknown.
    """

    message: str
    statement: str
    period: Interval
    relevant: int
    full: int
    partial: int
    misframed: int
    contrary: int
    penetration: float | None = None
    penetration_low: float | None = None
    penetration_high: float | None = None
    net_pull_through: float | None = None
    low: float | None = None
    high: float | None = None
    contrary_rate: float | None = None
    contrary_low: float | None = None
    contrary_high: float | None = None
    corrected: bool = False
    previous: float | None = None
    verdict: str = ""
    evidence: tuple[Evidence, ...] = ()
