"""The reach of a whole story from its placements: a bracket, since nobody knows how many saw it twice. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from bot.model import UNKNOWN_REACH, Reach, ReachBasis

METHOD = "story.bracket"


def story_reach(placements: Iterable[tuple[str, Reach]], universe: float | None = None) -> tuple[Reach, int]:
    """The reach of a story from its (voice, reach) placements, and of how many voices it is made (measurement §2.4).

    ``max R_i ≤ R ≤ min(Σ R_i, P · (1 − Π(1 − R_i / P)))``, P = ``universe``, the people there are to reach; without it
    the sum is the upper end. The value is the geometric mean of both ends, the basis ``estimated``: it is a model of
    its own, no sum. Each voice counts once, with its largest placement; unknown ones are left out, and ``potential``
    ones wherever a better figure stands. One voice alone keeps its own figure, and its basis too unless there are
    voices that nothing is known of: then nobody measured the story.
    """
    placements = list(placements)
    known = [(voice, reach) for voice, reach in placements if reach.value is not None]
    better = [pair for pair in known if pair[1].basis is not ReachBasis.POTENTIAL]
    largest: dict[str, Reach] = {}
    for voice, reach in better or known:
        if voice not in largest or (reach.value or 0.0) > (largest[voice].value or 0.0):
            largest[voice] = reach
    if not largest:
        return UNKNOWN_REACH, 0
    basis = ReachBasis.ESTIMATED if better else ReachBasis.POTENTIAL
    if len(largest) == 1:
        (reach,) = largest.values()
        alone = len({voice for voice, _ in placements}) == 1
        return (reach if alone or reach.basis is basis else replace(reach, basis=basis)), 1
    low, high = bracket([reach.value or 0.0 for reach in largest.values()], universe)
    return Reach(math.sqrt(low) * math.sqrt(high), low, high, basis, METHOD), len(largest)


def bracket(values: list[float], universe: float | None) -> tuple[float, float]:
    """The ends of the bracket of reaches that may overlap; there must be one at least."""
    low, high = max(values), math.fsum(values)
    if universe:
        unreached = math.prod(max(0.0, 1 - value / universe) for value in values)
        high = max(low, min(high, universe * (1 - unreached)))
    return low, high
