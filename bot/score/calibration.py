"""Learning from own posts whose views were measured how far each reach method is off (measurement §3, rule c). Pure.

``log R_measured = α + log R_estimated + ε`` per method, and so per channel: a method belongs to one channel, and where
a channel has two, how far one is off says nothing of the other. With enough posts, α replaces the placeholder in the
method and the 10 and 90 % quantiles of α + ε its band. What a platform's terms forbid to learn from never comes here.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from statistics import median, quantiles
from typing import NamedTuple

from bot.model import Calibration, Known, ReachBasis
from bot.score.reach import NOWHERE, Places, candidates

ENOUGH_POSTS = 30
"""Own posts from which a fit replaces the placeholders."""

DAYS = 365
"""How long a measured post teaches: platforms change."""


class Pair(NamedTuple):
    """One own post: what a method estimated, and what was measured."""

    method: str
    estimated: float
    measured: float


def pairs_of(posts: Iterable[Known], places: Places = NOWHERE) -> tuple[Pair, ...]:
    """Every estimate of own posts beside what was measured; a zero on either side teaches no factor."""
    return tuple(
        Pair(reach.method, reach.value, post.measured.value)
        for post in posts
        if post.measured is not None and post.measured.value
        for reach in candidates(post, places)
        if reach.basis is ReachBasis.ESTIMATED and reach.value
    )


def calibrations(pairs: Iterable[Pair]) -> Mapping[str, Calibration]:
    """The fit of each method with posts enough, by method.

    α is the median of the log ratios, which a few posts gone viral do not move; the quantiles are Weibull's (k /
    (n+1)), under which a new post of the same kind falls into the band with probability 0.8 whatever the distribution.
    """
    ratios: dict[str, list[float]] = {}
    for pair in pairs:
        ratios.setdefault(pair.method, []).append(math.log(pair.measured / pair.estimated))
    return {method: _fit(found) for method, found in sorted(ratios.items()) if len(found) >= ENOUGH_POSTS}


def _fit(ratios: list[float]) -> Calibration:
    tenths = quantiles(ratios, n=10, method="exclusive")
    factor, low, high = (math.exp(log) for log in (median(ratios), tenths[0], tenths[-1]))
    print_ = hashlib.sha256(repr((len(ratios), factor, low, high)).encode()).hexdigest()[:8]
    return Calibration(print_, len(ratios), factor, low, high)
