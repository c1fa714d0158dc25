"""Figures of merit, by the definitions that scikit-learn and SciPy use; pure. Undefined is None, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
"""A confusion table, or many of them: the last two axes are truth and prediction (and, last, no prediction)."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """How predictions stand to the truth. ``counts`` has a row a label and a column a label, and one more column for
    whatever was predicted that is none of them: nothing, or a label that the truth does not hold.
    """

    labels: tuple[str, ...]
    counts: Counts

    @property
    def n(self) -> int:
        """How many there were."""
        return int(self.counts.sum())


def confusion(pairs: Iterable[tuple[str, str | None]], labels: Sequence[str]) -> Confusion:
    """Counts pairs of (true, predicted); the true ones must be among the labels."""
    places = {label: number for number, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels) + 1))
    for true, predicted in pairs:
        counts[places[true], places.get(predicted or "", len(labels))] += 1
    return Confusion(tuple(labels), counts)


def accuracy(counts: Counts) -> Counts:
    """The share of predictions that are right."""
    return np.asarray(_diagonal(counts).sum(-1) / counts.sum((-2, -1)))


def recalls(counts: Counts) -> Counts:
    """Per label, the share of its texts that were found; not a number for a label without texts."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(_diagonal(counts) / counts.sum(-1))


def precisions(counts: Counts) -> Counts:
    """Per label, the share of its predictions that are right; 0 for one that was never predicted."""
    predicted = counts[..., :-1].sum(-2)
    return np.asarray(_diagonal(counts) / np.maximum(predicted, 1))


def f1s(counts: Counts) -> Counts:
    """Per label, the harmonic mean of both; not a number for a label without texts."""
    total = counts[..., :-1].sum(-2) + counts.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = 2 * _diagonal(counts) / total
    return np.where(counts.sum(-1) > 0, scores, np.nan)


def macro(values: Counts) -> Counts:
    """The mean over the labels that the truth holds."""
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values, 0).sum(-1) / np.maximum(known.sum(-1), 1))


def average_precision(true: Sequence[bool], scores: Sequence[float]) -> float | None:
    """The mean precision at each true one's place; equal scores share a place. None without a true one."""
    weights = np.ones((1, len(true)))
    return float(average_precisions(true, scores, weights)[0]) if any(true) else None


def average_precisions(true: Sequence[bool], scores: Sequence[float], weights: Counts) -> Counts:
    """:func:`average_precision` where each counts ``weights`` times: one figure a row of weights."""
    order = np.argsort(-np.asarray(scores, dtype=float), kind="stable")
    ranked = np.asarray(scores, dtype=float)[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # of each group of equal scores
    taken = weights[:, order]
    hits = np.cumsum(taken * np.asarray(true, dtype=float)[order], axis=1)[:, ends]
    seen = np.cumsum(taken, axis=1)[:, ends]
    gained = np.diff(hits, axis=1, prepend=0.0)
    return np.asarray((gained * hits / np.maximum(seen, 1)).sum(1) / np.maximum(hits[:, -1], 1))


def pearson(one: Sequence[float], other: Sequence[float]) -> float | None:
    """The correlation of two series; None where one of them does not vary or is shorter than 3."""
    if len(one) < 3:  # noqa: PLR2004 two points always lie on a line
        return None
    value = float(pearsons(one, other, np.ones((1, len(one))))[0])
    return None if np.isnan(value) else value


def pearsons(one: Sequence[float], other: Sequence[float], weights: Counts) -> Counts:
    """:func:`pearson` where each pair counts ``weights`` times: one figure a row of weights."""
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    first, second = first - first.mean(), second - second.mean()
    total = weights.sum(1)
    mean1, mean2 = weights @ first / total, weights @ second / total
    both = weights @ (first * second) / total - mean1 * mean2
    spread1 = weights @ first**2 / total - mean1**2
    spread2 = weights @ second**2 / total - mean2**2
    nothing = 1e-12 * max(1.0, float(np.abs(first).max(initial=0.0)) ** 2, float(np.abs(second).max(initial=0.0)) ** 2)
    flat = (spread1 <= nothing) | (spread2 <= nothing)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(flat, np.nan, both / np.sqrt(np.where(flat, 1.0, spread1 * spread2)))


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """The correlation of the ranks; equal values share the mean of their ranks."""
    from scipy.stats import rankdata  # noqa: PLC0415 heavy, and only ratings need it

    return pearson(rankdata(one), rankdata(other)) if len(one) else None


def _diagonal(counts: Counts) -> Counts:
    return np.asarray(np.diagonal(counts[..., :-1], axis1=-2, axis2=-1))
