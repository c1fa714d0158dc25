"""Every figure, against scikit-learn and SciPy on random data and at the edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    precision_score,
    recall_score,
)

from bot.evaluate import intervals, metrics
from tests.support.counts import examples

LABELS = ("negative", "neutral", "positive")
CLASSES = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=60)
RANKED = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9])), min_size=1, max_size=60)
SERIES = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=3, max_size=60)


@settings(max_examples=examples(60), deadline=None)
@given(CLASSES)
def test_class_figures_are_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    true, predicted = zip(*pairs, strict=True)
    held = sorted(set(true))
    counts = metrics.confusion(pairs, held).counts
    options = {"labels": held, "average": None, "zero_division": 0}
    assert metrics.accuracy(counts) == pytest.approx(accuracy_score(true, predicted))
    assert metrics.recalls(counts) == pytest.approx(recall_score(true, predicted, **options))
    assert metrics.precisions(counts) == pytest.approx(precision_score(true, predicted, **options))
    assert metrics.f1s(counts) == pytest.approx(f1_score(true, predicted, **options))
    macro = {"labels": held, "average": "macro", "zero_division": 0}
    assert metrics.macro(metrics.f1s(counts)) == pytest.approx(f1_score(true, predicted, **macro))
    assert metrics.macro(metrics.recalls(counts)) == pytest.approx(recall_score(true, predicted, **macro))


@settings(max_examples=examples(60), deadline=None)
@given(RANKED)
def test_average_precision_is_that_of_scikit_learn_ties_included(pairs: list[tuple[bool, float]]) -> None:
    true, scores = zip(*pairs, strict=True)
    assume(any(true))
    assert metrics.average_precision(true, scores) == pytest.approx(average_precision_score(true, scores))


@settings(max_examples=examples(60), deadline=None)
@given(SERIES)
def test_correlations_are_those_of_scipy(pairs: list[tuple[int, int]]) -> None:
    one, other = zip(*pairs, strict=True)
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert metrics.pearson(one, other) is None
        assert metrics.spearman(one, other) is None
        return
    assert metrics.pearson(one, other) == pytest.approx(pearsonr(one, other).statistic, abs=1e-9)
    assert metrics.spearman(one, other) == pytest.approx(spearmanr(one, other).statistic, abs=1e-9)


def test_what_is_not_defined_is_none() -> None:
    assert metrics.average_precision([False, False], [0.1, 0.2]) is None
    assert metrics.average_precision([], []) is None
    assert metrics.pearson([1, 2], [1, 2]) is None
    assert metrics.pearson([1, 1, 1], [1, 2, 3]) is None
    assert metrics.spearman([], []) is None


def test_a_prediction_outside_of_the_labels_is_a_miss_and_no_false_alarm() -> None:
    table = metrics.confusion([("en", "en"), ("en", "af"), ("en", None), ("de", "de")], ["de", "en"])
    assert metrics.recalls(table.counts).tolist() == pytest.approx([1, 1 / 3])
    assert metrics.precisions(table.counts).tolist() == [1, 1]
    assert metrics.accuracy(table.counts) == 0.5


def test_large_values_of_little_spread_still_correlate() -> None:
    one = [1e6 + number / 10 for number in range(50)]
    assert metrics.pearson(one, [-value for value in one]) == pytest.approx(-1)


def test_an_interval_is_the_same_each_time_and_narrows_with_more_rows() -> None:
    def of(times: int) -> tuple[float, float]:
        pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")] * times
        table = metrics.confusion(pairs, ["a", "b"])
        return intervals.of_confusion(table, lambda counts: metrics.macro(metrics.recalls(counts)))

    assert of(10) == of(10)
    few, many = of(10), of(400)
    assert few[0] < 0.75 < few[1]
    assert many[1] - many[0] < (few[1] - few[0]) / 4


@pytest.mark.full
def test_the_interval_of_a_share_covers_the_truth_as_often_as_it_says() -> None:
    random, covered, runs = np.random.default_rng(7), 0, 200
    for _ in range(runs):
        true = random.random(120) < 0.6
        low, high = intervals.of_rows(len(true), lambda weights, true=true: weights @ true / weights.sum(1))
        covered += low <= 0.6 <= high
    assert math.isclose(covered / runs, 0.95, abs_tol=0.05)
