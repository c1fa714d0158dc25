from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engines.vader import VaderEngine, engine
from bot.errors import ConfigError
from bot.model import ToneLabel
from bot.ports import Passage
from tests.support.shared import shared_path

VADER = engine({})


def read(text: str, *masked: str, **overrides: float) -> float | None:
    masks = tuple(sorted((text.index(part), text.index(part) + len(part)) for part in masked))
    return VADER.read([Passage(text, 0, masks)], overrides).tone


def test_an_unmasked_plain_passage_has_vaders_own_score() -> None:
    with shared_path("eval/vader_parity.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in list(file)[:1500:5]]
    plain = [row for row in rows if row["text"].isascii() and any(sign.isalnum() for sign in row["text"])]
    assert len(plain) > 100
    for row in plain:
        assert read(row["text"][:5000]) == pytest.approx(row["compound"]) or len(row["text"]) > 5000


def test_the_tone_is_the_mean_of_the_passages() -> None:
    passages = [Passage("This is great.", 0), Passage("This is awful.", 20), Passage("A shop.", 40)]
    reading = VADER.read(passages, {})
    assert reading.tone == pytest.approx((0.6249 - 0.4588) / 3)
    assert reading.why.startswith("mean of VADER's compound scores of 3 sentences (+0.62, -0.46, +0.00)")


@pytest.mark.parametrize(
    ("text", "label"),
    [("I love it", ToneLabel.POSITIVE), ("I hate it", ToneLabel.NEGATIVE), ("A table and a chair", ToneLabel.NEUTRAL)],
)
def test_the_label_follows_the_thresholds(text: str, label: ToneLabel) -> None:
    assert VADER.read([Passage(text, 0)], {}).label is label


def test_a_masked_name_carries_no_tone() -> None:
    assert (read("United lost my bag") or 0) > -0.1
    assert (read("United lost my bag", "United") or 0) < -0.3
    assert read("SUPER BEST SHOP IS GREAT", "SUPER BEST SHOP") == read("ZZZZ IS GREAT")


def test_nothing_but_names_and_links_is_no_reading() -> None:
    reading = VADER.read([Passage("@moon https://a.example !", 0, ((0, 5), (6, 23)))], {})
    assert (reading.tone, reading.label, reading.confidence) == (None, None, None)
    assert reading.why
    assert VADER.read([], {}).tone is None
    assert VADER.read([Passage(":)", 0)], {}).label is ToneLabel.POSITIVE


def test_a_typographic_apostrophe_negates_like_a_straight_one() -> None:
    assert read("I don’t love it") == read("I don't love it")
    assert (read("I don’t love it") or 0) < 0


def test_overrides_give_words_and_phrases_a_valence_of_the_desks_own() -> None:
    assert read("The crude is here", crude=0.0) == 0
    assert read("The VERY CRUDE is here", crude=0.0) == 0
    assert (read("A recall was announced", recall=-2.5) or 0) < -0.4
    assert (VADER.read([Passage("They give a Free Truffle away", 0)], {"free truffle": 3.0}).tone or 0) > 0.5
    assert read("The crude is here") == read("The crude is here", other=1.0)
    assert (read("The crude is here") or 0) < 0


def test_spans_are_the_words_that_drove_it_with_what_each_adds() -> None:
    text = "We met. I love it but the queue isn’t great 😍"
    reading = VADER.read([Passage(text[8:], 8)], {})
    assert [span.text for span in reading.spans] == ["love", "great", "😍"]
    assert all(text[span.start : span.end] == span.text for span in reading.spans)
    love, great, _ = (span.contribution for span in reading.spans)
    assert great < 0 < love


def test_confidence_is_size_for_a_sign_and_silence_is_unsure() -> None:
    assert VADER.read([Passage("I love it", 0)], {}).confidence == pytest.approx(0.6369)
    assert VADER.read([Passage("A table", 0)], {}).confidence == 0.3
    balanced = VADER.read([Passage("I love it", 0), Passage("I hate it", 10)], {})
    assert balanced.label is not ToneLabel.NEUTRAL or (balanced.confidence or 0) >= 0


@given(
    st.lists(
        st.text(st.one_of(st.characters(), st.sampled_from("love hate 😍👍🏽❤️:)’!?\ud800"))).map(
            lambda text: text[:60]
        ),
        max_size=4,
    ),
    st.dictionaries(st.sampled_from(["love", "hate it", "x", " ", "(a"]), st.floats(-4, 4), max_size=3),
)
def test_any_text_is_read_within_bounds_and_its_spans_are_verbatim(
    texts: list[str], overrides: dict[str, float]
) -> None:
    passages = [Passage(text, 100 * number) for number, text in enumerate(texts)]
    reading = VADER.read(passages, overrides)
    assert (reading.tone is None) is (reading.label is None)
    assert reading.tone is None or -1 <= reading.tone <= 1
    assert reading.confidence is None or 0 <= reading.confidence <= 1
    for span in reading.spans:
        number, start = divmod(span.start, 100)
        assert texts[number][start : start + span.end - span.start] == span.text


def test_options_are_read_and_a_wrong_one_is_named() -> None:
    assert VaderEngine().version != engine({"positive_from": 0.4}).version
    assert engine({"positive_from": 0.9}).read([Passage("I love it", 0)], {}).label is ToneLabel.NEUTRAL
    with pytest.raises(ConfigError, match="positive_from"):
        engine({"positive_form": 0.4})


def test_masking_handles_lifts_the_figure_on_the_airline_file() -> None:
    """Macro-recall on every tenth row: .56 by VADER on the whole text, .61 with handles masked (language.md)."""
    with shared_path("eval/sentiment/airline.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[::10]
    assert _macro_recall(rows, mask=True) > _macro_recall(rows, mask=False) + 0.02


def _macro_recall(rows: list[dict[str, str]], *, mask: bool) -> float:
    right: dict[str, list[bool]] = {}
    for row in rows:
        text = row["text"]
        masks = tuple((at, at + len(word)) for at, word in _words(text) if word.startswith("@")) if mask else ()
        label = VADER.read([Passage(text, 0, masks)], {}).label
        right.setdefault(row["label"], []).append((label or ToneLabel.NEUTRAL).value == row["label"])
    return sum(sum(hits) / len(hits) for hits in right.values()) / len(right)


def _words(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for word in text.split(" "):
        found.append((at, word))
        at += len(word) + 1
    return found
