"""What people's labels make of the counts, and when they make nothing of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import (
    Agreement,
    Alignment,
    Coding,
    Interval,
    LabelKind,
    MessageStanding,
    Outcome,
    ScoredMention,
    ToneLabel,
    ToneReading,
)
from bot.score.rates import exact_share
from bot.score.reviewed import Reviewed, correct, mixed_counts, tone_standing
from bot.score.summary import summarise
from tests.score.made import FAIR, OWN
from tests.support.samples import NOON, a_mention, a_score, an_item

WEEK = Interval(NOON - timedelta(days=7), NOON)
BEFORE = Interval(WEEK.start - timedelta(days=7), WEEK.start)
SILENT = ToneReading(None, None, None)

Story = tuple[ScoredMention, ...]


def story(number: int, outcome: Outcome = Outcome.NONE, tone: ToneReading = SILENT, period: Interval = WEEK) -> Story:
    item = an_item(number, published_at=period.start + timedelta(minutes=number))
    made = a_mention(item, collected_at=period.end, story=f"s{number}")
    score = a_score(made, tone=tone, alignments=(Alignment("fair", outcome, 0.9),), flags=())
    return (ScoredMention(made, score),)


def said(outcome: Outcome = Outcome.NONE, tone: ToneLabel = ToneLabel.NEUTRAL) -> dict[str, Coding]:
    return {"ada": Coding(True, tone, {"fair": outcome})}


def reviewed(labelled: dict[str, dict[str, Coding]], period: Interval = WEEK, **more: Agreement) -> Reviewed:
    agreement = {LabelKind(kind): found for kind, found in more.items()}
    return Reviewed(dict.fromkeys(labelled, period), labelled, agreement)


def ids(stories: list[Story]) -> list[str]:
    return [one[0].mention.id for one in stories]


def standing(stories: list[Story], by: Reviewed, past: list[Story] | None = None) -> MessageStanding:
    (counted,) = summarise((FAIR,), [one for told in stories for one in told], (OWN,), period=WEEK)
    return correct(counted, FAIR, stories, by, lambda: past or stories)


def test_the_contrary_rate_is_a_census_of_what_is_flagged_and_a_sample_of_the_rest() -> None:
    against = [story(number, Outcome.CONTRARY) for number in range(10)]
    rest = [story(number, Outcome.FULL) for number in range(10, 200)]
    labels = {one: said(Outcome.FULL) for one in ids(rest[:95])}
    by = reviewed(labels)
    wrong = {one: said(Outcome.NONE) for one in ids(against[:4])}
    right = {one: said(Outcome.CONTRARY) for one in ids(against[4:])}
    by = Reviewed(by.drawn, {**labels, **wrong, **right})
    found = standing([*against, *rest], by)
    assert found.corrected
    high = exact_share(0, 95).high
    assert (found.contrary_rate, found.contrary_low, found.contrary_high) == pytest.approx(
        (6 / 200, 6 / 200, 6 / 200 + 190 / 200 * high)
    )
    assert (found.labels, found.counted_penetration) == (95, 190 / 200)


def test_flagged_stories_that_nobody_looked_at_leave_the_contrary_rate_open() -> None:
    stories = [story(1, Outcome.CONTRARY), *(story(number) for number in range(2, 60))]
    found = standing(stories, reviewed({one: said() for one in ids(stories[1:41])}))
    assert found.corrected
    assert found.contrary_rate is None


def test_an_abstention_counts_as_nothing_said_and_labels_say_what_it_is_worth() -> None:
    stories = [story(number) for number in range(60)]
    labels = {one: said(tone=ToneLabel.NEGATIVE if place % 2 else ToneLabel.NEUTRAL)
              for place, one in enumerate(ids(stories[:30]))}  # fmt: skip
    found = tone_standing(stories, WEEK, reviewed(labels), lambda: stories)
    assert (found.counted, found.value, found.labels) == (None, -0.5, 30)
    assert (found.unscored, found.basis) == (60, "corrected by 30 labels; the model scored none")


def test_stories_without_a_tone_are_not_counted_as_neutral() -> None:
    loud = ToneReading(-0.8, ToneLabel.NEGATIVE, 0.9)
    few = [*(story(number) for number in range(18)), *(story(number, tone=loud) for number in range(18, 20))]
    found = tone_standing(few, WEEK, Reviewed(), list)
    assert (found.stories, found.scored, found.unscored, found.counted) == (20, 2, 18, None)
    enough = [*few, *(story(number, tone=loud) for number in range(20, 40))]
    found = tone_standing(enough, WEEK, Reviewed(), list)
    assert (found.scored, found.unscored, found.counted) == (22, 18, -1.0)


def test_what_the_model_counts_beside_labels_leaves_out_what_it_did_not_score() -> None:
    glad = ToneReading(0.8, ToneLabel.POSITIVE, 0.9)
    stories = [*(story(number) for number in range(30)), *(story(number, tone=glad) for number in range(30, 60))]
    labels = {one: said(tone=ToneLabel.POSITIVE) for one in ids(stories[::2])}
    found = tone_standing(stories, WEEK, reviewed(labels), lambda: stories)
    assert (found.counted, found.value) == (1.0, 1.0)
    assert found.basis == "corrected by 30 labels; the model counts +1.00"
    past = tone_standing(stories, BEFORE, reviewed(labels), lambda: stories)
    assert past.unscored == 30


def test_two_coders_of_one_text_count_with_their_mean() -> None:
    stories = [story(number) for number in range(40)]
    labels = {one: {**said(tone=ToneLabel.POSITIVE), "ben": Coding(True, ToneLabel.NEUTRAL)} for one in ids(stories)}
    assert tone_standing(stories, WEEK, reviewed(labels), lambda: stories).value == 0.5


def test_labels_of_last_week_do_not_correct_this_one() -> None:
    old = [story(number, Outcome.FULL, period=BEFORE) for number in range(40)]
    new = [story(number, Outcome.FULL) for number in range(100, 140)]
    found = standing(new, reviewed({one: said() for one in ids(old)}, BEFORE), [*old, *new])
    assert not found.corrected
    assert found.penetration == 1.0
    assert "40 labels say 0 % [0 %, 9 %] where the model counts 100 %" in found.basis


def test_a_window_that_is_mostly_of_weeks_without_a_sample_is_not_corrected() -> None:
    drawn = [story(number, period=BEFORE) for number in range(30)]
    fresh = [story(number) for number in range(100, 130)]
    labels = reviewed({one: said() for one in ids(drawn)}, BEFORE)
    assert not standing([*drawn, *fresh], labels).corrected
    assert standing([*drawn, *fresh[:7]], labels).corrected


@pytest.mark.parametrize(("alpha", "corrected", "words"), [
    (0.9, True, "corrected by 40 labels; the"), (0.7, True, "corrected by 40 labels, tentative;"), (0.5, False, "no rate: on 30 texts"),
])  # fmt: skip
def test_how_well_coders_agree_decides_what_is_printed(alpha: float, corrected: bool, words: str) -> None:
    stories = [story(number) for number in range(60)]
    by = reviewed({one: said() for one in ids(stories[:40])}, message=Agreement(30, 2, alpha))
    found = standing(stories, by)
    assert found.corrected is corrected
    assert found.basis.startswith(words)
    assert (found.penetration is None) is (not corrected)


def test_under_twenty_stories_no_share_is_printed_however_many_labels() -> None:
    stories = [story(number) for number in range(19)]
    found = standing(stories, reviewed({one: said() for one in ids(stories)}))
    assert (found.corrected, found.penetration, found.verdict) == (False, None, "too few to say")


def test_of_nothing_there_is_no_tone() -> None:
    found = tone_standing([], WEEK, Reviewed(), list)
    assert (found.stories, found.counted, found.value, found.basis) == (0, None, None, "uncorrected model count")


def test_a_label_that_was_given_out_of_the_samples_order_counts_for_its_flagged_story_alone() -> None:
    against = [story(number, Outcome.CONTRARY) for number in range(10)]
    rest = [story(number, Outcome.FULL) for number in range(10, 110)]
    labels = {one: said(Outcome.FULL) for one in ids(rest[:60])}
    before = {one: said(Outcome.CONTRARY) for one in ids(against)}
    drawn = dict.fromkeys((*labels, *before), WEEK)
    mixed = standing([*against, *rest], Reviewed(drawn, {**labels, **before}))
    random = standing([*against, *rest], Reviewed(drawn, {**labels, **before}, beyond=frozenset(before)))
    assert (mixed.labels, random.labels) == (70, 60)
    assert random.contrary_rate == mixed.contrary_rate == pytest.approx(10 / 110)


def test_a_share_that_mixes_peoples_words_with_the_models_says_so() -> None:
    told = standing([story(number, Outcome.FULL) for number in range(30)], Reviewed())
    assert mixed_counts(told, 0) == told
    assert mixed_counts(told, 1).basis == "uncorrected model count; 1 mention counts as people labelled"
    assert mixed_counts(told, 1200).basis == "uncorrected model count; 1,200 mentions count as people labelled"
