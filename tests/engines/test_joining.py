from __future__ import annotations

import pytest

from bot.engines.joining import LONGEST, joined
from bot.engines.vader import engine
from bot.model import Genre
from bot.ports import Passage

TEXT = "Moonbar is late.  Not bad, says Ann. It is great at Moonbar!"


def passage(part: str, *names: tuple[int, int]) -> Passage:
    return Passage(part, TEXT.index(part), names, names)


FIRST, LAST = passage("Moonbar is late.", (0, 7)), passage("It is great at Moonbar!", (15, 22))


def test_a_posts_passages_are_one_text_in_which_every_place_is_right() -> None:
    (one,) = joined([FIRST, LAST], Genre.POST)
    assert one.text == TEXT.replace("Not bad, says Ann.", " " * 18)
    assert [one.text[start:end] for start, end in one.masked] == ["Moonbar", "Moonbar"]
    assert one.named == one.masked
    late = Passage(LAST.text, LAST.start + 5)
    assert joined([Passage("Hm.", FIRST.start + 5), late], Genre.POST)[0].start == FIRST.start + 5


@pytest.mark.parametrize("genre", [None, Genre.DISCUSSION, Genre.ARTICLE])
def test_other_writing_stays_as_it_is(genre: Genre | None) -> None:
    assert joined([FIRST, LAST], genre) == [FIRST, LAST]


def test_what_cannot_be_one_text_stays_as_it_is() -> None:
    far = Passage("It is great.", LONGEST)
    for passages in ([], [FIRST], [FIRST, far], [LAST, FIRST], [FIRST, FIRST]):
        assert joined(passages, Genre.POST) == passages
    assert len(joined([FIRST, Passage("x", LONGEST - 1)], Genre.POST)) == 1


def test_sentences_without_a_blank_between_are_joined_too() -> None:
    assert joined([Passage("Good!", 0), Passage("😀", 5)], Genre.POST) == (Passage("Good!😀", 0),)


def test_vader_reads_a_post_as_one_text_and_anything_else_by_sentence() -> None:
    vader = engine({})
    together = vader.read([FIRST, LAST], {}, Genre.POST)
    assert together.tone == vader.read([Passage(TEXT.replace("Not bad, says Ann.", ""), 0)], {}).tone
    assert vader.read([FIRST, LAST], {}, Genre.ARTICLE).tone == vader.read([FIRST, LAST], {}).tone != together.tone
    assert [TEXT[span.start : span.end] for span in together.spans] == ["great"]
