"""Trains the text layer of the engine ``heard``: ``python -m bot.engines.training.text``.

A class-balanced logistic regression over words, pairs, pieces of words and figures; each genre adds weights of its own.
Its temperatures are fitted on predictions for folds that it was not trained on. The same data give the same file.
"""

from __future__ import annotations

import argparse
import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

import bot.engines
from bot.clock import SystemClock
from bot.engines.linear import CLASSES, LinearModel, Triple, quantised, write_model
from bot.engines.text_layer import GENRES, MODEL, Analysis, genre_features, own_feature
from bot.engines.training.data import LICENCES, Example, examples, plain_words, rows
from bot.engines.training.fit import Dense, Linear, fitted
from bot.engines.training.matrix import Columns, Numbers, analyses, columns, triple
from bot.engines.training.unseen import unseen_figures
from bot.model import Genre

VERSION = "1"
REPORTED = "sentiment/tweeteval_val"
"""The file whose texts must not train, for it is reported on: one training file shares some with it."""

FOLDS = 3
FREEDOM = 0.2
"""C of the regression: the larger, the freer are the weights; chosen with the sizes of features on an unseen third."""

ITERATIONS = 60

ENTRIES = 110_000
"""N-grams, shared or a genre's own, that are kept: those whose weights move most."""

GENRE_WORDS = 400
STEP = 0.01


def main() -> None:
    """Reads the shared evaluation folder, trains, and writes the bundled model file."""
    parser = argparse.ArgumentParser(description="Trains the text layer of the engine 'heard'.")
    parser.add_argument("shared", type=Path, help="the folder of shared material, with eval/ in it")
    parser.add_argument("--out", type=Path, default=Path(bot.engines.__path__[0], "models", f"{MODEL}.json.gz"))
    given = parser.parse_args()
    folder = given.shared / "eval"
    learned = without_doubles(examples(folder), {plain_words(row["text"]) for row in rows(folder, REPORTED)})
    write_model(trained(learned, SystemClock().now().date()), given.out)


def trained(learned: Sequence[Example], made_on: date) -> LinearModel:
    """The model that the examples give."""
    texts = analyses(example.text for example in learned)
    made = columns(texts)
    rows_ = made.rows(texts, [example.genre for example in learned])
    shares = balanced(learned)
    unseen = unseen_logits(rows_, shares, learned)
    temperatures = {genre: temperature(learned, shares, unseen, genre) for genre in GENRES}
    weights = fitted(rows_, shares, FREEDOM, ITERATIONS)
    table = _pruned(made, made.table(weights - weights.mean(axis=1, keepdims=True)))
    table |= _genre_weights(learned, texts)
    about = _about(learned, made_on) | {"unseen": unseen_figures(learned, unseen, temperatures)}
    return LinearModel(about, quantised(table, STEP), STEP, {"temperature": temperatures})


def without_doubles(given: Sequence[Example], held_back: set[str]) -> list[Example]:
    """The examples in order, none of those held back, and of one text only the first that SemEval labelled.

    Links, handles and signs make no difference. Others' doubles stay: a rating of each target, or of each wording.
    """
    seen = set(held_back)
    kept = []
    for example in given:
        words = plain_words(example.text)
        if words not in (seen if "semeval" in example.source else held_back):
            kept.append(example)
            seen.add(words)
    return kept


def unseen_logits(
    rows_: Linear, shares: Numbers, learned: Sequence[Example], freedom: float = FREEDOM, iterations: int = ITERATIONS
) -> Numbers:
    """Each example's logits by a fit that did not see it, nor what belongs to its group."""
    folds = np.array([zlib.crc32(example.group.encode()) % FOLDS for example in learned])
    logits = np.zeros_like(shares)
    for fold in range(FOLDS):
        weights = fitted(rows_, shares * (folds != fold)[:, None], freedom, iterations)
        logits[folds == fold] = rows_.logits(weights)[folds == fold]
    return logits


def balanced(learned: Sequence[Example]) -> Numbers:
    """The shares of the examples, weighed so that in each genre all classes weigh alike."""
    shares = np.array([example.shares for example in learned])
    genres = np.array([example.genre.value for example in learned])
    for genre in GENRES:
        of_class = shares[genres == genre.value].sum(axis=0)
        shares[genres == genre.value] *= of_class.sum() / len(CLASSES) / of_class
    return shares


def temperature(learned: Sequence[Example], shares: Numbers, logits: Numbers, genre: Genre) -> float:
    """By what the logits of unseen texts of a genre must be divided to be least surprised by their labels."""
    chosen = np.array([example.genre is genre for example in learned])

    def surprise(temperature: float) -> float:
        return float(-(shares[chosen] * log_softmax(logits[chosen] / temperature, axis=1)).sum())

    return round(float(minimize_scalar(surprise, bounds=(0.2, 5), method="bounded").x), 3)


def _pruned(made: Columns, weights: dict[str, Triple]) -> dict[str, Triple]:
    """All figures, and of the n-grams those that move most: by their weights, and by how many texts they stand in."""
    names = {each: name for name in made.counts for each in (name, *(own_feature(genre, name) for genre in GENRES))}
    reach = {
        each: (max(weights[each]) - min(weights[each])) * made.counts[name] ** 0.25 for each, name in names.items()
    }
    dropped = set(sorted(reach, key=lambda feature: -reach[feature])[ENTRIES:])
    return {feature: triple for feature, triple in weights.items() if feature not in dropped}


def _genre_weights(learned: Sequence[Example], texts: Sequence[Analysis]) -> dict[str, Triple]:
    """What tells post, discussion and article apart: the three weights of such a feature are for these three."""
    told = [dict(genre_features(text.tokens, text.figures)) for text in texts]
    counts = Counter(name for row in told for name in row)
    names = sorted(name for name, _ in counts.most_common(GENRE_WORDS))
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in told])
    shares = np.array([[example.genre is genre for genre in GENRES] for example in learned], dtype=float)
    weights = fitted(Dense(matrix), shares / shares.mean(axis=0) / len(GENRES), FREEDOM, ITERATIONS)
    return {name: triple(weights[at]) for at, name in enumerate(names)}


def _about(learned: Sequence[Example], made_on: date) -> dict[str, Any]:
    counts = Counter(example.source for example in learned)
    return {
        "version": VERSION,
        "made": made_on.isoformat(),
        "script": "bot/engines/training/text.py",
        "sources": [
            {"file": name, "texts": counts[name], "licence": licence, "attribution": attribution}
            for name, (licence, attribution) in LICENCES.items()
        ],
        "split": f"all texts train, without those of {REPORTED}; temperatures and the figures in 'unseen' on {FOLDS} folds by document",
        "classes": "weigh alike in each genre, so probabilities are those of equally frequent classes",
        "genre features": "the three weights of genre/… are for post, discussion and article",
        "made of": "VADER's lexicon and scores (vaderSentiment 3.3.2, MIT, C.J. Hutto) are features",
    }


if __name__ == "__main__":
    main()
