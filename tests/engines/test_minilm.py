"""The engine ``minilm`` with the packaged model: what it reaches, and what it keeps of the default engine's ways."""

from __future__ import annotations

import csv
from collections import defaultdict
from statistics import fmean

import numpy as np
import pytest

from bot.engines import heard
from bot.engines.linear import bundled
from bot.engines.transformer.embedding import SentenceEmbedder
from bot.engines.transformer.files import BUNDLE, find_model
from bot.engines.transformer.head import MODEL
from bot.engines.transformer.minilm import engine
from bot.errors import ConfigError
from bot.model import Genre, ToneLabel, ToneReading
from bot.ports import Passage
from tests.support.counts import FULL
from tests.support.shared import shared_path

MINILM = engine({})


def read(text: str, *masked: str, genre: Genre | None = None, **overrides: float) -> ToneReading:
    masks = tuple(sorted((text.index(part), text.index(part) + len(part)) for part in masked))
    return MINILM.read([Passage(text, 0, masks, masks)], overrides, genre)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love it, best bar in town", ToneLabel.POSITIVE),
        ("worst service ever, never again", ToneLabel.NEGATIVE),
        ("The shop opens at nine on Monday", ToneLabel.NEUTRAL),
    ],
)
def test_plain_texts_are_read_right_in_every_genre(text: str, label: ToneLabel) -> None:
    for genre in (None, *Genre):
        found = read(text, genre=genre)
        assert found.likely is label
        assert sum(found.probabilities or ()) == pytest.approx(1)


def test_the_name_itself_is_masked_from_the_embedding_too() -> None:
    one, other = (read(f"{name} opens at nine on Monday", name, genre=Genre.POST) for name in ("Lovely", "Awful"))
    assert one.probabilities == pytest.approx(other.probabilities)


def test_words_of_the_desk_and_the_spans_that_drove_it_are_those_of_the_default() -> None:
    plain, moved = (
        read("the queue was bonkers", genre=Genre.POST),
        read("the queue was bonkers", genre=Genre.POST, bonkers=4),
    )
    assert moved.probabilities is not None
    assert plain.probabilities is not None
    assert moved.probabilities[2] > plain.probabilities[2]
    assert max(moved.spans, key=lambda span: span.contribution).text == "bonkers"


def test_below_its_threshold_it_says_nothing() -> None:
    unsure = engine({"abstain_below": 0.99}).read([Passage("It is a bar", 0)], {}, Genre.POST)
    assert (unsure.tone, unsure.label) == (None, None)
    assert unsure.probabilities is not None


def test_options_that_it_does_not_know_are_refused_and_its_version_names_every_part() -> None:
    with pytest.raises(ConfigError, match="temprature"):
        engine({"temprature": 1})
    assert find_model(BUNDLE).version in MINILM.version
    assert heard.engine({}).version.rpartition(":")[0] in MINILM.version
    assert MINILM.name == "minilm"


@pytest.mark.parametrize("text", ["", "\u200b", "😀", "\u202elovely", "x" * 50_000, "<p>lovely</p>", "ال خدمة سيئة"])
def test_any_text_has_a_defined_outcome(text: str) -> None:
    found = read(text, genre=Genre.POST)
    assert found.tone is None or -1 <= found.tone <= 1


def test_a_text_without_tokens_has_an_embedding_and_the_same_text_the_same() -> None:
    embedder = SentenceEmbedder(find_model(BUNDLE))
    assert np.linalg.norm(embedder.embed("A fair price")) == pytest.approx(1, abs=1e-5)
    assert np.isfinite(embedder.embed("")).all()
    assert embedder.embed("A fair price") is embedder.embed("A fair price")


def test_the_file_says_what_trained_it() -> None:
    about = bundled(MODEL).about
    assert about["script"] == "bot/engines/training/minilm.py"
    assert all(source["licence"] and source["attribution"] for source in about["sources"])
    assert "Apache-2.0" in about["embeddings"]


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "genre", "every", "sampled", "full"),
    [
        ("sentiment/tweeteval_val", Genre.POST, 20, 0.60, 0.685),
        ("sentiment/airline", Genre.POST, 80, 0.60, 0.705),
        ("sentiment/brand_sxsw", Genre.POST, 60, 0.45, 0.575),
        ("target/newsmtsc_rw_dev", Genre.ARTICLE, 3, 0.55, 0.65),
    ],
)
def test_it_reaches_its_figures_on_files_that_did_not_train_it(
    name: str, genre: Genre, every: int, sampled: float, full: float
) -> None:
    """Macro-recall of whole texts, whether or not it abstains."""
    with shared_path(f"eval/{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[
            :: max(1, every // 20) if FULL else every
        ]
    right: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        right[row["label"]].append(read(row["text"], genre=genre).likely == row["label"])
    assert fmean(fmean(hits) for hits in right.values()) >= (full if FULL else sampled)
