"""How well relevance is told on labelled mentions of brands whose names are ordinary words; figures in docs/measurement.md.

Everything is measured on the test half (split by a hash of the story); what nothing could tell counts as kept.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.rates import Accuracy
from tests.support import relevance as sets
from tests.support.counts import FULL

# Set → cases of the test half; least precision and recall with the words, the rules, the rules and 200 labels.
FLOORS = {
    "google": (358, (0.62, 1.0), (0.81, 0.98), (0.84, 0.95)),
    "microsoft": (309, (0.59, 1.0), (0.88, 0.98), (0.94, 0.91)),
    "twitter": (318, (0.54, 1.0), (0.84, 0.98), (0.88, 0.97)),
    "apple": (306, (0.87, 1.0), (0.93, 0.98), (0.93, 0.98)),
    "fruit": (244, (0.91, 1.0), (0.95, 0.98), (0.95, 0.98)),
}


def assert_at_least(found: Accuracy, floor: tuple[float, float]) -> None:
    assert found.precision is not None
    assert found.recall is not None
    assert (found.precision.value >= floor[0], found.recall.value >= floor[1]) == (True, True), found


@pytest.mark.parametrize("name", list(FLOORS) if FULL else list(FLOORS)[:2])
def test_rules_and_labels_each_raise_precision_and_keep_recall(name: str) -> None:
    cases = sets.fruit() if name == "fruit" else sets.sanders(name)
    test = [case for case in cases if sets.side(case) == "test"]
    dev = [case for case in cases if sets.side(case) == "dev"]
    n, words, rules, learned = FLOORS[name]
    context = sets.CONTEXTS[name]
    assert len(test) == n
    assert_at_least(sets.measure(test), words)
    assert_at_least(sets.measure(test, context), rules)
    assert_at_least(sets.measure(test, context, sets.fitted(dev, 200, seed=0)), learned)


def test_with_twenty_labels_the_classifier_abstains() -> None:
    dev = [case for case in sets.sanders("twitter") if sets.side(case) == "dev"]
    assert not sets.fitted(dev, 20, seed=0).usable


def test_a_google_alert_for_slack_loses_nothing_and_most_of_the_rest() -> None:
    alert, context = sets.slack(), sets.CONTEXTS["slack"]
    assert (len(alert), sum(truth for _, truth in alert)) == (20, 14)
    assert_at_least(sets.measure(alert), (0.70, 1.0))
    assert_at_least(sets.measure(alert, context), (0.77, 1.0))
    assert_at_least(sets.measure(alert, replace(context, required=True)), (1.0, 1.0))
