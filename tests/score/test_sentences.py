from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.score.sentences import _BREAK, LONGEST, _found_breaks, split_sentences

SOCIAL = st.text(st.sampled_from("aB1 .!?…\n😍，。’\")('@#/:-\u200d\ufe0f\u00a0"), max_size=200)


def cut(text: str, headline: int = 0) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, headline)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Dr. J. K. Smith paid 3.50 at 5 p.m. The shop closed.",
            ["Dr. J. K. Smith paid 3.50 at 5 p.m.", "The shop closed."],
        ),
        ("i love it. the truffle was great", ["i love it.", "the truffle was great"]),
        ("it was great... really great… Then we left", ["it was great... really great…", "Then we left"]),
        ("See https://a.example/b.c?d=e. Next", ["See https://a.example/b.c?d=e.", "Next"]),
        ("Wow! 😍 Next one 😍 Great stuff", ["Wow! 😍", "Next one 😍", "Great stuff"]),
        ("It is No. 5 in the U.S. market. Fine.", ["It is No. 5 in the U.S. market.", "Fine."]),
        ("I said no. They left.", ["I said no.", "They left."]),
        ("We called Acme Inc. They were rude.", ["We called Acme Inc.", "They were rude."]),
        ("Acme Inc. Chief Jane Doe spoke.", ["Acme Inc. Chief Jane Doe spoke."]),
        ("1. First thing\n2. Second thing. Done", ["1. First thing", "2. Second thing.", "Done"]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("今日は。明日は！", ["今日は。", "明日は！"]),
        ("one\n\ntwo\nthree", ["one", "two", "three"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text: str, sentences: list[str]) -> None:
    assert cut(text) == sentences


def test_a_headline_is_a_sentence_of_its_own_however_it_ends() -> None:
    text = "Moon opens\nand the queue was long."
    assert cut(text, headline=len("Moon opens")) == ["Moon opens", "and the queue was long."]


def test_a_line_wrapped_at_a_fixed_width_goes_on() -> None:
    text = "This is a long line of prose that was wrapped at the\nwidth of seventy. Done"
    assert cut(text) == [text[:-5], "Done"]


@given(SOCIAL, st.integers(0, 20))
def test_sentences_are_ordered_disjoint_and_cover_all_that_is_not_blank(text: str, headline: int) -> None:
    spans = split_sentences(text, min(headline, len(text)))
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@given(SOCIAL, st.integers(0, 20))
def test_jumping_from_sign_to_sign_finds_every_break(text: str, start: int) -> None:
    found = [match.span() for match in _found_breaks(text, start)]
    assert found == [match.span() for match in _BREAK.finditer(text, start)]


def test_what_runs_on_without_a_stop_is_cut_at_a_pause() -> None:
    spans = split_sentences("word " * 1_000)
    assert all(end - start <= LONGEST for start, end in spans)
    assert len(spans) > 4


@pytest.mark.parametrize("unit", ["a.", " \n", "😍", "😍 ", " ", ".", "..x", "!)", "no. ", "a\n", ". "])
def test_no_text_takes_more_than_linear_time(unit: str) -> None:
    started = time.process_time()
    split_sentences(unit * 50_000 + "x")
    assert time.process_time() - started < 3
