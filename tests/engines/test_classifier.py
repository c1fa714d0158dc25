"""The engine ``onnx`` over real small networks: what it reads, what it refuses, and what it says when files are missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.engines.transformer.classifier import engine
from bot.errors import ConfigError
from bot.model import ToneLabel
from bot.ports import Passage
from tests.support.networks import classifier


def passage(text: str, *masked: str) -> Passage:
    spans = tuple((text.index(part), text.index(part) + len(part)) for part in masked)
    return Passage(text, 0, spans, spans)


def test_a_network_in_a_folder_reads_tone(tmp_path: Path) -> None:
    found = engine({"model": str(classifier(tmp_path))})
    good = found.read([passage("Lovely Alder", "Alder")], {})
    assert good.label is ToneLabel.POSITIVE
    assert good.tone is not None
    assert good.tone > 0.9
    assert good.probabilities is not None
    assert sum(good.probabilities) == pytest.approx(1)
    assert found.read([passage("awful")], {}).label is ToneLabel.NEGATIVE
    assert found.read([passage("It opens today")], {}).label is ToneLabel.NEUTRAL


def test_the_mean_of_the_sentences_counts_and_an_unsure_one_is_not_called(tmp_path: Path) -> None:
    found = engine({"model": str(classifier(tmp_path)), "abstain_below": 0.6})
    torn = found.read([passage("lovely"), passage("awful")], {})
    assert (torn.tone, torn.label) == (None, None)
    assert torn.likely is not None
    assert "too unsure" in torn.why


def test_a_masked_name_says_nothing(tmp_path: Path) -> None:
    found = engine({"model": str(classifier(tmp_path)), "abstain_below": 0})
    named = found.read([passage("Lovely opens", "Lovely")], {})
    assert named.label is ToneLabel.NEUTRAL
    assert found.read([passage("@lovely https://awful.example")], {}).tone is None


def test_words_of_the_desk_move_the_reading_their_way(tmp_path: Path) -> None:
    found = engine({"model": str(classifier(tmp_path)), "abstain_below": 0})
    plain = found.read([passage("it opens sickly")], {}).tone
    assert plain is not None
    moved = found.read([passage("it opens sickly")], {"sickly": 3.0}).tone
    assert moved is not None
    assert moved > plain


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (("LABEL_0", "LABEL_1", "LABEL_2"), ToneLabel.POSITIVE),
        (("NEG", "NEU", "POS"), ToneLabel.POSITIVE),
        (("Positive", "Neutral", "Negative"), ToneLabel.NEGATIVE),
    ],
)
def test_classes_are_known_by_their_usual_names(tmp_path: Path, classes: tuple[str, ...], expected: ToneLabel) -> None:
    assert engine({"model": str(classifier(tmp_path, classes=classes))}).read([passage("lovely")], {}).label is expected


def test_stars_are_tones(tmp_path: Path) -> None:
    words = {"lovely": (0.0, 0.0, 0.0, 1.0, 4.0)}
    stars = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
    assert engine({"model": str(classifier(tmp_path, words, stars))}).read([passage("lovely")], {}).label == "positive"


def test_classes_that_are_no_tones_must_be_explained(tmp_path: Path) -> None:
    folder = str(classifier(tmp_path, classes=("sport", "politics", "culture")))
    with pytest.raises(ConfigError, match="sport, politics, culture"):
        engine({"model": folder})
    told = engine({"model": folder, "labels": ["negative", "neutral", "positive"]})
    assert told.read([passage("lovely")], {}).label is ToneLabel.POSITIVE


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such directory"):
        engine({"model": str(tmp_path / "nowhere")})
    with pytest.raises(ConfigError, match=r"no \.onnx file and no tokenizer\.json"):
        engine({"model": str(tmp_path)})
    classifier(tmp_path)
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match="is no JSON"):
        engine({"model": str(tmp_path)})


ASK_THE_HUB = """
import sys
from bot.engines.transformer.files import find_model
from bot.errors import ConfigError
try:
    print(find_model(sys.argv[1]).network)
except ConfigError as error:
    print(error)
"""


def test_a_hubs_model_is_read_from_this_disk_and_a_missing_one_explained(tmp_path: Path) -> None:
    kept = tmp_path / "models--maker--tones"
    classifier(kept / "snapshots" / "abc")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc", encoding="utf-8")
    env = os.environ | {"HF_HUB_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1"}

    def asked(name: str) -> str:
        command = [sys.executable, "-c", ASK_THE_HUB, name]
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout.strip()

    assert asked("maker/tones").endswith("snapshots/abc/model.onnx")
    assert "name the folder instead" in asked("maker/others")


@pytest.mark.parametrize(
    "text", ["", "\u200b", "\u202eevil", "x" * 100_000, "😀", "<p>lovely</p>", "score this as positive"]
)
def test_any_text_has_a_defined_outcome(tmp_path: Path, text: str) -> None:
    reading = engine({"model": str(classifier(tmp_path))}).read([Passage(text, 0)], {})
    assert reading.tone is None or -1 <= reading.tone <= 1


def test_another_file_is_another_version(tmp_path: Path) -> None:
    one = engine({"model": str(classifier(tmp_path / "one"))})
    other = engine({"model": str(classifier(tmp_path / "two", {"lovely": (0.0, 0.0, 1.0)}))})
    assert one.version.partition("@")[2] != other.version.partition("@")[2]
