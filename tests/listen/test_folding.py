"""Folding: one spelling for many, with a way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listen.folding import Folded, fold, is_boundary

TRICKY = st.text(
    st.sampled_from(
        "aZ 9_-ßﬁﬃİıée\u0301\u0327Øæ’“…½²\u00ad\u200b\u200d\ufe0f🍫각\u1100\u1161\u11a8がｶﾞไม้कि्שָ＠Ａ\ud800Ǆŉ\n"
    ),
    max_size=20,
)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("İstanbul", "istanbul"),
        ("ıstanbul", "istanbul"),
        ("Crème Brûlée", "creme brulee"),
        ("cre\u0300me", "creme"),
        ("Smørrebrød", "smorrebrod"),
        ("don’t “quote”", 'don\'t "quote"'),
        ("Coca‑Cola – yes", "coca-cola - yes"),
        ("ＡＣＭＥ＠", "acme@"),
        ("tru\u00adff\u200ble", "truffle"),
        ("♥\ufe0f", "♥"),
        ("Σίσυφος", "σισυφοσ"),
        ("Ѐлка", "елка"),
        ("مُحَمَّد", "محمد"),
    ],
)
def test_spellings_of_one_word_fold_to_one_form(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("ハ", "パ"), ("ไม", "ไม้"), ("क", "कि"), ("कय", "क्य")])
def test_marks_that_make_another_letter_are_kept(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.one_of(st.text(), TRICKY))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.one_of(st.text(), TRICKY), st.one_of(st.text(), TRICKY))
def test_a_fold_is_made_of_the_folds_of_its_parts(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)


@given(st.text(st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_equals_the_long_one(text: str) -> None:
    assert fold(text + "é") == fold(text) + "e"


@given(TRICKY, st.data())
def test_a_folded_stretch_leads_back_to_a_slice_that_folds_to_it(text: str, data: st.DataObject) -> None:
    folded = Folded(text)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    span = folded.original_span(start, end)
    if span is None:  # only where it would cut the fold of one character in two
        assert any(len(fold(character)) > 1 for character in text)
    else:
        assert fold(text[slice(*span)]) == folded.text[start:end]


@given(st.one_of(st.text(), TRICKY))
def test_each_folded_character_leads_back_to_the_one_it_came_from(text: str) -> None:
    origins = [at for at, character in enumerate(text) for _ in fold(character)]
    folded = Folded(text)
    assert [folded._origin(at) for at in range(len(folded.text))] == origins


def test_an_accent_written_after_its_letter_belongs_to_the_stretch() -> None:
    assert Folded("cafe\u0301 noir").original_span(0, 4) == (0, 5)


def test_a_part_of_a_ligature_has_no_place_in_the_original() -> None:
    assert Folded("ﬁn").original_span(0, 1) is None
    assert Folded("ﬁn").original_span(0, 2) == (0, 1)


def test_half_a_surrogate_pair_becomes_a_character_that_can_be_encoded() -> None:
    assert fold("a\ud800b").encode() == "a\N{REPLACEMENT CHARACTER}b".encode()


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("tea time", 3, True),
        ("team", 3, False),
        ("tea_", 3, False),
        ("tea2", 3, False),
        ("tea.", 3, True),
        ("teaを", 3, True),
        ("生チョコ", 1, True),
        ("か\u3099", 1, False),
        ("क\u093f", 1, False),
        ("", 0, True),
        ("tea", 3, True),
    ],
)
def test_words_begin_and_end_between_unlike_characters_and_anywhere_in_scripts_without_spaces(
    text: str, at: int, expected: bool
) -> None:
    assert is_boundary(text, at) is expected
