"""What a layer makes of texts that it did not learn from: the honest figures of files that train it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import softmax

from bot.engines.linear import CLASSES
from bot.engines.training.data import Example
from bot.engines.training.matrix import Numbers
from bot.model import Genre

LEAST_DOCUMENTS = 50
LEAST_SENTENCES = 3
"""Of how many documents a figure is told, and of how many sentences a document is one."""


def unseen_figures(
    learned: Sequence[Example], logits: Numbers, temperatures: Mapping[Genre, float]
) -> dict[str, dict[str, float]]:
    """By file, then by figure: as ``heard evaluate`` names them, a ``/`` between levels.

    ``logits`` are those of fits that did not see the example's fold. A document's tone is the mean of its sentences.
    """
    scale = np.array([temperatures[example.genre] for example in learned])
    told = softmax(logits / scale[:, None], axis=1)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at, example in enumerate(learned):
        places[example.source].append(at)
    return {source: _figures([learned[at] for at in found], told[found]) for source, found in places.items()}


def _figures(learned: Sequence[Example], told: Numbers) -> dict[str, float]:
    tones = told[:, -1] - told[:, 0]
    ratings = [example.rating for example in learned if example.rating is not None]
    if len(ratings) == len(learned):
        figures = {"pearson": _correlation(tones, ratings)}
        documents: defaultdict[str, list[int]] = defaultdict(list)
        for at, example in enumerate(learned):
            documents[example.group].append(at)
        whole = [found for found in documents.values() if len(found) >= LEAST_SENTENCES]
        if len(whole) >= LEAST_DOCUMENTS:
            means = [(np.mean(tones[found]), np.mean([ratings[at] for at in found])) for found in whole]
            figures["documents/pearson"] = _correlation(*zip(*means, strict=True))
        return figures
    labels = np.array([example.shares for example in learned]).argmax(axis=1)
    guessed = told.argmax(axis=1)
    right = [(guessed[labels == label] == label).mean() for label in range(len(CLASSES))]
    return {"macro_recall": round(float(np.mean(right)), 4), "pearson": _correlation(tones, labels)}


def _correlation(first: Numbers | Sequence[float], second: Numbers | Sequence[float]) -> float:
    return round(float(np.corrcoef(first, second)[0, 1]), 4)
