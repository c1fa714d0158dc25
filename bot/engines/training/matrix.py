"""Texts as rows of numbers, by the same features that the product reads.

A word's pieces depend on the word alone, so a row holds words only, and a second matrix what each word is made of: some
twenty times fewer numbers than a row of pieces would be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.engines.features import Figures, pair_feature, token_features
from bot.engines.lexicon import Lexicon
from bot.engines.linear import CLASSES, Triple
from bot.engines.text_layer import GENRES, Analysis, analysed, figure_feature, norm, own_feature
from bot.model import Genre

LEAST_TEXTS = {"piece": 5, "pair": 4, "word": 2}
"""In how many texts a feature must stand."""

SIZES = {"piece": 0.5, "pair": 1.0, "word": 1.0}
FIGURE_SIZE = 0.3
OWN = 0.5
"""How large features are beside each other, and n-grams in a genre's own copy: smaller ones are held nearer to 0."""

Numbers = NDArray[np.floating[Any]]
Sparse = Any
"""A scipy.sparse matrix, which has no types."""


@dataclass(frozen=True)
class OfGenre:
    """The texts of one genre as rows: words by text, features by word, pairs by text, figures by text."""

    places: NDArray[np.int64]
    words: Sparse
    parts: Sparse
    pairs: Sparse
    figures: Numbers

    def logits(self, weights: Numbers) -> Numbers:
        """Texts by classes, for weights of features by classes."""
        first, second = self.parts.shape[1], self.parts.shape[1] + self.pairs.shape[1]
        found: Numbers = (
            self.words @ (self.parts @ weights[:first])
            + self.pairs @ weights[first:second]
            + self.figures @ weights[second:]
        )
        return found

    def gradient(self, errors: Numbers) -> Numbers:
        """Features by classes, for what the logits of each text should move by."""
        return np.vstack([self.parts.T @ (self.words.T @ errors), self.pairs.T @ errors, self.figures.T @ errors])


@dataclass(frozen=True)
class Rows:
    """Texts with weights that all genres share, and each genre's own besides, held nearer to 0 (Daumé's EasyAdapt)."""

    genres: Sequence[OfGenre]
    texts: int
    own: Numbers
    """How large each feature is in a genre's own copy."""

    @property
    def width(self) -> int:
        """How many weights a class has: a set that is shared, and one for each genre."""
        return (1 + len(self.genres)) * len(self.own)

    def logits(self, weights: Numbers) -> Numbers:
        """Texts by classes, for weights of features by classes."""
        shared, *others = weights.astype(np.float32).reshape(1 + len(self.genres), -1, len(CLASSES))
        found = np.zeros((self.texts, len(CLASSES)))
        for rows, others_own in zip(self.genres, others, strict=True):
            found[rows.places] = rows.logits(shared + self.own[:, None] * others_own)
        return found

    def gradient(self, errors: Numbers) -> Numbers:
        """Features by classes, for what the logits of each text should move by."""
        errors = errors.astype(np.float32)
        found = [rows.gradient(errors[rows.places]) for rows in self.genres]
        return np.vstack([np.sum(found, axis=0), *(self.own[:, None] * of_genre for of_genre in found)])


@dataclass(frozen=True)
class Columns:
    """What the columns are: features of words, then pairs, each with its size, then figures."""

    of_words: Mapping[str, int]
    pairs: Mapping[str, int]
    counts: Mapping[str, int]
    sizes: Mapping[str, float]
    spreads: Numbers

    def rows(self, texts: Sequence[Analysis], genres: Sequence[Genre]) -> Rows:
        """The texts in these columns."""
        kinds: dict[tuple[str, bool], int] = {}
        words, pairs = _Cells(), _Cells()
        for text in texts:
            scale = norm(text.tokens)
            for token in text.tokens:
                words.add(kinds.setdefault((token.form, token.negated), len(kinds)), scale)
            for feature in pairs_of(text):
                if feature in self.pairs:
                    pairs.add(self.pairs[feature], scale * self.sizes[feature])
            words.end()
            pairs.end()
        parts = _Cells()
        for form, negated in kinds:
            for feature in token_features(form, negated):
                if feature in self.of_words:
                    parts.add(self.of_words[feature], self.sizes[feature])
            parts.end()
        told = np.array([(*text.figures, 1.0) for text in texts]) / self.spreads * FIGURE_SIZE
        told = told.astype(np.float32)
        of_words, of_parts, of_pairs = (
            words.matrix(len(kinds)), parts.matrix(len(self.of_words)), pairs.matrix(len(self.pairs))
        )  # fmt: skip
        places = [np.flatnonzero([genre is each for genre in genres]) for each in GENRES]
        return Rows(
            [OfGenre(at, of_words[at], of_parts, of_pairs[at], told[at]) for at in places],
            len(texts),
            np.append(np.full(len(self.of_words) + len(self.pairs), OWN), np.ones(told.shape[1])).astype(np.float32),
        )

    def table(self, weights: Numbers) -> dict[str, Triple]:
        """The weights by name, sizes undone: of n-grams the shared ones and each genre's own, of figures their sum."""
        names = [*self.of_words, *self.pairs]
        shared, *others = weights.reshape(1 + len(GENRES), -1, len(CLASSES))
        sizes = np.array([self.sizes[name] for name in names])[:, None]
        table = dict(zip(names, map(triple, shared[: len(names)] * sizes), strict=True))
        told = (*Figures._fields, "bias")
        spreads = self.spreads[:, None] / FIGURE_SIZE
        for genre, own in zip(GENRES, others, strict=True):
            ngrams, figures = own[: len(names)] * sizes * OWN, (shared + own)[len(names) :] / spreads
            table |= {own_feature(genre, name): triple(row) for name, row in zip(names, ngrams, strict=True)}
            table |= {figure_feature(genre, name): triple(row) for name, row in zip(told, figures, strict=True)}
        return table


class _Cells:
    """Gathers a sparse matrix row by row."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._columns: list[int] = []
        self._ends = [0]

    def add(self, column: int, value: float) -> None:
        self._columns.append(column)
        self._values.append(value)

    def end(self) -> None:
        self._ends.append(len(self._columns))

    def matrix(self, width: int) -> Sparse:
        values = np.array(self._values, dtype=np.float32)
        made = sparse.csr_matrix((values, self._columns, self._ends), shape=(len(self._ends) - 1, width))
        made.sum_duplicates()
        return made


def analyses(texts: Iterable[str]) -> list[Analysis]:
    """Each text as the classifier sees it, nothing masked but handles and links."""
    lexicon = Lexicon()
    return [analysed(text, (), lexicon) for text in texts]


def columns(texts: Sequence[Analysis]) -> Columns:
    """The columns that ``texts`` give: features that stand in enough of them, sized by how rare they are."""
    counts: Counter[str] = Counter()
    for text in texts:
        found = set(pairs_of(text))
        for form, negated in {(token.form, token.negated) for token in text.tokens}:
            found.update(_of_token(form, negated))
        counts.update(found)
    kept = sorted(feature for feature, count in counts.items() if count >= LEAST_TEXTS[kind(feature)])
    of_words = [feature for feature in kept if kind(feature) != "pair"]
    pairs = [feature for feature in kept if kind(feature) == "pair"]
    rarity = {feature: (float(np.log((1 + len(texts)) / (1 + counts[feature]))) + 1) / 6 for feature in kept}
    return Columns(
        of_words={feature: place for place, feature in enumerate(of_words)},
        pairs={feature: place for place, feature in enumerate(pairs)},
        counts={feature: counts[feature] for feature in kept},
        sizes={feature: rarity[feature] * SIZES[kind(feature)] for feature in kept},
        spreads=np.append(np.array([text.figures for text in texts]).std(axis=0) + 1e-6, 1.0),
    )


def kind(feature: str) -> str:
    """Whether a feature is a piece of a word, a pair of words, or a word (sign, list) by itself."""
    if feature.startswith("~"):
        return "piece"
    return "pair" if " " in feature else "word"


def pairs_of(text: Analysis) -> Iterator[str]:
    """The pairs of neighbours in a text."""
    return (pair_feature(first.form, second.form) for first, second in pairwise(text.tokens))


_of_token = lru_cache(maxsize=None)(token_features)


def triple(numbers: Any) -> Triple:
    """Three numbers of numpy's as plain ones."""
    return float(numbers[0]), float(numbers[1]), float(numbers[2])
