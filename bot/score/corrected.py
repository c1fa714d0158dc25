"""Rates corrected by people's labels: PPI++ for means, census and exact interval for what is rare (measurement §6.3).

Counting what a model says is a biased estimate of a rate. A random sample that people labelled shows by how much, and
the model's word on all the rest makes the estimate narrower than the labels alone would.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bot.score.rates import Z, exact_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

LEAST_LAYER = 10
"""Labels under which a layer is taken together with its neighbour: fewer do not tell its spread."""
LEAST = 2
"""Labels under which there is no spread at all."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A story: what the model says (abstained: 0, the value of saying nothing), and people, where they were asked.

    ``silent``: the model abstained, so that the 0 is no count of its own. ``human`` None: not labelled. ``relevant`` False: people found that it is not about the subject; it then counts
    against nothing. ``layer`` is the part of the population within which every story was as likely to be labelled.
    """

    model: float
    human: float | None = None
    relevant: bool = True
    layer: int = 0
    silent: bool = False

    @property
    def labelled(self) -> bool:
        """Whether people said anything that counts."""
        return self.human is not None or not self.relevant


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as arrays: the model's values where nobody labelled, and both where somebody did.

    ``relevant`` is 1 where the labelled story is about the subject, else 0; ``human`` is read only there.
    """

    rest: Values
    model: Values
    human: Values
    relevant: Values

    @property
    def size(self) -> int:
        """How many stories."""
        return len(self.rest) + len(self.model)


class Corrected(NamedTuple):
    """An estimate with its 95 % interval; ``labels`` went into it, ``power`` in [0, 1] is the trust in the model."""

    value: float
    low: float
    high: float
    labels: int
    power: float = 0.0


FEW = 5
"""People's answers at one end of a share under which the normal interval does not hold."""


def corrected_mean(units: Iterable[Unit], *, least: float, most: float) -> Corrected | None:
    """The mean of what people would say over all relevant units, in [``least``, ``most``]; None with too few labels.

    Where nearly all labels say the same, a normal interval is too narrow: a share then has the exact one of the labels
    alone, another mean reaches as far as an answer that was never given may be frequent.
    """
    import numpy as np  # noqa: PLC0415 heavy, and most commands correct nothing

    layers = layers_of(units)
    found = estimate(layers)
    if found is None:
        return None
    told = np.concatenate([layer.human[layer.relevant > 0] for layer in layers])
    ones = float(told.sum())
    if (least, most) == (0, 1) and min(ones, len(told) - ones) < FEW:
        return Corrected(*exact_share(round(ones), len(told)), found.labels)
    if found.high <= found.low:
        unseen = exact_share(0, len(told)).high
        low, high = found.value - unseen * (found.value - least), found.value + unseen * (most - found.value)
        found = found._replace(low=low, high=high)
    return found._replace(
        low=max(least, found.low), high=min(most, found.high), value=_within(found.value, least, most)
    )


def estimate(layers: Sequence[Layer], power: float | None = None) -> Corrected | None:
    """PPI++ over layers, each weighed by its size; ``power`` None is tuned, 0 is people alone, 1 is plain PPI.

    With one layer and all units relevant these are the formulas of measurement §6.3 to the letter; irrelevant ones make
    it a ratio, whose error is taken from its linear part. None when a layer has under two labels or nothing is
    relevant.
    """
    import numpy as np  # noqa: PLC0415 heavy, and most commands correct nothing

    if not layers or any(len(layer.model) < LEAST for layer in layers):
        return None
    total = sum(layer.size for layer in layers)
    weights = [layer.size / total for layer in layers]
    share = math.fsum(w * float(layer.relevant.mean()) for w, layer in zip(weights, layers, strict=True))
    if share <= 0:
        return None
    said = [np.where(layer.relevant > 0, layer.human, 0.0) for layer in layers]
    people = math.fsum(w * float(y.mean()) for w, y in zip(weights, said, strict=True)) / share
    trust = _tuned(layers, said, people) if power is None else power
    value = variance = 0.0
    for weight, layer, y in zip(weights, layers, said, strict=True):
        held = trust if len(layer.rest) else 0.0
        rest = float(layer.rest.mean()) if len(layer.rest) else 0.0
        value += weight * (held * rest + float((y - held * layer.model).mean()))
    value /= share
    for weight, layer, y in zip(weights, layers, said, strict=True):
        held = trust if len(layer.rest) else 0.0
        spread = float((y - held * layer.model - value * layer.relevant).var(ddof=1)) / len(layer.model)
        if len(layer.rest) >= LEAST:
            spread += held**2 * float(layer.rest.var(ddof=1)) / len(layer.rest)
        variance += weight**2 * spread
    error = Z * math.sqrt(variance) / share
    return Corrected(value, value - error, value + error, sum(len(layer.model) for layer in layers), trust)


def layers_of(units: Iterable[Unit]) -> tuple[Layer, ...]:
    """The units by layer, in the layers' order; one with under ten labels goes together with the next."""
    grouped: dict[int, list[Unit]] = {}
    for unit in units:
        grouped.setdefault(unit.layer, []).append(unit)
    merged: list[list[Unit]] = []
    for _, group in sorted(grouped.items()):
        if merged and not _enough(merged[-1]):
            merged[-1] += group
        else:
            merged.append(list(group))
    if len(merged) > 1 and not _enough(merged[-1]):
        last = merged.pop()
        merged[-1] += last
    return tuple(map(_layer, merged))


class Part(NamedTuple):
    """A part of the population: stories in it, how many of them people looked at, and how many go against."""

    stories: float
    labels: int
    against: int


def rare_rate(flagged: Part, rest: Part) -> Corrected | None:
    """The rate of something rare: the flagged stories counted by people, and an exact interval for the others.

    ``rest`` are stories that the model did not flag, its labels a random sample of them. A part that was labelled as a
    whole is known and has no width; with two that were not, each is held at 97.5 % so that both together keep 95 %.
    None when a part that is not empty has no labels.
    """
    parts = [part for part in (flagged, rest) if part.stories]
    total = math.fsum(part.stories for part in parts)
    if not parts or any(part.labels == 0 for part in parts):
        return None
    open_parts = sum(part.labels < part.stories for part in parts)
    value = low = high = 0.0
    for part in parts:
        weight, share = part.stories / total, part.against / part.labels
        known = part.labels >= part.stories
        bounds = (share, share, share) if known else exact_share(part.against, part.labels, 0.05 / open_parts)
        value, low, high = value + weight * bounds[0], low + weight * bounds[1], high + weight * bounds[2]
    return Corrected(value, low, high, sum(part.labels for part in parts))


def _tuned(layers: Sequence[Layer], said: Sequence[Values], people: float) -> float:
    """The λ that makes the interval narrowest, clipped to [0, 1]."""
    import numpy as np  # noqa: PLC0415 heavy, and most commands correct nothing

    model = np.concatenate([layer.model for layer in layers])
    rest = np.concatenate([layer.rest for layer in layers])
    spread = float(np.concatenate((model, rest)).var(ddof=1))
    if not len(rest) or spread <= 0:
        return 0.0
    residual = np.concatenate([y - people * layer.relevant for layer, y in zip(layers, said, strict=True)])
    together = float(np.cov(residual, model, ddof=1)[0, 1])
    return _within(together / ((1 + len(model) / len(rest)) * spread), 0.0, 1.0)


def _layer(units: Sequence[Unit]) -> Layer:
    import numpy as np  # noqa: PLC0415 heavy, and most commands correct nothing

    labelled = [unit for unit in units if unit.labelled]
    return Layer(
        rest=np.array([unit.model for unit in units if not unit.labelled], dtype=float),
        model=np.array([unit.model for unit in labelled], dtype=float),
        human=np.array([unit.human or 0.0 for unit in labelled], dtype=float),
        relevant=np.array([float(unit.relevant) for unit in labelled], dtype=float),
    )


def _enough(units: Sequence[Unit]) -> bool:
    return sum(unit.labelled for unit in units) >= LEAST_LAYER


def _within(value: float, least: float, most: float) -> float:
    return min(most, max(least, value))
