"""The layer that reads the tone toward what is named in a sentence, where the sentence as a whole may say otherwise.

A trained table of words by their nearness to the name, blended with a rule that needs no training (valences that fade
with distance). Toward kinds of writing that did not train the table the rule decides nearly alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from bot.engines.features import Token, tokenised, valences_of
from bot.engines.lexicon import Lexicon
from bot.engines.linear import LinearModel, Triple, softmax
from bot.engines.target_features import (
    FIGURES,
    RULE,
    SUMS,
    Evidence,
    Key,
    Totals,
    evidence,
    features,
    figures,
    forms_of,
    signs,
    slope,
    squashed,
    totals,
)
from bot.engines.target_places import Places, names, places
from bot.model import Genre
from bot.ports import Passage

MODEL = "tone_target"
"""The bundled model file."""

RULE_SLOPE = 4.0
RULE_BORDER = 0.05
"""The rule's logits: the squashed sum times the slope for either side, and the border times the slope for neutral."""

_REMEMBERED = 200_000
"""Keys whose weights are kept; the memory is emptied when it is full."""

_ZERO: Triple = (0.0, 0.0, 0.0)


class TargetReading(NamedTuple):
    """What the layer says of one passage. ``pull`` is what each token adds to positive less negative logits."""

    tokens: list[Token]
    logits: Triple
    pull: list[float]


class Sentence(NamedTuple):
    """A passage as the layer sees it: where its words stand from the name, and what VADER's lexicon says of them."""

    tokens: list[Token]
    forms: list[str]
    places: Places
    evidence: list[Evidence]
    totals: Totals


def seen(passage: Passage, lexicon: Mapping[str, float]) -> Sentence | None:
    """The passage as the layer sees it, for training and reading alike; None where it does not name the subject."""
    tokens = tokenised(passage.text, passage.masked)
    return sentence_of(passage, tokens, list(valences_of(tokens, lexicon)))


def sentence_of(passage: Passage, tokens: list[Token], valences: Sequence[float]) -> Sentence | None:
    """:func:`seen`, of tokens with their valences."""
    at = names(tokens, passage.named)
    if not at:
        return None
    where = places(tokens, at)
    of_others = list(valences)
    for name in at:
        of_others[name] = 0.0
    found = evidence(where, of_others)
    return Sentence(tokens, forms_of(tokens, at), where, found, totals(found))


class TargetLayer:
    """The layer over a model file. How to use it: ``read`` a passage, then ``probabilities`` of its logits.

    It answers only for passages that name the subject (``Passage.named``); for the others ask the text layer.
    """

    def __init__(self, model: LinearModel, lexicon: Lexicon) -> None:
        self._model = model
        self._lexicon = lexicon
        self._remembered: dict[Key, tuple[Triple, Triple] | None] = {}

    def read(
        self, passage: Passage, genre: Genre | None = None, analysed: tuple[list[Token], list[float]] | None = None
    ) -> TargetReading | None:
        """The logits of the tone toward the subject, and what each token adds; None where it is not named.

        ``genre`` decides how far the trained table is trusted; None: as little as for writing that it never saw.
        ``analysed`` are the passage's tokens and their valences, where the caller has them already.
        """
        sentence = sentence_of(passage, *analysed) if analysed else seen(passage, self._lexicon.valences)
        if sentence is None:
            return None
        share = self._shares.get(genre, self._stranger)
        logits, pull = self._words(sentence)
        told = figures(sentence.totals, sentence.places)
        untrained = rule(sentence.totals)
        blended = [
            (1 - share) * (logit + sum(map(float.__mul__, column, told))) + share * plain
            for logit, column, plain in zip(logits, self._columns, untrained, strict=True)
        ]
        pull = [(1 - share) * each for each in pull]
        self._add_valences(sentence, pull, share)
        return TargetReading(sentence.tokens, (blended[0], blended[1], blended[2]), pull)

    def probabilities(self, logits: Triple, genre: Genre | None = None) -> Triple:
        """Calibrated probabilities of negative, neutral and positive, as of classes that are equally frequent."""
        return softmax(logits, self._temperatures.get(genre, self._strange_temperature))

    def _words(self, sentence: Sentence) -> tuple[Triple, list[float]]:
        """What the words and their neighbours add to the logits, and each token to positive less negative."""
        negative = neutral = positive = 0.0
        pull = [0.0] * len(sentence.tokens)
        remembered = self._remembered
        for key, near, at in signs(sentence.tokens, sentence.forms, sentence.places):
            found = remembered[key] if key in remembered else self._weighed(key)
            if found is not None:
                (worse, even, better), (nearly_worse, nearly_even, nearly_better) = found
                worse += nearly_worse * near
                better += nearly_better * near
                negative += worse
                neutral += even + nearly_even * near
                positive += better
                pull[at] += better - worse
        return (negative, neutral, positive), pull

    def _weighed(self, key: Key) -> tuple[Triple, Triple] | None:
        """What a key adds wherever it stands, and what times its nearness; None when neither is anything."""
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        of_key = list(features(key))
        anywhere = self._model.score((name, value) for name, value, _ in of_key)
        nearby = self._model.score((name, per_nearness) for name, _, per_nearness in of_key)
        found = (anywhere, nearby) if any(anywhere) or any(nearby) else None
        self._remembered[key] = found
        return found

    def _add_valences(self, sentence: Sentence, pull: list[float], share: float) -> None:
        """Adds to ``pull`` what each word's valence adds through the figures and the rule."""
        if not sentence.evidence:
            return
        praise, blame, both = ([slope(total) for total in sums] for sums in sentence.totals)
        for at, valence, weights in sentence.evidence:
            side, of_side = (praise, self._praise) if valence > 0 else (blame, self._blame)
            trained = sum(
                weight * (side[number] * of_side[number] + both[number] * self._both[number])
                for number, weight in enumerate(weights)
            )
            plain = 2 * RULE_SLOPE * weights[RULE] * both[RULE]
            pull[at] += valence * ((1 - share) * trained + share * plain)

    @cached_property
    def _columns(self) -> tuple[tuple[float, ...], ...]:
        """The weights of the figures, a column a class."""
        rows = [self._model.weight(figure_feature(name)) or _ZERO for name in FIGURES]
        return tuple(zip(*rows, strict=True))

    @cached_property
    def _pulls(self) -> list[float]:
        negative, _, positive = self._columns
        return [better - worse for better, worse in zip(positive, negative, strict=True)][: 3 * len(SUMS)]

    @cached_property
    def _praise(self) -> list[float]:
        return self._pulls[0::3]

    @cached_property
    def _blame(self) -> list[float]:
        return self._pulls[1::3]

    @cached_property
    def _both(self) -> list[float]:
        return self._pulls[2::3]

    @cached_property
    def _shares(self) -> Mapping[Genre | None, float]:
        return dict.fromkeys(Genre, self._model.settings["rule"])

    @cached_property
    def _stranger(self) -> float:
        return float(self._model.settings["rule_of_strangers"])

    @cached_property
    def _temperatures(self) -> Mapping[Genre | None, float]:
        return {genre: self._model.settings["temperature"][genre] for genre in Genre}

    @cached_property
    def _strange_temperature(self) -> float:
        return float(self._model.settings["temperature_of_strangers"])


def figure_feature(name: str) -> str:
    """The name of a figure's feature."""
    return f"figure/{name}"


def rule(sums: Totals) -> Triple:
    """The logits of the rule that needs no training: valences that fade with their distance from the name."""
    tone = RULE_SLOPE * squashed(sums.both[RULE])
    return -tone, RULE_SLOPE * RULE_BORDER, tone
