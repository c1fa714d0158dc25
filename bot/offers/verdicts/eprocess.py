"""The symmetric day-block e-process: evidence that one of two offers works better, which may be read every day.

Under "no difference" the difference D of a day (or of a block) is as likely to be +d as −d, whatever the day was like
and however much days vary. Then exp(λD)/cosh(λD) is a fair bet, and so is the mean over several λ of their products: it
reaches 20 ever with a chance of at most 1 in 20. Source: measurement §8.3.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]

BETS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Each λ is bet on both sides."""
ERROR = 0.05
"""How often two offers that work alike may ever be told apart."""


def log_evidence(differences: Counts) -> Counts:
    """The logarithm of the evidence after each block; the last axis is time. Evidence for neither side is 1."""
    so_far = np.cumsum(differences, axis=-1)
    # The mean over +λ and −λ of exp(λS)/Π cosh(λD) is cosh(λS)/Π cosh(λD).
    bets = [_log_cosh(bet * so_far) - np.cumsum(_log_cosh(bet * differences), axis=-1) for bet in BETS]
    total = bets[0]
    for bet in bets[1:]:
        total = np.logaddexp(total, bet)
    return np.asarray(total - math.log(len(BETS)))


def threshold(pairs: int) -> float:
    """The evidence at which a winner is named, where ``pairs`` pairs are compared at once."""
    return pairs / ERROR


def settled_at(differences: Counts, pairs: int = 1) -> NDArray[np.int64]:
    """In how many blocks the evidence first reached its threshold (the last axis is time); 0: it has not."""
    reached = log_evidence(differences) >= math.log(threshold(pairs))
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1) + 1, 0)


def _log_cosh(value: Counts) -> Counts:
    size = np.abs(value)
    return np.asarray(size + np.log1p(np.exp(-2 * size)) - math.log(2))
