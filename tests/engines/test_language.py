from __future__ import annotations

import csv

import pytest

from bot.engines.language import identifier
from tests.support.shared import shared_path

IDENTIFIER = identifier()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The chocolate in this little shop is wonderful and the people are kind", "en"),
        ("Die Schokolade in diesem kleinen Laden ist wunderbar", "de"),
        ("RT @someone: La boutique est fermée depuis hier soir https://t.example/abc", "fr"),
        ("この小さなお店のチョコレートは素晴らしいです", "ja"),
    ],
)
def test_a_plain_text_is_identified(text: str, language: str) -> None:
    assert IDENTIFIER.identify(text) == language


@pytest.mark.parametrize(
    "text", ["", "ok", "😍😍😍", "@moon https://example.org/the/whole/thing #chocolate", "12:30 – 14:00"]
)
def test_too_little_to_tell_is_no_answer(text: str) -> None:
    assert IDENTIFIER.identify(text) is None


@pytest.mark.parametrize(
    "text", ["\ud800 hello there my friend", "\x00" * 50 + " hello there my friends", "a" * 100_000]
)
def test_odd_texts_do_no_harm(text: str) -> None:
    assert IDENTIFIER.identify(text) is None or isinstance(IDENTIFIER.identify(text), str)


def test_its_answers_on_the_development_tweets_are_right() -> None:
    """Every fifth tweet: it answers for 80 % and more, right in 97 % and more of its answers."""
    with shared_path("eval/lang/tweets_lid_dev.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["lang"] != "unk"][
            ::5
        ]
    answers = [(row["lang"], IDENTIFIER.identify(row["text"])) for row in rows]
    given = [(true, said) for true, said in answers if said is not None]
    assert len(given) / len(answers) >= 0.80
    assert sum(true == said for true, said in given) / len(given) >= 0.965
