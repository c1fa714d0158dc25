"""The engine ``onnx``: any transformer that was trained to classify sentiment, from a directory or a model hub.

``[score] engine = "onnx"`` with ``engine_options.model`` is all there is to set up. The model reads each sentence that
concerns the subject, its name masked; their mean is the tone. A text classifier knows no target: what it says of a
sentence that names two brands it says of both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from bot.engines.transformer.files import find_model
from bot.engines.transformer.network import Network
from bot.engines.transformer.prepared import USER, prepared
from bot.errors import ConfigError
from bot.model import Genre, ToneLabel, ToneReading
from bot.options import Options, read_options
from bot.ports import Passage, SentimentEngine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.engines.transformer.files import ModelFiles

_STARS = re.compile(r"([1-5]) stars?")
_NUMBERED = tuple(f"label_{number}" for number in range(3))
"""How older models of three classes name them: negative, neutral, positive."""

_OVERRIDE = 0.3
"""By how much a word of the desk's own moves the logits, a point of its valence."""


class ClassifierOptions(Options):
    """The engine's table.

    ``labels`` are the model's classes in its order, where its ``config.json`` does not say them; ``temperature`` makes
    it less sure (above 1) or surer.
    """

    model: str
    languages: tuple[str, ...] = ("en",)
    labels: tuple[ToneLabel, ...] | None = None
    temperature: float = Field(default=1.0, gt=0)
    abstain_below: float = Field(default=0.45, ge=0, le=1)


def engine(options: Mapping[str, Any]) -> SentimentEngine:
    """The entry point. Raises ConfigError for options that it does not know and for a model that is not there."""
    return ClassifierEngine(read_options(ClassifierOptions, options, "engine onnx"))


class ClassifierEngine:
    """A ``SentimentEngine`` over a transformer that classifies; its network is loaded on first use."""

    name = "onnx"

    def __init__(self, options: ClassifierOptions) -> None:
        self._options = options
        self._files = find_model(options.model)
        self._network = Network(self._files)
        self._classes = _classes(self._files, options.labels)
        self.languages = frozenset(options.languages)
        self.version = f"{self._files.name}@{self._files.version}/1:{options.temperature:g}:{options.abstain_below:g}"

    def read(
        self,
        passages: Sequence[Passage],
        overrides: Mapping[str, float],
        genre: Genre | None = None,  # noqa: ARG002 what a model was trained on is all that it knows
    ) -> ToneReading:
        """The mean of the sentences' probabilities; unsure below ``abstain_below``. Names no words: it has none."""
        texts = [text for text in map(prepared, passages) if _says_something(text)]
        if not texts:
            return ToneReading(None, None, None, why="nothing to read but names, handles and links")
        found = np.mean([self._probabilities(text, overrides) for text in texts], axis=0)
        negative, neutral, positive = (float(share) for share in found)
        label = (ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE)[int(found.argmax())]
        confidence = float(found.max())
        sentences = f"{len(texts)} sentence{'s' if len(texts) > 1 else ''}"
        why = f"{self._files.name} reads {sentences}: {label} {confidence:.0%}"
        shares = negative, neutral, positive
        if confidence < self._options.abstain_below:
            return ToneReading(None, None, confidence, why=f"{why}, too unsure to call", probabilities=shares)
        return ToneReading(positive - negative, label, confidence, why=why, probabilities=shares)

    def _probabilities(self, text: str, overrides: Mapping[str, float]) -> NDArray[np.float64]:
        """Negative, neutral and positive of one text."""
        logits = np.asarray(self._network.run(text), np.float64).reshape(-1)
        if logits.size != len(self._classes):
            raise ConfigError(
                f"engine onnx: {self._files.name} answers with {logits.size} numbers, not with its "
                f"{len(self._classes)} classes: it is no classifier of texts"
            )
        shares = np.exp((logits - logits.max()) / self._options.temperature)
        found = np.full(3, 1e-9)
        for label, share in zip(self._classes, shares / shares.sum(), strict=True):
            found[tuple(ToneLabel).index(label)] += share
        moved = np.log(found) + _pull(text, overrides) * np.array((-1.0, 0.0, 1.0))
        moved = np.exp(moved - moved.max())
        result: NDArray[np.float64] = moved / moved.sum()
        return result


def _pull(text: str, overrides: Mapping[str, float]) -> float:
    """How far the desk's own words pull the text to one side."""
    lowered = text.casefold()
    return _OVERRIDE * sum(
        valence
        for word, valence in overrides.items()
        if re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", lowered)
    )


def _says_something(text: str) -> bool:
    return any(sign.isalnum() or not sign.isascii() for sign in text.replace(USER, "").replace("http", ""))


def _classes(found: ModelFiles, told: tuple[ToneLabel, ...] | None) -> tuple[ToneLabel, ...]:
    """The tone that each of the model's classes stands for. Raises ConfigError when it does not say."""
    if told is not None:
        return told
    named = found.config.get("id2label")
    names = [str(named[key]).casefold() for key in sorted(named, key=int)] if isinstance(named, Mapping) else []
    if tuple(names) == _NUMBERED:
        return ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE
    labels = [_tone_of(name) for name in names]
    known = tuple(label for label in labels if label is not None)
    if not known or len(known) < len(labels):
        raise ConfigError(
            f"engine onnx: {found.name} calls its classes {', '.join(names) or 'nothing'}, which are no tones. "
            'Say what they are, in order: engine_options.labels = ["negative", "neutral", "positive"]'
        )
    return known


def _tone_of(name: str) -> ToneLabel | None:
    """The tone that a class's name means: ``POS``, ``Negative``, ``4 stars``."""
    if stars := _STARS.fullmatch(name):
        number = int(stars[1])
        return ToneLabel.NEGATIVE if number < 3 else ToneLabel.POSITIVE if number > 3 else ToneLabel.NEUTRAL  # noqa: PLR2004 the middle of five
    return next((label for label in ToneLabel if len(name) > 2 and label.value.startswith(name)), None)  # noqa: PLR2004 "ne" is two of them
