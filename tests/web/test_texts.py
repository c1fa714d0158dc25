"""What others wrote, cut into pieces for a page: every word is there once, in its place, and nothing that nobody sees."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Alignment, Outcome
from bot.web.pages.texts import LONGEST, Span, around, marked

SPANS = st.lists(st.builds(Span, st.integers(-5, 60), st.integers(-5, 60), st.sampled_from(["name", "good", "quote"])))
PLAIN = st.text(alphabet="ab \nü漢", max_size=50)


@given(PLAIN, SPANS)
def test_pieces_put_together_are_the_text_and_each_is_marked_by_what_covers_it(text: str, spans: list[Span]) -> None:
    pieces = marked(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    at = 0
    for piece in pieces:
        for place in range(at, at + len(piece.text)):
            assert set(piece.kinds) == {span.kind for span in spans if span.start <= place < span.end}
        at += len(piece.text)


@given(st.text(max_size=200), SPANS)
def test_nothing_unseen_is_left_in_any_piece(text: str, spans: list[Span]) -> None:
    for piece in marked(text, spans):
        for char in piece.text:
            assert unicodedata.category(char) not in ("Cf", "Cs", "Zl", "Zp") or char in "\u200c\u200d"
            assert char == "\n" or unicodedata.category(char) != "Cc"


def test_unseen_characters_are_told_of_once_a_run() -> None:
    pieces = marked("a\u202eb\u200b\u200b\u2060c", [])
    assert [(piece.text, piece.unseen) for piece in pieces] == [
        ("a", 0),
        ("U+202E", 1),
        ("b", 0),
        ("3 unseen", 3),
        ("c", 0),
    ]


def test_a_stack_of_accents_stays_on_its_line() -> None:
    (piece,) = marked("e" + "\u0301" * 500, [])
    assert len(piece.text) == 4


def test_a_huge_text_costs_little_and_shows_its_beginning() -> None:
    pieces = marked("word " * 100_000, [Span(0, 10**9, "quote")])
    assert sum(len(piece.text) for piece in pieces) == LONGEST


def test_a_quote_stands_marked_among_its_neighbours() -> None:
    text = "b" * 300 + "QUOTE" + "a" * 300
    pieces = around(text, Alignment("m", Outcome.FULL, 1.0, "QUOTE", 300, 305))
    assert [piece.text for piece in pieces if "quote" in piece.kinds] == ["QUOTE"]
    assert (pieces[0].text, pieces[-1].text) == ("… ", " …")
    assert sum(len(piece.text) for piece in pieces) < 300
