"""Copies and languages against labels; the desk's own labels."""

from __future__ import annotations

import pytest

from bot.errors import HeardError
from bot.evaluate.result import Task
from bot.model import Genre
from tests.evaluate.made import evaluated

LONG = "The little shop on the corner of Mill Street now gives away two truffles a day to anyone who asks for them"


def test_copies_are_told_as_stories_are() -> None:
    rows = [
        (LONG, f"RT @someone: {LONG} https://t.example/x", 1),
        (LONG, "Rain is expected in the north until the weekend, the weather service said today", 0),
        (LONG, LONG.replace("two", "Two").upper(), 1),
        ("short", "short", 1),
    ]
    found = evaluated("a\tb\tlabel\n" + "\n".join("\t".join(map(str, row)) for row in rows) + "\n", name="x.tsv")
    assert found.task is Task.DUPLICATE
    assert [one.label for one in found.predictions] == ["1", "0", "1", "0"]
    assert found.predictions[3].score is None, "too short to be known again by its words"
    assert (found.figures["precision"], found.figures["recall"]) == (1.0, pytest.approx(2 / 3, abs=1e-4))
    assert found.figures["average_precision"] > 0.9


def test_what_the_texts_are_decides_how_alike_copies_must_be() -> None:
    answer = LONG.replace("gives away", "hands out").replace("anyone", "everybody")
    rows = f"a,b,label\n{LONG},{answer},1\n"
    assert evaluated(rows).predictions[0].label == "1"
    assert evaluated(rows, genre=Genre.DISCUSSION).predictions[0].label == "0"


def test_languages_count_by_the_most_likely_and_unknown_ones_are_left_out() -> None:
    found = evaluated("text,lang\nen a,en\nde b,de\nfr? c,en\nit? d,it\nnl? x,unk\nes y,und\n")
    figures = found.figures
    assert found.task is Task.LANGUAGE
    assert (figures["n"], figures["abstained"], figures["accuracy"]) == (4, 2, 0.75)
    assert (figures["selective_accuracy"], figures["coverage"]) == (1.0, 0.5)
    assert (figures["unknown"], figures["unknown_abstained"]) == (2, 0.5)
    assert [one.label for one in found.predictions] == ["en", "de", "fr", "it", "nl", "es"]


def test_a_language_that_is_no_code_is_a_bad_row() -> None:
    found = evaluated("text,language\nen a,en\nen b,1\nen c,\nzh d,zh-CN\n")
    assert [bad.number for bad in found.bad] == [2, 3]
    assert found.figures["n"] == 2


def test_relevance_is_evaluated_on_the_desks_labels_only() -> None:
    with pytest.raises(HeardError, match="leave the file away"):
        evaluated("text,label\na,1\n", task=Task.RELEVANT)
