"""What a period's scores come to, and why they differ from the period before (measurement §4). Pure.

The sum is never more than its parts: how many, how good, how far, and how the two went together. The interval of the
mean counts what is uncertain about it: which authors happened to speak, and how many their words reached.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bot.model import ChannelScore, PeriodChange, PeriodScore, Reach, ReachBasis, ScoredMention
from bot.score.receipt import FULL_WEIGHT_DECADES
from bot.score.scoring import channel_of

if TYPE_CHECKING:
    import numpy as np

DRAWS = 2_000
SEED = 20_260_301
"""The draws are the same each time, so that a digest composed again says the same."""

LEAST_AUTHORS = 10
"""Authors from whom on an interval is given; of fewer the bootstrap makes too narrow ones."""

_CELLS = 2_000_000
"""Draws times mentions that are worked on at a time: 16 MB a table."""


def period_score(mentions: Iterable[ScoredMention]) -> PeriodScore | None:
    """What these mentions' scores come to; None when none is scored, or when they were scored by different rules.

    Scores by different rules are no series: their sum would mix them.
    """
    scored = [one for one in mentions if one.score.score is not None and one.score.quality is not None]
    versions = {one.score.rules_version for one in scored}
    if len(versions) != 1:
        return None
    number = len(scored)
    total = math.fsum(_score(one) for one in scored)
    quality = math.fsum(one.score.quality or 0.0 for one in scored) / number
    weight = math.fsum(one.score.weight for one in scored) / number
    bases = [one.score.reach.basis for one in scored]
    interval = mean_interval(scored)
    return PeriodScore(
        mentions=number,
        score=total,
        quality=quality,
        weight=weight,
        interaction=total - number * quality * weight,
        mean=total / number,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        channels=_by_channel(scored),
        measured=bases.count(ReachBasis.MEASURED),
        reported=bases.count(ReachBasis.PLATFORM_REPORTED),
        unknown=bases.count(ReachBasis.UNKNOWN),
        rules_version=versions.pop(),
    )


def change_between(before: PeriodScore | None, after: PeriodScore | None) -> PeriodChange | None:
    """The difference of two sums as volume, quality, reach and interaction; None where they are no series.

    Each of the three factors of ``N · Q̄ · w̄`` is given its mean effect over all orders of changing one after the
    other (Shapley), so that the parts depend on no order; the interaction is the difference of the two interactions.
    """
    if before is None or after is None or before.rules_version != after.rules_version:
        return None
    (n, q, w), (m, r, v) = (
        (before.mentions, before.quality, before.weight),
        (after.mentions, after.quality, after.weight),
    )
    return PeriodChange(
        volume=(m - n) * _shared(q, w, r, v),
        quality=(r - q) * _shared(n, w, m, v),
        reach=(v - w) * _shared(n, q, m, r),
        interaction=after.interaction - before.interaction,
    )


def mean_interval(mentions: Sequence[ScoredMention], draws: int = DRAWS) -> tuple[float, float] | None:
    """The 95 % interval of the mean score by bootstrap; None with fewer than :data:`LEAST_AUTHORS` authors.

    Clusters are drawn with replacement, all of an author's together, and each reach log-uniformly from its band.
    A cluster, the copies of one piece, belongs to the author who was first.
    """
    import numpy as np  # noqa: PLC0415 heavy, and only a digest needs it

    blocks = _blocks(mentions)
    if len(blocks) < LEAST_AUTHORS:
        return None
    random = np.random.default_rng(SEED)
    ordered = [one for block in blocks for one in block]
    starts = np.cumsum([0, *(len(block) for block in blocks[:-1])])
    sizes = np.array([len(block) for block in blocks], dtype=float)
    drawn = _Drawn(ordered)
    at_once = max(1, _CELLS // len(ordered))
    means = []
    for first in range(0, draws, at_once):
        size = min(at_once, draws - first)
        sums = np.add.reduceat(drawn.scores(random, size), starts, axis=1)
        chosen = random.integers(len(blocks), size=(size, len(blocks)))
        picked = np.take_along_axis(sums, chosen, axis=1).sum(axis=1)
        means.append(picked / sizes[chosen].sum(axis=1))
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
    return float(low), float(high)


class _Drawn:
    """Scores with their reach drawn anew from its band."""

    def __init__(self, mentions: Sequence[ScoredMention]) -> None:
        import numpy as np  # noqa: PLC0415 as above

        self._quality = np.array([one.score.quality for one in mentions], dtype=float)
        self._weight = np.array([one.score.weight for one in mentions], dtype=float)
        bands = [_log_band(one.score.reach) for one in mentions]
        self._known = np.array([band is not None for band in bands], dtype=bool)
        self._low = np.array([band[0] if band else 0.0 for band in bands])
        self._width = np.array([band[1] - band[0] if band else 0.0 for band in bands])

    def scores(self, random: np.random.Generator, draws: int) -> np.ndarray:
        """A row a draw, a column a mention; what has no band keeps its weight."""
        import numpy as np  # noqa: PLC0415 as above

        reach = np.exp(self._low + self._width * random.random((draws, len(self._low))))
        weight = np.minimum(1.0, np.log10(1 + reach) / FULL_WEIGHT_DECADES)
        return self._quality * np.where(self._known, weight, self._weight)


def _log_band(reach: Reach) -> tuple[float, float] | None:
    low, high = reach.low, reach.high
    return (math.log(low), math.log(high)) if low is not None and high is not None and 0 < low < high else None


def _blocks(mentions: Sequence[ScoredMention]) -> list[list[ScoredMention]]:
    """The mentions by the author whose words they are: of a cluster, the first to say it."""
    clusters: dict[str, list[ScoredMention]] = {}
    for one in sorted(mentions, key=lambda one: (one.mention.told_at, one.mention.id)):
        clusters.setdefault(one.mention.story or one.mention.id, []).append(one)
    blocks: dict[str, list[ScoredMention]] = {}
    for cluster in clusters.values():
        blocks.setdefault(cluster[0].mention.item.voice, []).extend(cluster)
    return list(blocks.values())


def _by_channel(scored: Sequence[ScoredMention]) -> tuple[ChannelScore, ...]:
    found: dict[str, list[float]] = {}
    for one in scored:
        found.setdefault(channel_of(one.mention), []).append(_score(one))
    rows = [ChannelScore(channel, len(scores), math.fsum(scores)) for channel, scores in found.items()]
    return tuple(sorted(rows, key=lambda row: (-abs(row.score), row.channel)))


def _shared(one: float, other: float, one_after: float, other_after: float) -> float:
    """What a step of the third factor is worth: the product of the other two, the mean over all orders."""
    return (2 * one * other + one * other_after + one_after * other + 2 * one_after * other_after) / 6


def _score(one: ScoredMention) -> float:
    return one.score.score or 0.0
