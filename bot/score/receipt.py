"""The press equation and its receipt (measurement §4): one score for every channel, that anybody can work out again.

::

    Q = 10 · p · (w_t·t + w_m·m + w_a·a)     quality, -10 … +10
    w = min(1, log10(1 + R) / 6)             reach weight, 0 … 1
    S = Q · w                                score, -10 … +10, index points

A receipt holds full floats and is rounded only where it is shown, so working it out again gives the same digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.errors import ConfigError
from bot.model import OUTCOME_VALUE, Alignment, Factor, Reach, ScoringContext, ToneReading, Weights
from bot.score.methods import method_words

FULL_WEIGHT_DECADES = 6
"""Powers of ten of people at which the reach weight is 1: a million."""

FORMULA = (
    "score = quality × reach_weight; quality = 10 × prominence × (weight_tone × tone + weight_message × message "
    "+ weight_advocacy × advocacy); reach_weight = min(1, log10(1 + reach) / 6)"
)

MIXED = "mixed"
REACH_UNKNOWN = "reach_unknown"
NO_CHANNEL_MEDIAN = "no_channel_median"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the equation is fed with: each value with its source and method, in words."""

    tone: ToneReading
    engine: str
    message: float
    message_method: str
    prominence: float
    prominence_reason: str
    advocacy: float
    advocacy_reason: str
    reach: Reach
    channel: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """A reach weight, the two lines of the receipt that tell it, and its flags."""

    weight: float
    factors: tuple[Factor, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result with every factor it came from. ``quality`` and ``score`` are None when the tone is unknown."""

    weight: float
    quality: float | None
    score: float | None
    factors: tuple[Factor, ...]
    formula: str
    flags: tuple[str, ...]


def check_weights(weights: Weights) -> Weights:
    """The weights themselves. Raises ConfigError unless they are 1 in absolute sum, which keeps scores within ±10."""
    total = abs(weights.tone) + abs(weights.message) + abs(weights.advocacy)
    if not math.isclose(total, 1.0, abs_tol=1e-9):
        raise ConfigError(
            f"[score] weights: tone, message and advocacy must add up to 1 in absolute value (now {total:g})"
        )
    if not 0 <= weights.default_reach_weight <= 1:
        raise ConfigError(f"[score] default_reach_weight must lie in 0 … 1 (it is {weights.default_reach_weight:g})")
    return weights


def reach_weight(reach: float) -> float:
    """The weight of a reach of so many people, in [0, 1]; a threefold error moves it by 0.08."""
    return min(1.0, math.log10(1 + reach) / FULL_WEIGHT_DECADES)


def message_value(alignments: Iterable[Alignment]) -> tuple[float, bool]:
    """``(m, mixed)``: the strongest outcome's value; where support and contradiction both occur, the mean of both."""
    values = [OUTCOME_VALUE[alignment.outcome] for alignment in alignments]
    best, worst = max(values, default=0.0), min(values, default=0.0)
    if best > 0 > worst:
        return (best + worst) / 2, True
    return (best if best > 0 else worst), False


def make_receipt(parts: Parts, weights: Weights, context: ScoringContext) -> Receipt:
    """Puts the parts into the equation and writes down how."""
    weighed = weigh(parts.reach, parts.channel, weights, context)
    factors = (
        Factor("tone", parts.tone.tone, parts.engine, parts.tone.why or "tone toward the subject"),
        Factor("message", parts.message, "key messages", parts.message_method),
        Factor("advocacy", parts.advocacy, "rules", parts.advocacy_reason),
        Factor("prominence", parts.prominence, "rules", parts.prominence_reason),
        *weighed.factors,
        *_configured(weights),
    )
    quality = quality_of(factors)
    score = None if quality is None else quality * weighed.weight
    return Receipt(weighed.weight, quality, score, factors, FORMULA, weighed.flags)


def weigh(reach: Reach, channel: str, weights: Weights, context: ScoringContext) -> Weighed:
    """The weight of a reach with its lines of the receipt.

    Where the reach is unknown: the channel's median, else the configured default; flagged, and never 0.
    """
    weight, method, flags = _weight(reach, channel, weights, context)
    told = Factor("reach", reach.value, reach.basis.value, method_words(reach))
    return Weighed(weight, (told, Factor("reach_weight", weight, f"channel {channel}", method)), flags)


def reweighed(factors: Sequence[Factor], weighed: Weighed) -> tuple[Factor, ...]:
    """A receipt's lines with those of another reach in place of its own."""
    lines = {factor.name: factor for factor in weighed.factors}
    return tuple(lines.get(factor.name, factor) for factor in factors)


def quality_of(factors: Iterable[Factor]) -> float | None:
    """Q of a receipt's factors, in [-10, 10]; None when one of them is unknown."""
    values = _numbers(factors)
    try:
        told = (
            values["weight_tone"] * values["tone"]
            + values["weight_message"] * values["message"]
            + values["weight_advocacy"] * values["advocacy"]
        )
        return max(-10.0, min(10.0, 10 * values["prominence"] * told))  # rounding must not pass the bound
    except KeyError:
        return None


def recompute(factors: Sequence[Factor]) -> float | None:
    """The score worked out again from a receipt, to the same digits; None when a factor is unknown.

    A known reach is weighed anew; where it is unknown the weight that the receipt names (a median) is taken.
    """
    values = _numbers(factors)
    quality = quality_of(factors)
    weight = reach_weight(values["reach"]) if "reach" in values else values.get("reach_weight")
    return None if quality is None or weight is None else quality * weight


@lru_cache(maxsize=16)
def _configured(weights: Weights) -> tuple[Factor, ...]:
    """The lines that tell the equation's own weights: the same in every receipt."""
    told = (("tone", weights.tone), ("message", weights.message), ("advocacy", weights.advocacy))
    return tuple(Factor(f"weight_{name}", value, f"weights {weights.version}", "configured") for name, value in told)


def _weight(
    reach: Reach, channel: str, weights: Weights, context: ScoringContext
) -> tuple[float, str, tuple[str, ...]]:
    if reach.value is not None:
        return reach_weight(reach.value), "min(1, log10(1 + reach) / 6)", ()
    median = context.median_weight.get(channel)
    if median:  # a channel in which nobody is followed has a median of 0, and that is not known of this one
        return median, f"reach unknown: the channel's median in context {context.id}", (REACH_UNKNOWN,)
    method = "reach unknown, and of the whole channel: the configured default"
    return weights.default_reach_weight, method, (REACH_UNKNOWN, NO_CHANNEL_MEDIAN)


def _numbers(factors: Iterable[Factor]) -> dict[str, float]:
    return {
        factor.name: factor.value for factor in factors if not (factor.value is None or isinstance(factor.value, str))
    }
