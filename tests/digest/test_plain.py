from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.plain import clean, safe_url, shorten


def test_lines_are_folded_and_invisible_characters_dropped() -> None:
    assert clean("a\r\nb\tc\u2028d\x00e\u202ef\u2066g\u200bh\ufeffi") == "a b c d efghi"


def test_joiners_that_shape_words_and_emoji_stay() -> None:
    assert clean("می\u200cخواهم 👩\u200d🍳") == "می\u200cخواهم 👩\u200d🍳"


def test_stacked_accents_are_bounded() -> None:
    assert clean("e" + "\u0301" * 50 + "x") == "e" + "\u0301" * 3 + "x"


def test_half_a_character_becomes_one_that_can_be_sent() -> None:
    assert clean("a\ud83d b").encode() == "a\ufffd b".encode()


def test_long_texts_are_cut_at_a_word() -> None:
    assert shorten("one two three four five", 14) == "one two three…"
    assert shorten("short", 14) == "short"


def test_an_endless_word_is_cut() -> None:
    assert len(shorten("a" * 100_000, 120)) <= 36
    assert shorten("see " + "a" * 50 + " now", 120) == "see " + "a" * 35 + "… now"


def test_a_text_that_begins_with_much_nothing_is_still_marked_as_cut() -> None:
    assert shorten(" " * 1000 + "late", 20) == "…"


@given(st.text(max_size=300), st.integers(5, 80))
def test_what_comes_out_is_short_one_line_and_visible(text: str, length: int) -> None:
    short = shorten(text, length)
    assert len(short) <= length
    assert all(unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") for char in short)
    assert shorten(short, length) == short


@pytest.mark.parametrize("url", ["https://example.org/a?b=c&d=%20#e", "http://example.org", "https://bücher.example/ü"])
def test_web_addresses_pass(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *(None, "", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//example.org", "/path", "mailto:a@b"),
        *("https://", "https://a b", "https://a\nb", 'https://a"b', "https://a<b", "ftp://a", "https://[::1", "https:///x"),
        *("https://user:pass@example.org", " https://example.org", "https://a\u202eb", "java\tscript:x", "https://a/" + "x" * 3000),
    ],
)  # fmt: skip
def test_anything_else_is_no_link(url: str | None) -> None:
    assert safe_url(url) is None
