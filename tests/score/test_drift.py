from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import fisher_exact

from bot.model import Alignment, Coding, LabelKind, Outcome, ScoredMention, ToneLabel, ToneReading
from bot.score.drift import Check, check_messages, check_tone, drift, fewer
from tests.support.counts import FULL
from tests.support.samples import a_mention, a_score, an_item

YEARS = 200 if FULL else 10


def checks(right: int, wrong: int, error: float = 0.0) -> list[Check]:
    return [Check(True, 0.0)] * right + [Check(False, error)] * wrong


@pytest.mark.parametrize(
    ("now", "of", "then", "of_then"), [(5, 30, 80, 100), (30, 30, 0, 30), (0, 30, 30, 30), (20, 40, 60, 120)]
)
def test_the_chance_is_that_of_fishers_test(now: int, of: int, then: int, of_then: int) -> None:
    exact = fisher_exact([[now, of - now], [then, of_then - then]], alternative="less").pvalue
    assert fewer(now, of, then, of_then) == pytest.approx(exact)


def test_a_model_that_falls_from_nearly_always_to_half_is_told() -> None:
    found = drift(LabelKind.TONE, checks(20, 20, 1.0), checks(180, 20, 1.0))
    assert found.worse
    assert found.text == (
        "The model reads tone worse than before: right in 50 % of 40 labelled texts of the last 4 weeks, "
        "in 90 % of 200 before."
    )


def test_a_model_that_gets_better_is_no_news() -> None:
    found = drift(LabelKind.TONE, checks(95, 5), checks(50, 50))
    assert not found.worse
    assert found.text == ""


def test_counts_that_are_off_by_more_are_told_though_as_many_are_right() -> None:
    found = drift(LabelKind.MESSAGE, checks(60, 40, -1.0), checks(30, 20, 1.0) + checks(30, 20, -1.0))
    assert not found.worse
    assert found.shifted
    assert "off by more or less than before: by −0.40 in the last 4 weeks" in found.text


@pytest.mark.parametrize("few", [0, 29])
def test_with_few_labels_nothing_is_said(few: int) -> None:
    found = drift(LabelKind.TONE, checks(0, few, 1.0), checks(300, 0))
    assert (found.p_right, found.p_error, found.text) == (None, None, "")


def test_abstentions_are_no_wrong_answers() -> None:
    found = drift(LabelKind.TONE, [Check(None, 0.0)] * 50 + checks(40, 0), checks(90, 10))
    assert (found.right, found.labels) == (40, 40)
    assert not found.worse


def test_a_word_of_the_model_is_held_against_a_persons() -> None:
    made = a_mention(an_item())
    alignments = (Alignment("fair", Outcome.FULL, 0.9), Alignment("free", Outcome.NONE, 0.4))
    score = a_score(made, tone=ToneReading(0.5, ToneLabel.POSITIVE, 0.9), alignments=alignments)
    scored = ScoredMention(made, score)
    coding = Coding(True, ToneLabel.NEGATIVE, {"fair": Outcome.CONTRARY})
    assert check_tone(scored, coding) == Check(False, -2.0)
    assert list(check_messages(scored, coding)) == [Check(False, -2.0)]
    assert check_tone(scored, Coding(False)) is None
    silent = replace(scored, score=replace(score, tone=ToneReading(None, None, None)))
    assert check_tone(silent, coding) == Check(None, -1.0)


def test_over_a_year_of_weekly_looks_a_steady_model_is_seldom_accused() -> None:
    """Accuracy .70, 100 labels a week, a look each week; measured over 2,000 years: 8 % have a warning of either kind."""
    random = np.random.default_rng(11)
    kinds = [Check(True, 0.0), Check(False, 1.0), Check(False, -1.0)]
    accused = 0
    for _ in range(YEARS):
        year = [kinds[one] for one in random.choice(3, 100 * (30 + 52), p=(0.7, 0.15, 0.15))]
        ends = range(3000, len(year) + 1, 100)
        accused += any(drift(LabelKind.TONE, year[end - 400 : end], year[end - 3000 : end - 400]).text for end in ends)
    assert accused / YEARS <= 0.20


def test_a_fall_of_ten_points_is_mostly_seen_within_four_weeks() -> None:
    random = np.random.default_rng(12)
    seen = 0
    for _ in range(40):
        before = [Check(bool(hit), 0.0) for hit in random.random(2600) < 0.7]
        recent = [Check(bool(hit), 0.0) for hit in random.random(400) < 0.6]
        seen += drift(LabelKind.TONE, recent, before).worse
    assert seen >= 26
