"""95 % intervals of figures that have no formula, by resampling; the same data give the same interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bot.evaluate.metrics import Confusion, Counts

DRAWS = 1_000
MANY = 2_000
"""Rows from which fewer draws do: they differ less."""

DRAWS_OF_MANY = 200
AT_ONCE = 1_000_000
"""Weights that are held in memory at a time."""

_SEED = 20_260_101
_ENDS = (2.5, 97.5)

Interval = tuple[float, float]


def of_confusion(confusion: Confusion, figure: Callable[[Counts], Counts]) -> Interval:
    """The percentile interval of a figure of a confusion table; ``figure`` takes many tables at once."""
    shape = confusion.counts.shape
    cells = confusion.counts.ravel()
    drawn = np.random.default_rng(_SEED).multinomial(confusion.n, cells / cells.sum(), size=DRAWS)
    return _ends(figure(drawn.reshape(DRAWS, *shape).astype(float)))


def of_rows(count: int, figure: Callable[[Counts], Counts]) -> Interval:
    """The percentile interval of a figure of ``count`` rows; ``figure`` takes how often each counts, a row a draw."""
    random, left = np.random.default_rng(_SEED), DRAWS if count < MANY else DRAWS_OF_MANY
    values = []
    while left:
        draws = min(left, max(1, AT_ONCE // count))
        values.append(figure(random.multinomial(count, np.full(count, 1 / count), size=draws).astype(float)))
        left -= draws
    return _ends(np.concatenate(values))


def _ends(values: Counts) -> Interval:
    low, high = np.nanpercentile(values, _ENDS)
    return float(low), float(high)
