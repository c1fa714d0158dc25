"""A fitted classifier at work: plain arithmetic on coefficients, the same digits everywhere; nothing heavy is
imported.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from bot.model import RelevanceModel

_TOLD = 3  # so many features are named in a reason


def probability(model: RelevanceModel, features: Collection[str]) -> float:
    """How likely a mention with these features is to be relevant, in [0, 1]."""
    return chance_of(model.intercept, model.weights, features)


def chance_of(intercept: float, weights: Mapping[str, float], features: Collection[str]) -> float:
    """The same by bare coefficients: those of the known features add up over the root of their number."""
    known = _known(weights, features)
    return _logistic(intercept + math.fsum(known.values()) / math.sqrt(max(1, len(known))))


def decide(model: RelevanceModel, chance: float) -> bool | None:
    """The verdict that a probability allows; None between the thresholds."""
    if model.above is not None and chance >= model.above:
        return True
    if model.below is not None and chance <= model.below:
        return False
    return None


def drivers(model: RelevanceModel, features: Collection[str], *, relevant: bool) -> tuple[str, ...]:
    """The features that spoke loudest for the verdict, loudest first."""
    sign = 1 if relevant else -1
    known = _known(model.weights, features)
    ranked = sorted(known, key=lambda name: (-sign * known[name], name))
    return tuple(name for name in ranked[:_TOLD] if sign * known[name] > 0)


def _known(weights: Mapping[str, float], features: Collection[str]) -> dict[str, float]:
    return {name: weights[name] for name in features if name in weights}


def _logistic(value: float) -> float:
    if value < 0:
        grown = math.exp(value)
        return grown / (1 + grown)
    return 1 / (1 + math.exp(-value))
