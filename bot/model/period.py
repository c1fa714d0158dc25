"""What a period's scores come to: the sum with the parts it is made of, and how it differs from the period before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelScore:
    """One channel's part in a period: how many mentions, and the sum of their scores (index points)."""

    channel: str
    mentions: int
    score: float


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """Why a period's sum differs from the one before: the four add up to the difference (index points)."""

    volume: float
    quality: float
    reach: float
    interaction: float

    @property
    def total(self) -> float:
        """The difference of the two sums."""
        return self.volume + self.quality + self.reach + self.interaction


@dataclass(frozen=True, slots=True)
class PeriodScore:
    """The sum of a period's scores, never to be shown without its parts (measurement §4).

    ``score = mentions · quality · weight + interaction``, with the means of quality (-10 … 10) and reach weight (0 …
    1); the interaction is positive when what is good reached far. ``mean`` (of the scores, -10 … 10) has its 95 %
    interval where there are enough voices for one. ``measured`` and ``unknown`` count the mentions whose reach was
    measured, or reported by the platform, and those of which it is unknown. ``rules_version`` is the one that all were
    scored by.
    """

    mentions: int
    score: float
    quality: float
    weight: float
    interaction: float
    mean: float
    low: float | None
    high: float | None
    channels: tuple[ChannelScore, ...]
    measured: int
    reported: int
    unknown: int
    rules_version: str

    @property
    def product(self) -> float:
        """What the means alone would come to."""
        return self.mentions * self.quality * self.weight
