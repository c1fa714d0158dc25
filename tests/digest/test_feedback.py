"""What readers may set right, in words; and what their corrections come to, however many of them there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.content.feedback import (
    Choice,
    Other,
    Shown,
    ask_duplicate,
    ask_message,
    ask_relevance,
    ask_tone,
    changes_of,
)
from bot.model import NO, YES, KeyMessage, Outcome, ToneLabel
from bot.model.feedback import Feedback, Judgement

NOW = datetime(2026, 3, 11, 8, tzinfo=UTC)
MESSAGES = {"by-hand": "Every truffle is rolled by hand."}
TONES = [str(tone) for tone in ToneLabel]


def said(mention: str, judgement: Judgement, was: str, value: str, minutes: int = 0, **more: str) -> Feedback:
    return Feedback("d", mention, judgement, value, f"r{minutes}", NOW + timedelta(minutes=minutes), was=was, **more)


def test_a_question_knows_what_stands_and_takes_nothing_that_it_does_not_offer() -> None:
    tone = ask_tone("Velvet Crumb", ToneLabel.NEGATIVE)
    assert tone.standing(None) == "negative"
    assert tone.choice("positive", None) is not None
    assert tone.choice("positive", "by-hand") is None
    assert ask_tone("Velvet Crumb", None).standing(None) == ""
    assert ask_relevance("Velvet Crumb", counted=True).standing(None) == YES
    messages = ask_message([KeyMessage("by-hand", "By hand."), KeyMessage("late", "Late.")], {"late": Outcome.FULL})
    assert (messages.standing("late"), messages.standing("by-hand")) == ("full", "")
    assert len(messages.groups) == 2


def test_a_story_can_only_be_the_same_as_another_and_apart_from_its_copies() -> None:
    question = ask_duplicate([Other("a", "One")], [Other("b", "Two")])
    assert [group.choices for group in question.groups] == [(Choice(YES, "One", "a"),), (Choice(NO, "Two", "b"),)]
    assert ask_duplicate([], []).groups == ()


def test_names_of_any_length_and_kind_stay_on_one_short_line() -> None:
    asks = ask_relevance("Velvet\n\u202eCrumb " + "x" * 900, counted=True).asks
    assert len(asks) < 80
    assert "\u202e" not in asks
    assert "\n" not in asks


def test_nobody_said_anything() -> None:
    changes = changes_of((), {}, MESSAGES)
    assert (changes.corrections, changes.text) == (0, "")


def test_corrections_are_told_in_one_sentence_and_then_what_they_did() -> None:
    feedback = [
        said("a", Judgement.RELEVANT, YES, NO),
        said("b", Judgement.RELEVANT, NO, YES),
        said("c", Judgement.TONE, "", "positive"),
        said("c", Judgement.MESSAGE, "none", "contrary", message="by-hand"),
        said("c", Judgement.DUPLICATE, "", YES, other="d"),
        said("e", Judgement.TONE, "neutral", "neutral"),
    ]
    shown = {
        "a": Shown(counted=False, tone=ToneLabel.NEGATIVE),
        "b": Shown(counted=True, tone=None),
        "c": Shown(counted=True, tone=ToneLabel.POSITIVE),
    }
    changes = changes_of(feedback, shown, MESSAGES)
    assert (changes.corrections, changes.agreed, changes.set_aside, changes.taken_back) == (5, 1, 1, 1)
    assert changes.mentions == 0
    assert changes.text == (
        "5 corrections by readers since the last digest: 1 mention set aside as not about us, 1 mention counted again, "
        "the tone of 1 changed from unknown to positive, ‘Every truffle is rolled by hand.’ in 1 changed from absent to "
        "contradicted and 1 pair called one story, which is kept for the gold set. The counts they belong to have "
        "1 negative fewer and 1 positive more."
    )


def test_two_readers_who_disagree_are_one_question_and_the_last_one_holds() -> None:
    feedback = [said("a", Judgement.TONE, "negative", "positive"), said("a", Judgement.TONE, "positive", "negative", 1)]
    changes = changes_of(feedback, {"a": Shown(counted=True, tone=ToneLabel.NEGATIVE)}, MESSAGES)
    assert (changes.corrections, changes.agreed) == (0, 1)


@pytest.mark.parametrize("gone", [True, False])
def test_a_mention_that_is_gone_moves_no_count(*, gone: bool) -> None:
    shown = {} if gone else {"a": Shown(counted=False, tone=None)}
    assert changes_of([said("a", Judgement.RELEVANT, YES, NO)], shown, MESSAGES).mentions == (0 if gone else -1)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([YES, NO]), st.sampled_from(TONES)), max_size=12))
def test_the_counts_before_and_after_differ_by_what_is_told(steps: list[tuple[str, str, str]]) -> None:
    """A model of it: each mention is held as it counts; what it moved must be what is said to have moved."""
    first = dict.fromkeys("abc", (YES, "neutral"))
    held = dict(first)
    feedback = []
    for minute, (name, relevant, tone) in enumerate(steps):
        feedback.append(said(name, Judgement.RELEVANT, held[name][0], relevant, minute))
        feedback.append(said(name, Judgement.TONE, held[name][1], tone, minute))
        held[name] = relevant, tone
    shown = {name: Shown(counted=relevant == YES, tone=ToneLabel(tone)) for name, (relevant, tone) in held.items()}
    changes = changes_of(feedback, shown, MESSAGES)

    def count(state: dict[str, tuple[str, str]], tone: str | None = None) -> int:
        return sum(relevant == YES and tone in (None, said_tone) for relevant, said_tone in state.values())

    assert changes.mentions == count(held) - count(first)
    for tone in ToneLabel:
        assert (changes.tones or {}).get(tone, 0) == count(held, tone) - count(first, tone)
