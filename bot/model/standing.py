"""How a key message stands over a period: counts by outcome, shares with their intervals, and quotes that prove it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model.score import Outcome
from bot.model.source import Interval

ENOUGH = 20
"""Relevant stories under which no share is given (measurement §5.2)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote from a mention, with its address and what it says of the message (None: not known)."""

    mention: str
    quote: str
    url: str | None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class MessageStanding:
    """One message over one period, counted over relevant stories by others (measurement §5.2).

    ``penetration`` in [0, 1] and ``net_pull_through`` in [-1, 1] have 95 % intervals (``penetration_low`` …
    ``penetration_high``, ``low`` … ``high``) and are None where there are too few stories to say; so is
    ``contrary_rate``, the share that contradicts or misframes it. ``corrected``: whether people's labels corrected
    penetration and net pull-through; the model's own counts then stand beside, in ``counted_penetration`` and
    ``counted_net``. ``labels`` are the period's stories of the random sample that people labelled, ``basis`` says in
    words what the figures rest on. ``previous`` is the penetration of the period before, None when unknown. ``target``
    is the penetration that is wanted, None where none is set.
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
    labels: int = 0
    basis: str = ""
    counted_penetration: float | None = None
    counted_net: float | None = None
    previous: float | None = None
    target: float | None = None
    verdict: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class ToneStanding:
    """The net tone of a period: positive less negative over all stories by others, in [-1, 1] (measurement §4, §6.3).

    ``counted`` is the model's own count over the stories that have a tone, None where these are too few to say;
    ``unscored`` of the stories have none. ``value`` with its 95 % interval is what the random sample's ``labels`` make
    of all of them, None where the labels are too few. ``basis`` says in words what it rests on.
    """

    period: Interval
    stories: int
    counted: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    labels: int = 0
    basis: str = ""
    unscored: int = 0

    @property
    def scored(self) -> int:
        """How many of the stories have a tone."""
        return self.stories - self.unscored

    @property
    def corrected(self) -> bool:
        """Whether people's labels corrected it."""
        return self.value is not None
