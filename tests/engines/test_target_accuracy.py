"""What the target layer reaches on labelled files, as floors; the files lie outside the project."""

from __future__ import annotations

import csv
import zlib

import pytest

from bot.engines.lexicon import Lexicon
from bot.engines.linear import CLASSES, bundled
from bot.engines.target import MODEL, TargetLayer
from bot.model import Genre
from bot.ports import Passage
from tests.support.counts import FULL
from tests.support.shared import shared_path

LAYER = TargetLayer(bundled(MODEL), Lexicon())


def macro_f1(name: str, genre: Genre, every: int = 1) -> float:
    """The mean of the three classes' F1 over the file, or over one sentence in so many of it, drawn by its hash."""
    pairs = []
    with shared_path(f"eval/target/{name}.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if zlib.crc32(row["text"].encode()) % every:
                continue
            named = ((int(row["from"]), int(row["to"])),)
            reading = LAYER.read(Passage(row["text"], 0, named, named), genre)
            assert reading is not None
            pairs.append((CLASSES.index(row["label"]), reading.logits.index(max(reading.logits))))
    scores = []
    for label in range(len(CLASSES)):
        right = sum(true == guessed == label for true, guessed in pairs)
        scores.append(2 * right / max(1, sum((true == label) + (guessed == label) for true, guessed in pairs)))
    return sum(scores) / len(scores)


@pytest.mark.parametrize(
    ("name", "genre", "floor"),
    [
        ("newsmtsc_rw_dev", Genre.ARTICLE, 0.67),
        ("newsmtsc_mt_dev", Genre.ARTICLE, 0.62),
        ("mams_val", Genre.DISCUSSION, 0.655),
    ],
)
def test_on_kinds_of_writing_that_trained_it(name: str, genre: Genre, floor: float) -> None:
    assert macro_f1(name, genre) >= floor


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "genre", "floor"),
    [
        ("dong14_train", Genre.POST, 0.5),
        ("semeval14_rest_train", Genre.DISCUSSION, 0.62),
        ("semeval14_laptop_train", Genre.DISCUSSION, 0.60),
    ],
)
def test_on_files_that_trained_nothing(name: str, genre: Genre, floor: float) -> None:
    assert macro_f1(name, genre, 1 if FULL else 4) >= floor - (0 if FULL else 0.03)
