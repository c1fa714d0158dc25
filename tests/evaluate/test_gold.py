"""The desk's own labels: the last one holds, sources stand by themselves, and few labels say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.evaluate.gold import Desk, gold
from bot.evaluate.result import Task
from bot.model import (
    UNKNOWN_REACH,
    Alignment,
    Label,
    LabelKind,
    Mention,
    Outcome,
    Relevance,
    Score,
    ToneLabel,
    ToneReading,
)
from tests.score.made import NOW, mention

CHANCES = {"good": (0.1, 0.2, 0.7), "bad": (0.7, 0.2, 0.1), "plain": (0.2, 0.6, 0.2)}


def said(number: int) -> Mention:
    """Every third mention is good, bad or plain; the first thirty come from blogs, the others from Reddit."""
    text = ("good", "bad", "plain")[number % 3]
    made = mention(text, key=f"x:{number}", story=f"s{number // 2}")
    return replace(made, id=f"m{number}", source="blogs" if number < 30 else "r/moon")


def score(one: Mention) -> Score:
    chances = CHANCES[one.item.text]
    tone = ToneReading(
        chances[2] - chances[0], max(zip(chances, ToneLabel, strict=True))[1], max(chances), (), "", chances
    )
    outcome = Outcome.FULL if one.item.text == "good" else Outcome.NONE
    return Score(
        one.id,
        "r",
        "c",
        tone,
        UNKNOWN_REACH,
        1.0,
        0.0,
        0.4,
        None,
        None,
        "en",
        (),
        "",
        (Alignment("fair", outcome, 0.9),),
    )


def relevance(one: Mention) -> Relevance:
    return Relevance(False if one.item.text == "bad" else None)


DESK = Desk(lambda key: None if key == "gone" else said(int(key[1:])), score, relevance)
TRUE = {"good": "positive", "bad": "negative", "plain": "neutral"}


def labels(count: int, kind: LabelKind, about: str | None = None) -> Iterator[Label]:
    for number in range(count):
        text = said(number).item.text
        value = {
            LabelKind.TONE: TRUE[text],
            LabelKind.MESSAGE: "full" if text == "good" else "none",
            LabelKind.RELEVANT: "no" if text == "bad" else "yes",
        }[kind]
        yield Label(f"m{number}", kind, value, "ann", "cli", NOW, about)


def test_tone_is_told_for_all_and_for_each_source_with_labels_enough() -> None:
    (found,) = gold(labels(40, LabelKind.TONE), DESK)
    assert found.task is Task.TONE
    assert (found.figures["n"], found.figures["accuracy"], found.figures["gold"]) == (40, 1.0, True)
    assert found.figures["by_source"]["blogs"]["accuracy"] == 1.0
    assert found.figures["by_source"]["r/moon"] == {"n": 10, "verdict": "too few to say"}


def test_the_last_label_of_a_mention_holds_and_what_is_gone_is_left_out() -> None:
    rows = [*labels(30, LabelKind.TONE), Label("gone", LabelKind.TONE, "neutral", "ann", "cli", NOW)]
    changed = [Label(f"m{number}", LabelKind.TONE, "negative", "bob", "cli", NOW) for number in range(30)]
    (found,) = gold([*rows, *changed], DESK)
    assert (found.figures["n"], found.figures["accuracy"]) == (30, pytest.approx(1 / 3, abs=1e-4))
    assert found.figures["net_true"] == -1.0


def test_a_value_that_is_no_label_of_its_kind_is_left_out() -> None:
    (found,) = gold([*labels(25, LabelKind.TONE), Label("m39", LabelKind.TONE, "unsure", "a", "cli", NOW)], DESK)
    assert found.figures["n"] == 25


def test_messages_relevance_and_copies_have_their_own_figures() -> None:
    copies = [
        Label(f"m{number}", LabelKind.DUPLICATE, "yes" if number % 4 == 0 else "no", "a", "cli", NOW, f"m{number + 1}")
        for number in range(0, 40, 2)
    ]
    rows = [*labels(40, LabelKind.MESSAGE, "fair"), *labels(40, LabelKind.RELEVANT), *copies]
    found = {one.task: one.figures for one in gold(rows, DESK)}
    assert list(found) == [Task.MESSAGE, Task.DUPLICATE, Task.RELEVANT]
    assert (found[Task.MESSAGE]["precision"], found[Task.MESSAGE]["recall"]) == (1.0, 1.0)
    assert (found[Task.DUPLICATE]["precision"], found[Task.DUPLICATE]["recall"]) == (0.5, 1.0)
    assert (found[Task.RELEVANT]["accuracy"], found[Task.RELEVANT]["coverage"]) == (1.0, 0.325)


def test_a_message_that_was_not_looked_for_counts_as_missed() -> None:
    (found,) = gold(labels(30, LabelKind.MESSAGE, "another"), DESK)
    assert (found.figures["accuracy"], found.figures["abstained"]) == (0.0, 30)


def test_a_task_that_is_asked_for_is_told_even_without_labels() -> None:
    assert [one.figures["verdict"] for one in gold([], DESK, Task.TONE)] == ["too few to say"]
    assert list(gold([], DESK)) == []
    assert [
        one.task for one in gold([*labels(5, LabelKind.TONE), *labels(5, LabelKind.RELEVANT)], DESK, Task.TONE)
    ] == [Task.TONE]
