"""The confidence sequence of the difference a day: an interval that holds for every day at once (asymptotic).

Source: measurement §8.3, after Waudby-Smith et al., arXiv 2103.06476.
"""

from __future__ import annotations

import math

import numpy as np

from bot.model import Estimate
from bot.offers.verdicts.eprocess import ERROR, Counts

FROM = 14
"""Blocks before which there is no interval: it leans on the normal distribution."""
_TIGHTEST = 90  # the block at which the sequence is narrowest for what it promises
_RHO_SQUARED = (-2 * math.log(ERROR) + math.log(1 - 2 * math.log(ERROR))) / _TIGHTEST


def half_widths(differences: Counts) -> Counts:
    """Half the width of the 95 % sequence after each block; the last axis is time. Infinite before :data:`FROM`.

    Where all differences so far are the same, nothing is known of how they vary, and it is infinite too.
    """
    blocks = np.arange(1, differences.shape[-1] + 1)
    apart = differences - differences[..., :1]  # they vary as much, and large ones lose no digits when squared
    mean = np.cumsum(apart, axis=-1) / blocks
    squares = np.cumsum(apart**2, axis=-1)
    spread = np.sqrt(np.maximum(0.0, squares - blocks * mean**2) / np.maximum(1, blocks - 1))
    scale = blocks * _RHO_SQUARED + 1
    widths = spread * np.sqrt(2 * scale / (blocks**2 * _RHO_SQUARED) * np.log(np.sqrt(scale) / ERROR))
    return np.where((blocks >= FROM) & (spread > 0), widths, np.inf)


def sequence(differences: Counts, days_in_block: int = 1) -> Estimate | None:
    """The difference a day and its interval after the last block; None while there is none."""
    if differences.size < FROM:
        return None
    half = float(half_widths(differences)[-1])
    if math.isinf(half):
        return None
    mean = float(differences.mean())
    return Estimate(mean / days_in_block, (mean - half) / days_in_block, (mean + half) / days_in_block)
