"""The bundled classifier's reading of one passage as a text: VADER's figures, words and their pieces, added up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bot.engines.features import (
    NAME,
    Figures,
    Token,
    figures,
    pair_feature,
    token_features,
    tokenised,
    valences_of,
)
from bot.engines.lexicon import Lexicon
from bot.engines.linear import LinearModel, Triple, softmax
from bot.model import Genre

MODEL = "tone_text"
"""The bundled model file."""

GENRES = tuple(Genre)
SMOOTHING = 4
"""Tokens added to a text's own before its words' sum is divided by the square root: short texts say less."""

_REMEMBERED = 100_000
"""Token forms, and pairs, whose weights are kept for a genre; the memory is emptied when it is full."""

_ZERO: Triple = (0.0, 0.0, 0.0)


def norm(tokens: Sequence[Token]) -> float:
    """By what the sum of a text's words is multiplied."""
    return 1 / math.sqrt(len(tokens) + SMOOTHING)


def figure_feature(genre: Genre, figure: str) -> str:
    """The name of a figure's feature: figures weigh differently in each genre."""
    return f"{genre}/{figure}"


def own_feature(genre: Genre, ngram: str) -> str:
    """The name of what a genre adds to the weight that an n-gram has in all of them."""
    return f"{genre}:{ngram}"


class Analysis(NamedTuple):
    """A passage as the classifier sees it."""

    tokens: list[Token]
    valences: list[float]
    figures: Figures


class TextReading(NamedTuple):
    """What the classifier says of one passage. ``pull`` is what each token adds to positive less negative logits,
    ``valences`` what it has in the lexicon, ``known`` how many it knows.
    """

    tokens: list[Token]
    logits: Triple
    pull: list[float]
    known: int
    valences: list[float]


def analysed(text: str, masked: Sequence[tuple[int, int]], lexicon: Lexicon) -> Analysis:
    """Tokens, their valences and the figures of a passage; the same for training and for reading."""
    tokens = tokenised(text, masked)
    valences = list(valences_of(tokens, lexicon.valences))
    return Analysis(tokens, valences, figures(text, tokens, lexicon.scores(text, masked), valences))


@dataclass(frozen=True)
class _FigureWeights:
    bias: Triple
    columns: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]
    per_valence: float


class _Memory(NamedTuple):
    """A genre's weights of token forms (with whether the classifier knows them) and of pairs; None for nothing."""

    tokens: dict[tuple[str, bool], tuple[float, float, float, bool]]
    pairs: dict[tuple[str, str], Triple | None]


class TextLayer:
    """The classifier over a model file."""

    def __init__(self, model: LinearModel, lexicon: Lexicon) -> None:
        self._model = model
        self._lexicon = lexicon
        self._memories = {genre: _Memory({}, {}) for genre in GENRES}

    def read(self, text: str, masked: Sequence[tuple[int, int]], genre: Genre) -> TextReading:
        """The logits of a passage, and what each of its tokens adds."""
        tokens, valences, told = analysed(text, masked, self._lexicon)
        negative = neutral = positive = 0.0
        known = 0
        pull = []
        of_tokens, of_pairs = self._memories[genre]
        before = ""
        for at, (_, _, form, negated) in enumerate(tokens):
            key = form, negated
            found = of_tokens[key] if key in of_tokens else self._token(key, genre)
            worse, even, better, is_known = found
            negative += worse
            neutral += even
            positive += better
            known += is_known
            pull.append(better - worse)
            if at:
                two = before, form
                both = of_pairs[two] if two in of_pairs else self._pair(two, genre)
                if both is not None:
                    worse, even, better = both
                    negative += worse
                    neutral += even
                    positive += better
                    half = (better - worse) / 2
                    pull[at - 1] += half
                    pull[at] += half
            before = form
        scale = norm(tokens)
        general = self._figure_weights[genre]
        totals = (
            sum(map(float.__mul__, column, told)) + bias + words * scale
            for column, bias, words in zip(general.columns, general.bias, (negative, neutral, positive), strict=True)
        )
        size = math.sqrt(sum(abs(valence) for valence in valences) ** 2 + 15)
        pull = [
            each * scale + general.per_valence * valence / size for each, valence in zip(pull, valences, strict=True)
        ]
        return TextReading(tokens, (next(totals), next(totals), next(totals)), pull, known, valences)

    def probabilities(self, logits: Triple, genre: Genre) -> Triple:
        """Calibrated probabilities of negative, neutral and positive."""
        return softmax(logits, self._temperatures[genre])

    def genre(self, texts: Sequence[str]) -> Genre:
        """What kind of writing the passages look like, where nobody says."""
        scores = [0.0, 0.0, 0.0]
        for text in texts:
            tokens, _, told = analysed(text, (), self._lexicon)
            found = self._model.score(genre_features(tokens, told))
            scores = [score + more for score, more in zip(scores, found, strict=True)]
        return GENRES[scores.index(max(scores))]

    @cached_property
    def _temperatures(self) -> Mapping[Genre, float]:
        return {genre: self._model.settings["temperature"][genre] for genre in GENRES}

    @cached_property
    def _figure_weights(self) -> Mapping[Genre, _FigureWeights]:
        return {genre: self._weights_of(genre) for genre in GENRES}

    def _weights_of(self, genre: Genre) -> _FigureWeights:
        rows = [self._model.weight(figure_feature(genre, name)) or _ZERO for name in Figures._fields]
        columns = tuple(zip(*rows, strict=True))
        pull = {name: row[2] - row[0] for name, row in zip(Figures._fields, rows, strict=True)}
        toned = ("compound", "compound_squared", "positive", "valence", "praise", "last")
        return _FigureWeights(
            self._model.weight(figure_feature(genre, "bias")) or _ZERO,
            (columns[0], columns[1], columns[2]),
            max(0.0, sum(pull[name] for name in toned) + (pull["above"] - pull["below"]) / 2),
        )

    def _token(self, key: tuple[str, bool], genre: Genre) -> tuple[float, float, float, bool]:
        memory = self._memories[genre].tokens
        if len(memory) >= _REMEMBERED:
            memory.clear()
        names = token_features(*key)
        memory[key] = found = *self._weighed(names, genre), self._knows(key[0], names)
        return found

    def _pair(self, pair: tuple[str, str], genre: Genre) -> Triple | None:
        memory = self._memories[genre].pairs
        if len(memory) >= _REMEMBERED:
            memory.clear()
        found = self._weighed((pair_feature(*pair),), genre)
        memory[pair] = found if any(found) else None
        return memory[pair]

    def _weighed(self, names: Sequence[str], genre: Genre) -> Triple:
        """The sum of n-grams' weights: those of all genres, and the genre's own."""
        return self._model.score((each, 1.0) for name in names for each in (name, own_feature(genre, name)))

    def _knows(self, form: str, names: Sequence[str]) -> bool:
        """Whether the word itself says something to the classifier, not only pieces of it."""
        if form == NAME or form.startswith("_") or not names:
            return False
        return any(not name.startswith("~") and self._model.weights.get(name) is not None for name in names)


def genre_features(tokens: Sequence[Token], told: Figures) -> list[tuple[str, float]]:
    """What tells the kind of writing: signs, length and the words that each kind is full of."""
    scale = norm(tokens)
    signs = zip(_GENRE_FIGURES, (getattr(told, name) for name in _GENRE_FIGURES), strict=True)
    return [
        ("genre/bias", 1.0),
        *((f"genre/{name}", value) for name, value in signs),
        *((f"genre/{token.form}", scale) for token in tokens),
    ]


_GENRE_FIGURES = ("exclaims", "asks", "links", "handles", "tags", "numbers", "length", "shouts", "quotes", "trails")
