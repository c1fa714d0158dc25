"""What an embedding adds to the text layer's logits: a linear head in a plain file, trained by this project."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bot.engines.linear import CLASSES, LinearModel, Triple, softmax
from bot.engines.text_layer import TextLayer, TextReading
from bot.engines.transformer.embedding import SentenceEmbedder
from bot.engines.transformer.prepared import prepared
from bot.model import Genre
from bot.ports import Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL = "tone_minilm"
"""The bundled model file."""

DIMENSIONS = 384


def dimension_feature(dimension: int) -> str:
    """The name of an embedding's dimension in the model file."""
    return f"minilm/{dimension}"


def logit_feature(genre: Genre, label: str) -> str:
    """The name, in the model file, of what the text layer says for a class; it weighs differently in each genre."""
    return f"{genre}/text/{label}"


def bias_feature(genre: Genre) -> str:
    """The name of a genre's bias in the model file."""
    return f"{genre}/bias"


class _Weights(NamedTuple):
    logits: NDArray[np.float64]
    bias: NDArray[np.float64]


class EmbeddedLayer:
    """A text layer whose logits an embedding of the passage corrects; made like :class:`TextLayer` for its engine."""

    def __init__(self, inner: TextLayer, embedder: SentenceEmbedder, model: LinearModel) -> None:
        self._inner, self._embedder, self._model = inner, embedder, model

    def read(self, text: str, masked: Sequence[tuple[int, int]], genre: Genre) -> TextReading:
        """The passage's logits. What each token adds is told of the text layer's part alone."""
        reading = self._inner.read(text, masked, genre)
        if not reading.tokens:
            return reading
        weights = self._of[genre]
        embedded = self._embedder.embed(prepared(Passage(text, 0, tuple(masked)))) @ self._dimensions
        negative, neutral, positive = weights.bias + np.asarray(reading.logits) @ weights.logits + embedded
        trust = float(weights.logits[2, 2] - weights.logits[2, 0] + weights.logits[0, 0] - weights.logits[0, 2]) / 2
        logits = float(negative), float(neutral), float(positive)
        return reading._replace(logits=logits, pull=[trust * pull for pull in reading.pull], known=len(reading.tokens))

    def probabilities(self, logits: Triple, genre: Genre) -> Triple:
        """Calibrated probabilities of negative, neutral and positive."""
        return softmax(logits, self._model.settings["temperature"][genre])

    def genre(self, texts: Sequence[str]) -> Genre:
        """What kind of writing the passages look like."""
        return self._inner.genre(texts)

    @cached_property
    def _dimensions(self) -> NDArray[np.float64]:
        return self._matrix([dimension_feature(number) for number in range(DIMENSIONS)])

    @cached_property
    def _of(self) -> dict[Genre, _Weights]:
        return {
            genre: _Weights(
                self._matrix([logit_feature(genre, label) for label in CLASSES]),
                self._matrix([bias_feature(genre)])[0],
            )
            for genre in Genre
        }

    def _matrix(self, features: Sequence[str]) -> NDArray[np.float64]:
        return np.array([self._model.weight(feature) or (0.0, 0.0, 0.0) for feature in features])
