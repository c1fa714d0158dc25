"""Trains the target layer of the engine ``heard``: ``python -m bot.engines.training.target ../shared``.

A logistic regression over words by their nearness to the name, and figures. In each kind of writing all classes weigh
alike. The rule's share and the temperatures are fitted on predictions for folds that were not trained on; sentences
stay whole: all targets of one stand in one fold. The same data give the same file.
"""

from __future__ import annotations

import argparse
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

import bot.engines
from bot.clock import SystemClock
from bot.engines.lexicon import Lexicon
from bot.engines.linear import CLASSES, LinearModel, Triple, quantised, write_model
from bot.engines.target import MODEL, Sentence, figure_feature, rule, seen
from bot.engines.target_features import FIGURES, features, figures, signs
from bot.engines.training.data import rows
from bot.engines.training.matrix import triple
from bot.model import Genre
from bot.ports import Passage

VERSION = "1"
LICENCES = {
    "target/newsmtsc_train": ("MIT", "NewsMTSC (F. Hamborg and K. Donnay, EACL 2021)", Genre.ARTICLE),
    "target/mams_train": ("Apache-2.0", "MAMS for ABSA (Jiang, Chen, Xu, Ao and Yang, EMNLP 2019)", Genre.DISCUSSION),
    "target/semeval_topics5": (
        "CC BY 3.0",
        "SemEval-2016 task 4C (Nakov, Ritter, Rosenthal, Sebastiani, Stoyanov)",
        Genre.POST,
    ),
}
"""The files that train, by path in the shared evaluation folder, with licence, attribution and kind of writing."""

FOLDS = 3
STRENGTH = 0.1
"""scikit-learn's C: the larger, the freer are the weights."""

FIGURE_VALUE = 2.0
ITERATIONS = 60
LEAST_SENTENCES = 3
ENTRIES = 70_000
"""N-grams that are kept: those whose weights move most."""

STEP = 0.01
SLACK = 0.005
"""Macro-F1, about one standard error, given up for a larger share of the rule: it can be explained, it hears each
verb's own object, and it does better on writing that nobody labelled.
"""

Array = Any
"""A numpy array or a scipy.sparse matrix, which has no types."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with one of the things named in it, and the place of its class in ``CLASSES``."""

    passage: Passage
    label: int
    genre: Genre

    @property
    def fold(self) -> int:
        """Which fold the sentence belongs to, by its text alone."""
        return zlib.crc32(self.passage.text.encode()) % FOLDS


def main() -> None:
    """Reads the shared evaluation folder, trains, and writes the bundled model file."""
    parser = argparse.ArgumentParser(description="Trains the target layer of the engine 'heard'.")
    parser.add_argument("shared", type=Path, help="the folder of shared material, with eval/ in it")
    parser.add_argument("--out", type=Path, default=Path(bot.engines.__path__[0], "models", f"{MODEL}.json.gz"))
    given = parser.parse_args()
    learned = {name: read(given.shared / "eval", name, genre) for name, (_, _, genre) in LICENCES.items()}
    write_model(trained(learned, SystemClock().now().date()), given.out)


def read(folder: Path, name: str, genre: Genre) -> list[Example]:
    """The examples of a labelled file: of targets with their offsets, or of topics to be found in the text."""
    reader = _of_topic if name.endswith("topics5") else _of_offsets
    return [
        Example(Passage(text, 0, named, named), label, genre)
        for text, named, label in map(reader, rows(folder, name))
        if named
    ]


def _of_offsets(row: Mapping[str, str]) -> tuple[str, tuple[tuple[int, int], ...], int]:
    start, end = int(row["from"]), int(row["to"])
    found = ((start, end),) if row["text"][start:end] == row["target"] else ()
    return row["text"], found, CLASSES.index(row["label"])


def _of_topic(row: Mapping[str, str]) -> tuple[str, tuple[tuple[int, int], ...], int]:
    topic = re.compile(r"[@#]?" + re.escape(row["topic"]), re.IGNORECASE)
    score = int(row["score"])
    return row["text"], tuple(found.span() for found in topic.finditer(row["text"])), 1 + (score > 0) - (score < 0)


@dataclass(frozen=True)
class Fit:
    """Coefficients, classes by columns, and which columns of the table they are for."""

    columns: Array
    coefficients: Array

    def logits(self, rows_: Array) -> Array:
        """The logits of some rows of the table."""
        return rows_[:, self.columns] @ self.coefficients.T


@dataclass(frozen=True)
class Table:
    """Examples as rows of numbers: n-grams, then figures; and the logits of the rule without training."""

    names: Sequence[str]
    rows: Array
    rule: Array
    labels: Array
    genres: Array
    folds: Array

    def weights(self, fit: Fit) -> dict[str, Triple]:
        """The weights of a fit by the names of the features, scales undone."""
        last = len(self.names) - len(FIGURES)
        return {
            self.names[column]: triple(weights * (FIGURE_VALUE if column >= last else 1))
            for column, weights in zip(fit.columns, fit.coefficients.T, strict=True)
        }


def tabled(learned: Sequence[Example]) -> Table:
    """The examples as the product sees them."""
    valences = Lexicon().valences
    places: defaultdict[str, int] = defaultdict()
    places.default_factory = places.__len__
    pointers: list[int] = [0]
    columns: list[int] = []
    values: list[float] = []
    told: list[list[float]] = []
    plain: list[Triple] = []
    for sentence in (seen(example.passage, valences) for example in learned):
        if sentence is not None:
            row: defaultdict[str, float] = defaultdict(float)
            for feature, value in ngrams(sentence):
                row[feature] += value
            columns.extend(places[feature] for feature in row)
            values.extend(row.values())
        told.append(figures(sentence.totals, sentence.places) if sentence else [0.0] * len(FIGURES))
        plain.append(rule(sentence.totals) if sentence else (0.0, 0.0, 0.0))
        pointers.append(len(columns))
    shape = len(learned), len(places)
    words = sparse.csr_matrix((np.array(values, dtype=np.float32), columns, pointers), shape=shape)
    return Table(
        names=[*places, *map(figure_feature, FIGURES)],
        rows=sparse.hstack([words, sparse.csr_matrix(np.array(told, dtype=np.float32) * FIGURE_VALUE)]).tocsr(),
        rule=np.array(plain),
        labels=np.array([example.label for example in learned]),
        genres=np.array([example.genre.value for example in learned]),
        folds=np.array([example.fold for example in learned]),
    )


def ngrams(sentence: Sentence) -> Iterator[tuple[str, float]]:
    """The n-gram features of a sentence with their values, one for each place that they stand at."""
    for key, near, _ in signs(sentence.tokens, sentence.forms, sentence.places):
        for feature, value, per_nearness in features(key):
            yield feature, value + per_nearness * near


def fitted(table: Table, chosen: Array) -> Fit:
    """A fit to the chosen rows (a mask); columns that too few of them have are left out."""
    rows_ = table.rows[chosen]
    kept = np.bincount(rows_.indices, minlength=rows_.shape[1]) >= LEAST_SENTENCES
    columns = np.flatnonzero(kept)
    fit = LogisticRegression(C=STRENGTH, max_iter=ITERATIONS, fit_intercept=False, tol=1e-3)
    weights = balanced(table.labels[chosen], table.genres[chosen])
    fit.fit(rows_[:, columns], table.labels[chosen], sample_weight=weights)
    return Fit(columns, fit.coef_ - fit.coef_.mean(axis=0))


def balanced(labels: Array, genres: Array) -> Array:
    """A weight for each row, so that within a kind of writing all classes weigh alike."""
    weights = np.zeros(len(labels))
    for genre in set(genres):
        for label in range(len(CLASSES)):
            chosen = (genres == genre) & (labels == label)
            weights[chosen] = (genres == genre).sum() / len(CLASSES) / max(1, chosen.sum())
    return weights


def unseen(table: Table) -> Array:
    """Each row's logits by a fit that saw nothing of its fold."""
    logits = np.zeros((len(table.labels), len(CLASSES)))
    for fold in range(FOLDS):
        logits[table.folds == fold] = fitted(table, table.folds != fold).logits(table.rows[table.folds == fold])
    return logits


def unfamiliar(table: Table) -> Array:
    """Each row's logits by a fit that saw nothing of its kind of writing."""
    logits = np.zeros((len(table.labels), len(CLASSES)))
    for genre in set(table.genres):
        logits[table.genres == genre] = fitted(table, table.genres != genre).logits(table.rows[table.genres == genre])
    return logits


def rule_share(table: Table, logits: Array, slack: float = 0.0) -> float:
    """The largest share of the rule whose blend is within ``slack`` of the best macro-F1, in the mean over genres."""

    def quality(share: float) -> float:
        guessed = ((1 - share) * logits + share * table.rule).argmax(axis=1)
        of_genre = [table.genres == genre for genre in sorted(set(table.genres))]
        return float(np.mean([f1_score(table.labels[it], guessed[it], average="macro") for it in of_genre]))

    qualities = {share / 20: quality(share / 20) for share in range(21)}
    best = max(qualities.values())
    return max(share for share, reached in qualities.items() if reached >= best - slack)


def temperature(logits: Array, labels: Array, weights: Array) -> float:
    """By what the logits of unseen rows must be divided to be least surprised by their labels."""

    def surprise(given: float) -> float:
        told = log_softmax(logits / given, axis=1)[np.arange(len(labels)), labels]
        return float(-(weights * told).sum())

    return round(float(minimize_scalar(surprise, bounds=(0.2, 10), method="bounded").x), 3)


def settings_of(table: Table) -> dict[str, Any]:
    """The rule's shares and the temperatures, for kinds of writing that trained and for those that did not."""
    known, strange = unseen(table), unfamiliar(table)
    share, share_of_strangers = rule_share(table, known, SLACK), rule_share(table, strange)
    known = (1 - share) * known + share * table.rule
    strange = (1 - share_of_strangers) * strange + share_of_strangers * table.rule
    weights = balanced(table.labels, table.genres)
    of_genre = {genre.value: table.genres == genre.value for genre in Genre}
    return {
        "rule": share,
        "rule_of_strangers": share_of_strangers,
        "temperature": {name: temperature(known[it], table.labels[it], weights[it]) for name, it in of_genre.items()},
        "temperature_of_strangers": temperature(strange, table.labels, weights),
    }


def trained(learned: Mapping[str, Sequence[Example]], made_on: date) -> LinearModel:
    """The model that the examples give, by file."""
    table = tabled([example for examples in learned.values() for example in examples])
    everything = np.ones(len(table.labels), dtype=bool)
    weights = pruned(table, table.weights(fitted(table, everything)))
    return LinearModel(_about(learned, made_on), quantised(weights, STEP), STEP, settings_of(table))


def pruned(table: Table, weights: dict[str, Triple]) -> dict[str, Triple]:
    """All figures, and of the n-grams those that move most: by their weights, and by how many sentences have them."""
    counts = dict(zip(table.names, np.bincount(table.rows.indices, minlength=len(table.names)), strict=True))
    told = set(map(figure_feature, FIGURES))
    reach = {
        name: (max(of_class) - min(of_class)) * counts[name] ** 0.25
        for name, of_class in weights.items()
        if name not in told
    }
    kept = told | set(sorted(reach, key=lambda name: -reach[name])[:ENTRIES])
    return {name: of_class for name, of_class in weights.items() if name in kept}


def _about(learned: Mapping[str, Sequence[Example]], made_on: date) -> dict[str, Any]:
    return {
        "version": VERSION,
        "made": made_on.isoformat(),
        "script": "bot/engines/training/target.py",
        "sources": [
            {"file": name, "targets": len(learned[name]), "licence": licence, "attribution": attribution}
            for name, (licence, attribution, _) in LICENCES.items()
        ],
        "split": f"all train; the rule's share and temperatures on {FOLDS} folds by sentence",
        "classes": "weigh alike in each kind of writing, so probabilities are those of equally frequent classes",
        "made of": "VADER's lexicon (vaderSentiment 3.3.2, MIT, C.J. Hutto) gives the valences",
    }


if __name__ == "__main__":
    main()
