"""Fits what the engine ``heard`` does with its two layers: ``python -m bot.engines.training.mixture ../shared``.

How much the reading toward the subject counts beside that of its sentence, by genre, and below which probability
nothing is said: both on texts that train the layers, by fits that did not see them. It prints what to write into
``bot.engines.heard``; it takes as long as training.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from scipy.special import softmax
from sklearn.metrics import f1_score

from bot.engines.lexicon import Lexicon
from bot.engines.linear import bundled
from bot.engines.target import MODEL as TARGET_MODEL
from bot.engines.text_layer import GENRES, MODEL, TextLayer
from bot.engines.training import target, text
from bot.engines.training.data import Example, examples, plain_words, rows
from bot.engines.training.matrix import Numbers, analyses, columns

STEPS = np.arange(0, 1.01, 0.1)
BORDERS = (0.36, 0.38, 0.4, 0.42, 0.44, 0.46, 0.48, 0.5)


def main() -> None:
    """Reads the shared evaluation folder, fits, and prints."""
    parser = argparse.ArgumentParser(description="Fits the mixture of the two layers of the engine 'heard'.")
    parser.add_argument("shared", type=Path, help="the folder of shared material, with eval/ in it")
    folder = parser.parse_args().shared / "eval"
    learned = text.without_doubles(examples(folder), {plain_words(row["text"]) for row in rows(folder, text.REPORTED)})
    seen = analyses(example.text for example in learned)
    found = columns(seen).rows(seen, [example.genre for example in learned])
    told(folder, learned, text.unseen_logits(found, text.balanced(learned), learned))


def told(folder: Path, learned: Sequence[Example], of_text: Numbers) -> None:
    """Prints the shares and the borders, from the text layer's logits of ``learned``, none seen in the fit."""
    console = Console()
    named = [each for name, (_, _, genre) in target.LICENCES.items() for each in target.read(folder, name, genre)]
    near = toward(named)
    whole = read_whole(named, learned, of_text)
    labels = np.array([each.label for each in named])
    for genre in GENRES:
        at = np.array([each.genre is genre for each in named])
        console.print(f"{genre}: macro-F1 by share of the target layer", qualities(whole[at], near[at], labels[at]))
    scale = np.array([bundled(MODEL).settings["temperature"][example.genre] for example in learned])
    sure = softmax(of_text / scale[:, None], axis=1)
    right = sure.argmax(axis=1) == np.array([example.shares for example in learned]).argmax(axis=1)
    for genre in GENRES:
        at = np.array([example.genre is genre for example in learned])
        console.print(f"{genre}: share answered, and right there, by border", answered(sure[at].max(axis=1), right[at]))


def toward(named: Sequence[target.Example]) -> Numbers:
    """The target layer's probabilities of each example, by a fit that did not see its sentence, the rule blended in."""
    table = target.tabled(named)
    settings = bundled(TARGET_MODEL).settings
    logits = (1 - settings["rule"]) * target.unseen(table) + settings["rule"] * table.rule
    found: Numbers = softmax(
        logits / np.array([settings["temperature"][genre] for genre in table.genres])[:, None], axis=1
    )
    return found


def read_whole(named: Sequence[target.Example], learned: Sequence[Example], logits: Numbers) -> Numbers:
    """The text layer's probabilities of the same sentences: unseen, or the shipped model's where it never saw them."""
    layer = TextLayer(bundled(MODEL), Lexicon())
    places = {plain_words(example.text): at for at, example in enumerate(learned)}
    found = []
    for example in named:
        at = places.get(plain_words(example.passage.text))
        told = (
            layer.read(example.passage.text, example.passage.masked, example.genre).logits if at is None else logits[at]
        )
        found.append(layer.probabilities((float(told[0]), float(told[1]), float(told[2])), example.genre))
    return np.array(found)


def qualities(whole: Numbers, near: Numbers, labels: Numbers) -> Mapping[float, float]:
    """Macro-F1 toward the target by the target layer's share."""
    return {
        round(float(share), 1): round(
            float(f1_score(labels, ((1 - share) * whole + share * near).argmax(axis=1), average="macro")), 4
        )
        for share in STEPS
    }


def answered(sure: Numbers, right: Numbers) -> Mapping[float, tuple[float, float, float]]:
    """By border: the share above it, how many of them are right, and how many of the others would have been."""
    found = {}
    for border in BORDERS:
        said = sure >= border
        found[border] = (
            round(float(said.mean()), 3),
            round(float(right[said].mean()), 3),
            round(float(right[~said].mean()), 3),
        )
    return found


if __name__ == "__main__":
    main()
