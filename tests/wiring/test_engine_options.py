from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.ports import SentimentEngine
from bot.score.alignment import LexicalMatcher
from bot.score.scoring import rules_version
from bot.wiring.adapters import build_engine
from bot.wiring.score.rules import build_scoring
from config.settings import load_settings


def built(tmp_path: Path, text: str) -> SentimentEngine:
    path = tmp_path / "heard.toml"
    path.write_text(text, encoding="utf-8")
    return build_engine(load_settings(path))


def test_the_default_engine_is_the_trained_one_and_vader_stays_selectable(tmp_path: Path) -> None:
    assert built(tmp_path, "").name == "heard"
    assert built(tmp_path, '[score]\nengine = "vader"\n').name == "vader"


def test_engine_options_reach_the_engine(tmp_path: Path) -> None:
    assert built(tmp_path, "[score.engine_options]\nabstain_below = 0.5\n").version.endswith(":0.5")
    several = '[score]\nengine = ["vader", "heard"]\n[score.engine_options.heard]\nabstain_below = 0.5\n'
    assert built(tmp_path, several).version.endswith(":0.5")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[score.engine_options]\nabstain_bellow = 0.5\n", "abstain_bellow"),
        ('[score]\nengine = "vader"\n[score.engine_options]\nabstain_below = 0.5\n', "abstain_below"),
        ('[score]\nengine = ["vader", "heard"]\n[score.engine_options]\nabstain_below = 0.5\n', "abstain_below"),
    ],
)
def test_an_unknown_option_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named) as caught:
        built(tmp_path, text)
    assert str(tmp_path / "heard.toml") in str(caught.value)


def test_a_matcher_by_embeddings_is_one_line_and_scores_name_its_model(tmp_path: Path) -> None:
    path = tmp_path / "heard.toml"
    path.write_text('[score]\nmatcher = "minilm"\n', encoding="utf-8")
    settings = load_settings(path)
    scoring = build_scoring(settings, build_engine(settings))
    assert "minilm@" in scoring.matcher.version
    assert rules_version(scoring) != rules_version(replace(scoring, matcher=LexicalMatcher()))
    path.write_text('[score]\nmatcher = "minilim"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[score\] matcher: model 'minilim': there is no such directory"):
        build_scoring(load_settings(path), build_engine(settings))
