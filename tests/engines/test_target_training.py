from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.engines.lexicon import Lexicon
from bot.engines.linear import read_model, write_model
from bot.engines.target import TargetLayer
from bot.engines.training.target import LICENCES, Example, read, trained
from bot.model import Genre
from bot.ports import Passage

SAID = {0: ("flimsy", "rude", "stale"), 1: ("closed", "nearby", "weekly"), 2: ("sturdy", "prompt", "crisp")}


def made(genre: Genre) -> list[Example]:
    """Sentences on two names, each with a word of its own."""
    examples = []
    for first, words in SAID.items():
        for second, others in SAID.items():
            for number, (word, other) in enumerate(zip(words, others, strict=True)):
                text = f"Alder is {word} in round {number} but Birch is {other}, {genre}"
                for name, label in (("Alder", first), ("Birch", second)):
                    at = text.index(name), text.index(name) + 5
                    examples.append(Example(Passage(text, 0, (at,), (at,)), label, genre))
    return examples


def learned() -> dict[str, list[Example]]:
    return {name: made(genre) for name, (_, _, genre) in LICENCES.items()}


def test_it_learns_to_tell_two_names_apart_and_gives_the_same_file_again(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json.gz", tmp_path / "two.json.gz"
    write_model(trained(learned(), date(2026, 1, 2)), one)
    write_model(trained(learned(), date(2026, 1, 2)), two)
    assert one.read_bytes() == two.read_bytes()
    layer = TargetLayer(read_model(one), Lexicon())
    for example in made(Genre.ARTICLE):
        reading = layer.read(example.passage, Genre.ARTICLE)
        assert reading is not None
        assert reading.logits.index(max(reading.logits)) == example.label


def test_all_targets_of_a_sentence_stand_in_one_fold() -> None:
    folds: dict[str, set[int]] = {}
    for example in made(Genre.POST):
        folds.setdefault(example.passage.text, set()).add(example.fold)
    assert all(len(found) == 1 for found in folds.values())
    assert len(set.union(*folds.values())) > 1


def test_labelled_rows_are_read_with_their_offsets_and_topics_are_found(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "some.tsv").write_text(
        "label\tfrom\tto\ttarget\ttext\nnegative\t4\t9\tAlder\tBad Alder\npositive\t0\t5\tAlder\tBad offsets\n",
        encoding="utf-8",
    )
    (tmp_path / "target" / "topics5.tsv").write_text(
        "topic\tscore\ttext\nalder\t-2\t@Alder lost my #alder\nalder\t1\tnothing of it\n", encoding="utf-8"
    )
    rows = read(tmp_path, "target/some", Genre.ARTICLE)
    assert [(row.passage.named, row.label) for row in rows] == [(((4, 9),), 0)]
    topics = read(tmp_path, "target/topics5", Genre.POST)
    assert [(row.passage.named, row.label) for row in topics] == [(((0, 6), (15, 21)), 0)]


@pytest.mark.parametrize("name", LICENCES)
def test_nothing_that_may_only_be_evaluated_trains(name: str) -> None:
    assert not any(part in name for part in ("dong14", "semeval14", "stance16", "airline", "brand_sxsw", "irony"))
