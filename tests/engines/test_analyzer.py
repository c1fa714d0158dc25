from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bot.engines.analyzer import Analyzer
from tests.support.shared import shared_path

OURS, PACKAGE = Analyzer(), SentimentIntensityAnalyzer()

WORDS = """
    good bad GREAT no not never so this without doubt least at kind of sort but but, BUT isn't n't don't very extremely
    kinda love hate to die for the shit bomb yeah right bus stop kiss death bad ass badass beating heart hand mouth
    :) :( ! !!! ? ??? 😍 😍😡 ❤️ 👍🏽 a the cooking upper just enough NO or nor
"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=14))
def test_each_mix_of_words_that_matter_scores_as_by_the_package(words: list[str]) -> None:
    text = " ".join(words)
    assert OURS.polarity_scores(text) == PACKAGE.polarity_scores(text)


@given(st.text(max_size=40))
def test_any_text_scores_as_by_the_package(text: str) -> None:
    assert OURS.polarity_scores(text) == PACKAGE.polarity_scores(text)


def test_recorded_texts_score_as_they_did() -> None:
    with shared_path("eval/vader_parity.jsonl").open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            assert OURS.polarity_scores(row.pop("text")) == row
