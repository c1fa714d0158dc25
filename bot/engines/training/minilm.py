"""Trains the head of the engine ``minilm``: ``python -m bot.engines.training.minilm``.

A class-balanced logistic regression over the text layer's logits, as a fit gives them that did not see the text, and
the embedding of the sentence. Embedding the texts takes most of its time (a quarter of an hour on one core).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import bot.engines
from bot.clock import SystemClock
from bot.engines.linear import CLASSES, LinearModel, quantised, write_model
from bot.engines.training.data import LICENCES, Example, examples, plain_words, rows
from bot.engines.training.fit import Dense, fitted
from bot.engines.training.matrix import Numbers, analyses, triple
from bot.engines.training.matrix import columns as text_columns
from bot.engines.training.text import FOLDS, REPORTED, balanced, temperature, unseen_logits, without_doubles
from bot.engines.transformer.embedding import SentenceEmbedder
from bot.engines.transformer.files import BUNDLE, find_model
from bot.engines.transformer.head import DIMENSIONS, MODEL, bias_feature, dimension_feature, logit_feature
from bot.engines.transformer.prepared import plain
from bot.model import Genre

VERSION = "1"
FREEDOM = 0.02
"""C of the regression; chosen from .005 to 1 by a third of the texts that was held out."""

ITERATIONS = 60
SCALE = 4.0
"""What embeddings are multiplied by, so that one penalty suits them and the logits."""

STEP = 0.002
GENRES = tuple(Genre)


def main() -> None:
    """Reads the shared evaluation folder, embeds, trains, and writes the bundled model file."""
    parser = argparse.ArgumentParser(description="Trains the head of the engine 'minilm'.")
    parser.add_argument("shared", type=Path, help="the folder of shared material, with eval/ in it")
    parser.add_argument("--out", type=Path, default=Path(bot.engines.__path__[0], "models", f"{MODEL}.json.gz"))
    given = parser.parse_args()
    folder = given.shared / "eval"
    learned = without_doubles(examples(folder), {plain_words(row["text"]) for row in rows(folder, REPORTED)})
    embedder = SentenceEmbedder(find_model(BUNDLE))
    embedded = [embedder.embed(plain(example.text)) for example in track(learned, description="Embedding")]
    made = trained(learned, text_logits(learned), np.array(embedded, float))
    about = _about(learned, embedder.version, SystemClock().now().date())
    write_model(LinearModel(about, made.weights, made.step, made.settings), given.out)


def text_logits(learned: Sequence[Example]) -> Numbers:
    """What the text layer says of each example when it did not learn from it."""
    texts = analyses(example.text for example in learned)
    found = text_columns(texts).rows(texts, [example.genre for example in learned])
    return unseen_logits(found, balanced(learned), learned)


def trained(learned: Sequence[Example], logits: Numbers, embedded: Numbers) -> LinearModel:
    """The head that these logits and embeddings give, without a word about itself."""
    made = Dense(columns([example.genre for example in learned], logits, embedded))
    shares = balanced(learned)
    unseen = unseen_logits(made, shares, learned, FREEDOM, ITERATIONS)
    temperatures = {genre.value: temperature(learned, shares, unseen, genre) for genre in GENRES}
    found = fitted(made, shares, FREEDOM, ITERATIONS)
    found -= found.mean(axis=1, keepdims=True)
    names = [*(logit_feature(genre, label) for genre in GENRES for label in CLASSES), *map(bias_feature, GENRES)]
    weights = {name: triple(found[at]) for at, name in enumerate(names)}
    weights |= {dimension_feature(at): triple(found[len(names) + at] * SCALE) for at in range(DIMENSIONS)}
    return LinearModel({}, quantised(weights, STEP), STEP, {"temperature": temperatures})


def columns(genres: Sequence[Genre], logits: Numbers, embedded: Numbers) -> Numbers:
    """Rows of features: each genre's logits, each genre's bias, the embedding."""
    of_genre = np.array([[genre is one for one in GENRES] for genre in genres], float)
    own = (of_genre[:, :, None] * logits[:, None, :]).reshape(len(genres), -1)
    return np.hstack([own, of_genre, embedded * SCALE])


def _about(learned: Sequence[Example], embedder: str, made_on: date) -> dict[str, Any]:
    return {
        "version": VERSION,
        "made": made_on.isoformat(),
        "script": "bot/engines/training/minilm.py",
        "texts": len(learned),
        "sources": [
            {"file": name, "licence": licence, "attribution": attribution}
            for name, (licence, attribution) in LICENCES.items()
        ],
        "embeddings": f"{embedder} (all-MiniLM-L6-v2, Apache-2.0)",
        "split": f"all texts train, without those of {REPORTED}; logits and temperatures on {FOLDS} folds by document",
        "classes": "weigh alike in each genre, so probabilities are those of equally frequent classes",
    }


if __name__ == "__main__":
    main()
