"""The figures of classes and of rankings, each with its 95 % interval; pure.

Headline figures take the most likely label of every row, whether it would have been said or not; ``coverage`` is the
share that would, and ``selective_*`` are the figures of those alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.evaluate import intervals, metrics
from bot.evaluate.result import Figures
from bot.rates import Rate, wilson

DIGITS = 4
LEAST_LABELS = 20
"""Labels under which a source, or the desk as a whole, gets no figures."""

TOO_FEW = "too few to say"


@dataclass(frozen=True, slots=True)
class Judged:
    """One row: what it is, what it was most likely taken for (None: nothing is known), and whether that was said."""

    true: str
    likely: str | None
    said: bool


def of_classes(rows: Sequence[Judged], labels: Sequence[str] = ()) -> Figures:
    """Accuracy, macro-averaged recall and F1, and each label's own; ``labels`` gives the order, the truth the rest.

    The averages go over the labels that the truth holds.
    """
    counted = Counter(row.true for row in rows)
    names = [*(label for label in labels if label in counted), *sorted(set(counted) - set(labels))]
    said = [row for row in rows if row.said]
    figures: Figures = {"n": len(rows), "abstained": len(rows) - len(said)}
    if not rows:
        return figures
    figures |= with_interval("coverage", wilson(len(said), len(rows)))
    table = metrics.confusion(((row.true, row.likely) for row in rows), names)
    figures |= _averages(table)
    figures["per_label"] = _per_label(table)
    if said:
        answered = metrics.confusion(((row.true, row.likely) for row in said), names)
        figures |= {f"selective_{name}": value for name, value in _averages(answered).items()}
    return figures


def of_yes_or_no(rows: Sequence[tuple[bool, bool | None]]) -> Figures:
    """Precision, recall and F1 of (true, predicted) pairs; one that was not predicted counts as no."""
    hits = sum(true and bool(predicted) for true, predicted in rows)
    taken, there = sum(bool(predicted) for _, predicted in rows), sum(true for true, _ in rows)
    figures = with_interval("precision", wilson(hits, taken) if taken else None)
    figures |= with_interval("recall", wilson(hits, there) if there else None)
    names = {True: "1", False: "0"}
    table = metrics.confusion(((names[true], names[bool(predicted)]) for true, predicted in rows), ["0", "1"])
    return figures | _resampled("f1", table, lambda counts: metrics.f1s(counts)[..., 1])


def of_ranking(true: Sequence[bool], scores: Sequence[float | None]) -> Figures:
    """Average precision; what has no score ranks last."""
    known = [score for score in scores if score is not None]
    floor = min(known, default=0.0) - 1
    ranked = [floor if score is None else score for score in scores]
    value = metrics.average_precision(true, ranked)
    if value is None:
        return with_interval("average_precision", None)
    ends = intervals.of_rows(len(true), lambda weights: metrics.average_precisions(true, ranked, weights))
    return _of_draws("average_precision", Rate(value, *ends), min(sum(true), len(true) - sum(true)))


def of_series(rows: Sequence[tuple[float, float | None]]) -> Figures:
    """Pearson's and Spearman's correlation of (true, read) pairs; ``unread`` had no reading and are left out."""
    pairs = [(true, read) for true, read in rows if read is not None]
    true, read = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    value = metrics.pearson(true, read)
    figures: Figures = {"n": len(rows), "unread": len(rows) - len(pairs)}
    if value is None:
        figures |= with_interval("pearson", None)
    else:
        ends = intervals.of_rows(len(pairs), lambda weights: metrics.pearsons(true, read, weights))
        figures |= _of_draws("pearson", Rate(value, *ends), len(pairs))
    return figures | {"spearman": rounded(metrics.spearman(true, read))}


def with_interval(name: str, rate: Rate | None) -> Figures:
    """``name``, ``name_low`` and ``name_high``."""
    value, low, high = rate or (None, None, None)
    return {name: rounded(value), f"{name}_low": rounded(low), f"{name}_high": rounded(high)}


def rounded(value: float | None) -> float | None:
    """A figure as it is told."""
    return None if value is None or np.isnan(value) else round(float(value), DIGITS)


def if_enough(count: int, figures: Callable[[], Figures]) -> Figures:
    """The figures of ``count`` labels; too few of them say nothing."""
    return figures() if count >= LEAST_LABELS else {"n": count, "verdict": TOO_FEW}


def mean(values: Iterable[float]) -> float | None:
    """The mean; None of nothing."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else None


def _averages(table: metrics.Confusion) -> Figures:
    right = round(float(metrics.accuracy(table.counts)) * table.n)
    figures = with_interval("accuracy", wilson(right, table.n))
    figures |= _resampled("macro_recall", table, lambda counts: metrics.macro(metrics.recalls(counts)))
    return figures | _resampled("macro_f1", table, lambda counts: metrics.macro(metrics.f1s(counts)))


def _resampled(name: str, table: metrics.Confusion, figure: Callable[[metrics.Counts], metrics.Counts]) -> Figures:
    value = float(figure(table.counts))
    if np.isnan(value):
        return with_interval(name, None)
    fewest = int(table.counts.sum(-1).min())
    return _of_draws(name, Rate(value, *intervals.of_confusion(table, figure)), fewest)


def _of_draws(name: str, rate: Rate, fewest: int) -> Figures:
    """A figure with the interval of its draws, None where it has no width because too few rows were drawn from.

    ``fewest``: the rows of the smallest class. Two rows that are right give draws that are all right, which is no
    certainty.
    """
    figures = with_interval(name, rate)
    if fewest < LEAST_LABELS and rate.low == rate.high:
        figures |= {f"{name}_low": None, f"{name}_high": None}
    return figures


def _per_label(table: metrics.Confusion) -> Figures:
    counts = table.counts
    columns = counts.sum(-1), metrics.precisions(counts), metrics.recalls(counts), metrics.f1s(counts)
    return {
        label: {"n": int(n), "precision": rounded(precision), "recall": rounded(recall), "f1": rounded(f1)}
        for label, n, precision, recall, f1 in zip(table.labels, *columns, strict=True)
    }
