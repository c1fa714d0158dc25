from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from bot.model import (
    Alignment,
    Coding,
    Interval,
    Label,
    LabelKind,
    Outcome,
    ReviewSample,
    ScoredMention,
    Stratum,
    ToneLabel,
    ToneReading,
)
from bot.score.review import asked_of, beyond_answered, draw, flagged, gold, is_done, uncertain, waiting_for
from tests.support.samples import NOON, a_mention, a_score, an_item

PERIOD = Interval(NOON - timedelta(days=7), NOON)
SURE = ToneReading(0.5, ToneLabel.POSITIVE, 0.95)


def story(number: int, *, tone: ToneReading = SURE, outcome: Outcome = Outcome.NONE, confidence: float = 0.9,
          likeness: float | None = None) -> tuple[ScoredMention, ...]:  # fmt: skip
    made = a_mention(an_item(number), story=f"s{number}")
    alignment = Alignment("fair", outcome, confidence, likeness=likeness)
    return (ScoredMention(made, a_score(made, tone=tone, alignments=(alignment,))),)


def ids(samples: tuple[ReviewSample, ...]) -> list[str]:
    return [one.mention for one in samples]


def test_a_draw_is_the_same_again_whatever_the_order_and_whatever_the_model_says() -> None:
    stories = [story(number) for number in range(300)]
    first = draw(stories, PERIOD, 100, "seed", NOON)
    changed = [story(number, outcome=Outcome.CONTRARY) for number in reversed(range(300))]
    assert ids(draw(changed, PERIOD, 100, "seed", NOON)) == ids(first)
    assert ids(draw(stories, PERIOD, 100, "another", NOON)) != ids(first)
    assert [one.place for one in first] == list(range(100))
    assert {one.probability for one in first} == {100 / 300}


def test_every_story_is_as_likely_to_be_drawn() -> None:
    stories = [story(number) for number in range(40)]
    drawn = Counter(one for seed in range(1000) for one in ids(draw(stories, PERIOD, 10, str(seed), NOON)))
    assert len(drawn) == 40
    assert all(190 < count < 310 for count in drawn.values())


def test_a_small_week_is_drawn_as_a_whole_and_an_empty_one_not_at_all() -> None:
    whole = draw([story(1), story(2)], PERIOD, 100, "seed", NOON)
    assert [one.probability for one in whole] == [1, 1]
    assert draw([], PERIOD, 100, "seed", NOON) == ()


def test_the_mention_that_goes_against_a_message_stands_for_its_story() -> None:
    fine, bad = story(1)[0], story(2, outcome=Outcome.CONTRARY)[0]
    misframed = story(3, outcome=Outcome.MISFRAMED)
    found = flagged([(fine, bad), misframed, story(4, outcome=Outcome.FULL)], PERIOD, "seed", NOON)
    assert sorted(ids(found)) == sorted([bad.mention.id, misframed[0].mention.id])


def test_doubtful_ones_of_each_kind_come_in_turn_and_each_once() -> None:
    silent = story(1, tone=ToneReading(None, None, None))
    unsure = story(2, tone=replace(SURE, confidence=0.4))
    nearly = story(3, likeness=0.29)
    hardly = story(4, outcome=Outcome.PARTIAL, confidence=0.5)
    clear = story(5, tone=replace(SURE, confidence=1.0))
    stories = [clear, hardly, nearly, unsure, silent]
    found = ids(uncertain(stories, PERIOD, 4, NOON))
    assert found == [one[0].mention.id for one in (silent, unsure, nearly, hardly)]
    assert len(uncertain(stories, PERIOD, 50, NOON)) == 5
    assert uncertain(stories, PERIOD, 0, NOON) == ()


def a_label(who: str, value: str, kind: LabelKind = LabelKind.TONE, about: str | None = None) -> Label:
    return Label("m1", kind, value, who, "cli", NOON, about)


def test_the_last_word_of_a_person_holds_and_others_keep_theirs() -> None:
    found = gold([
        a_label("ada", "positive"), a_label("ben", "neutral"), a_label("ada", "negative"),
        a_label("ada", "full", LabelKind.MESSAGE, "fair"), a_label("ada", "none", LabelKind.MESSAGE, "fair"),
        a_label("ada", "yes", LabelKind.RELEVANT), a_label("ada", "yes", LabelKind.DUPLICATE, "m2"),
        a_label("ben", "rubbish"),
    ])  # fmt: skip
    assert found == {
        "m1": {
            "ada": Coding(True, ToneLabel.NEGATIVE, {"fair": Outcome.NONE}),
            "ben": Coding(None, ToneLabel.NEUTRAL),
        }
    }


def test_a_text_is_done_when_all_was_answered_or_it_is_not_about_the_subject() -> None:
    assert is_done(Coding(False), ("fair",))
    assert is_done(Coding(True, ToneLabel.NEUTRAL, {"fair": Outcome.NONE}), ("fair",))
    assert not is_done(Coding(True, ToneLabel.NEUTRAL), ("fair",))
    assert not is_done(Coding(True, None, {"fair": Outcome.NONE}), ("fair",))
    assert not is_done(Coding(None, ToneLabel.NEUTRAL, {"fair": Outcome.NONE}), ("fair",))
    assert not is_done(None, ())


def test_messages_that_are_no_longer_configured_are_not_asked_about() -> None:
    (scored,) = story(1)
    assert asked_of(scored, {"fair": None}) == ("fair",)
    assert asked_of(scored, ()) == ()


def test_a_mention_in_two_strata_is_asked_once_and_what_is_gone_not_at_all() -> None:
    drawn = ReviewSample(PERIOD, "m1", "moon", Stratum.RANDOM, 0, 1.0, NOON)
    samples = [replace(drawn, stratum=Stratum.FLAGGED), drawn, replace(drawn, mention="gone", place=1)]
    assert list(waiting_for("ada", samples, {}, {"m1": ()}, 0.2)) == [drawn]
    done = {"m1": {"ben": Coding(False)}}
    assert list(waiting_for("ada", samples, done, {"m1": ()}, 0.2)) == [drawn]
    assert list(waiting_for("ada", samples, done, {"m1": ()}, 0.0)) == []


def test_answers_beyond_the_part_that_was_answered_in_order_are_no_part_of_the_random_ones() -> None:
    samples = [ReviewSample(PERIOD, f"m{n}", "moon", Stratum.RANDOM, n, 1.0, NOON) for n in range(100)]
    answer = {"ada": Coding(True)}
    in_order = {f"m{n}": answer for n in range(20)}
    flagged_before = {"m40": answer, "m70": answer, "m99": answer}
    assert beyond_answered(samples, in_order) == {f"m{n}" for n in range(20, 100)} - {"m20", "m21"} - set(in_order)
    assert flagged_before.keys() <= beyond_answered(samples, in_order | flagged_before)
    assert beyond_answered(samples, flagged_before) == {sample.mention for sample in samples}
    assert beyond_answered(samples, {sample.mention: answer for sample in samples}) == frozenset()


def test_a_tenth_of_a_sample_may_be_skipped_and_other_strata_have_no_order() -> None:
    samples = [ReviewSample(PERIOD, f"m{n}", "moon", Stratum.RANDOM, n, 1.0, NOON) for n in range(20)]
    answered = {f"m{n}": {"ada": Coding(True)} for n in range(20) if n not in (9, 15)}
    assert beyond_answered(samples, answered) == frozenset()
    assert beyond_answered([replace(one, stratum=Stratum.FLAGGED) for one in samples], {}) == frozenset()
