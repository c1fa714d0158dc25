"""A linear classifier in a plain file: a table of features, three weights each, that anybody can open and read.

Training is elsewhere (``bot.engines.training``); nothing here needs scikit-learn. What the features are is the engine's
business: to this module they are names with values.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

CLASSES = ("negative", "neutral", "positive")

Triple = tuple[float, float, float]
"""One number each for negative, neutral and positive."""


@dataclass(frozen=True)
class LinearModel:
    """The weights of each feature, in whole ``step``s, with what the file says of itself.

    ``about`` names what trained it, under which licences, with attribution, date and version; ``settings`` are numbers
    that are no weights of features (temperatures, thresholds).
    """

    about: Mapping[str, Any]
    weights: Mapping[str, tuple[int, int, int]]
    step: float
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version that the file gives itself."""
        return str(self.about["version"])

    def weight(self, feature: str) -> Triple | None:
        """The weights of one feature; None when the table has none."""
        found = self.weights.get(feature)
        return None if found is None else (found[0] * self.step, found[1] * self.step, found[2] * self.step)

    def score(self, features: Iterable[tuple[str, float]]) -> Triple:
        """The sum of weight times value over ``features``; those that the table does not have count nothing."""
        negative = neutral = positive = 0.0
        for feature, value in features:
            found = self.weights.get(feature)
            if found is not None:
                negative += found[0] * value
                neutral += found[1] * value
                positive += found[2] * value
        return negative * self.step, neutral * self.step, positive * self.step


def softmax(logits: Triple, temperature: float = 1.0) -> Triple:
    """Probabilities from logits; a ``temperature`` above 1 makes them less sure."""
    highest = max(logits)
    negative, neutral, positive = (math.exp((logit - highest) / temperature) for logit in logits)
    total = negative + neutral + positive
    return negative / total, neutral / total, positive / total


@lru_cache(maxsize=8)
def bundled(name: str) -> LinearModel:
    """The model that this package brings as ``models/<name>.json.gz``; read once."""
    return _parsed(files("bot.engines").joinpath("models", f"{name}.json.gz").read_bytes())


def read_model(path: Path) -> LinearModel:
    """The model in a file that :func:`write_model` wrote."""
    return _parsed(path.read_bytes())


def write_model(model: LinearModel, path: Path) -> None:
    """Writes the file; equal models give equal bytes."""
    told = {
        "about": model.about,
        "classes": CLASSES,
        "step": model.step,
        "settings": model.settings,
        "weights": dict(sorted(model.weights.items())),
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))


def quantised(weights: Mapping[str, Triple], step: float) -> dict[str, tuple[int, int, int]]:
    """Weights in whole steps, without those that come to nothing."""
    rounded = {
        feature: (round(triple[0] / step), round(triple[1] / step), round(triple[2] / step))
        for feature, triple in weights.items()
    }
    return {feature: triple for feature, triple in rounded.items() if any(triple)}


def _parsed(compressed: bytes) -> LinearModel:
    told = json.loads(gzip.decompress(compressed))
    return LinearModel(told["about"], told["weights"], told["step"], told["settings"])
