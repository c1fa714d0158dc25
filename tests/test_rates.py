"""Shares with their intervals, and how often a yes-or-no judgement is right."""

from __future__ import annotations

import pytest

from bot.rates import Accuracy, accuracy, wilson


def test_a_share_has_wilsons_interval() -> None:
    assert wilson(8, 10) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 5).low == 0.0
    assert wilson(5, 5).high == 1.0


def test_what_is_not_judged_counts_as_kept() -> None:
    pairs = [(True, True)] * 6 + [(True, False)] * 2 + [(False, True)] + [(False, False)] * 5
    found = accuracy([*pairs, (None, True), (None, False)])
    assert found == Accuracy(hits=6, false_alarms=2, misses=1, rejections=5, open_true=1, open_false=1)
    assert (found.n, found.judged) == (16, 14)
    assert found.precision == wilson(7, 10)
    assert found.recall == wilson(7, 8)
    assert found.f1 == pytest.approx(2 * 0.7 * 0.875 / (0.7 + 0.875))


def test_of_nothing_there_is_no_share() -> None:
    empty = accuracy([])
    assert (empty.n, empty.precision, empty.recall, empty.f1) == (0, None, None, None)
    assert accuracy([(False, True)]).precision is None
    assert accuracy([(False, True)]).f1 is None
    assert accuracy([(True, False), (False, True)]).f1 == 0.0
