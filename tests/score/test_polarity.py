from __future__ import annotations

import csv
from collections import Counter

import pytest

from bot.score.details import differing_detail, missing_number, numbers_of
from bot.score.polarity import Stance, negation_words, stance
from bot.score.words import words_of
from tests.support.shared import shared_path


def stand(sentence: str, statement: str) -> Stance:
    stems = {word.stem for word in words_of(statement)}
    return stance(sentence, words_of(sentence), statement, stems)[0]


@pytest.mark.parametrize(
    "sentence",
    [
        "The bar is safe",
        "Not only cheap, the bar is safe",
        "I can't wait, the bar is safe",
        "The bar is not unsafe",
        "I don't like the shop, but the bar is safe",
    ],
)
def test_negations_elsewhere_and_harmless_ones_do_not_deny(sentence: str) -> None:
    assert stand(sentence, "The bar is safe") is Stance.SAYS


@pytest.mark.parametrize(
    "sentence",
    ["The bar is not safe", "The bar is unsafe", "The bar is dangerous", "The bar isnt safe", "The bar is far from safe",
     "They denied that the bar is safe", "It is false that the bar is safe", "Nobody says the bar is safe"],
)  # fmt: skip
def test_negations_and_opposites_deny(sentence: str) -> None:
    assert stand(sentence, "The bar is safe") is Stance.DENIES


@pytest.mark.parametrize(
    "sentence",
    ["The label says that the bar is safe, and that was misleading", "The bar is safe, they said; it turned out false"],
)
def test_a_later_clause_that_takes_it_back_denies(sentence: str) -> None:
    assert stand(sentence, "The bar is safe") is Stance.DENIES


def test_leaving_the_statements_own_negation_out_denies_it() -> None:
    assert stand("The bars contain palm oil", "The bars contain no palm oil") is Stance.DENIES
    assert stand("The bars contain no palm oil", "The bars contain no palm oil") is Stance.SAYS


def test_questions_and_doubts_neither_say_nor_deny() -> None:
    assert stand("Is the bar safe?", "The bar is safe") is Stance.DOUBTS
    assert stand("They claim the bar is safe", "The bar is safe") is Stance.DOUBTS
    assert stand("I wish the bar was safe", "The bar is safe") is Stance.DOUBTS


def test_turns_of_phrase_are_no_negations() -> None:
    assert negation_words("No doubt, not only good; can’t recommend it enough") == []
    assert negation_words("It isn’t good, never was") == ["isn't", "never"]


def test_inserted_negations_are_found_on_the_entailment_file() -> None:
    """SICK development file: nine in ten contradictions are denials, hardly an entailment is."""
    with shared_path("eval/align/sick_train.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    denied: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row["entailment"]] += 1
        denied[row["entailment"]] += stand(row["text_b"], row["text_a"]) is Stance.DENIES
    assert denied["contradiction"] / seen["contradiction"] >= 0.87
    assert denied["entailment"] / seen["entailment"] <= 0.02


@pytest.mark.parametrize(
    ("sentence", "statement", "difference"),
    [
        ("80 % organic", "100% organic", '"80 %" for "100 %"'),
        ("it costs $5", "A box costs 4 dollars", '"$5" for "4 dollars"'),
        ("fair since 2012", "fair since 2010", '"2012" for "2010"'),
        ("one in 2024", "fair since 2010", ""),
        ("some of the cocoa", "all the cocoa", '"some" for "all"'),
        ("10,000 farmers", "10.000 farmers", ""),
        ("a hundred percent organic", "100 % organic", ""),
        ("all organic", "100% organic", ""),
        ("we met 3 friends", "two free truffles", ""),
        ("see https://a.example/80% off", "100 % organic", ""),
    ],
)
def test_numbers_of_one_kind_are_compared(sentence: str, statement: str, difference: str) -> None:
    assert differing_detail(sentence, statement) == difference


def test_a_number_that_is_left_out_is_named_and_all_of_it_is_a_hundred_percent() -> None:
    assert missing_number("organic chocolate", "100 % organic chocolate") == "100 %"
    assert missing_number("all our chocolate is organic", "100 % organic chocolate") == ""


@pytest.mark.parametrize("text", ["9" * 5_000, "1," * 500, "٣ %", "$" * 900, "1.2.3.4", "²"])
def test_odd_numbers_do_no_harm(text: str) -> None:
    assert isinstance(list(numbers_of(text)), list)
