from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Subject
from bot.score.advocacy import AGAINST, FOR, PRAISE_DESPITE_NOT, Turns
from bot.score.finding import Finder
from bot.score.naming import masked, named_in, names_any
from bot.score.words import stems_of

_ADDRESS = r"(?:https?://|www\.)\S+|(?<![\w@])@\w+"
SUBJECTS = (
    Subject("s", "Şile & Söhne", "", handles=("@sile",), neutral_phrases=("ſilk  road", "[x]")),
    Subject("k", "Kiosk", "", handles=("@kiosk", " "), neutral_phrases=("-- ", "hw")),
    Subject("nobody", "", ""),
)
PARTS = ("Şile", " & ", "söhne", "@SILE", "silk", " ", "\n", "road", "[X]", "Kiosk", "kioſK", "K", "@kiosk", "--")
ADDRESSES = ("HTTPS://a.b ", "httpſ://", "xhttp://c", "www.d", "awww.e", "@f", "@@g", "a@h.i", "w", "http", "é", "_")
TEXT = st.lists(st.sampled_from((*PARTS, *ADDRESSES)), max_size=12).map("".join)


def spans(pattern: str, text: str, start: int, end: int) -> list[tuple[int, int]]:
    """What the standard library finds."""
    return [found.span() for found in re.compile(pattern, re.IGNORECASE).finditer(text, start, end)]


def whole(phrases: tuple[str, ...]) -> list[str]:
    written = sorted(
        {phrase.strip() for phrase in phrases if phrase.strip()}, key=lambda phrase: (-len(phrase), phrase)
    )
    return [r"(?<!\w)" + r"\s+".join(map(re.escape, phrase.split())) + r"(?!\w)" for phrase in written]


@given(TEXT, st.sampled_from(SUBJECTS), st.data())
def test_names_and_addresses_are_found_where_a_plain_search_finds_them(
    text: str, subject: Subject, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    own = (subject.name, *subject.handles)
    toneless = spans("|".join([_ADDRESS, *whole((*own, *subject.neutral_phrases))]), text, start, end)
    assert masked(text, start, end, subject, ()) == tuple((left - start, right - start) for left, right in toneless)
    names = spans("|".join(whole(own)) or r"(?!)", text, start, end)
    assert named_in(text, start, end, subject, ()) == tuple((left - start, right - start) for left, right in names)
    assert names_any(text[start:end], (subject,)) == bool(
        spans("|".join(whole(own)) or r"(?!)", text[start:end], 0, end)
    )


def test_several_subjects_are_looked_for_at_once() -> None:
    assert names_any("at the kiosk", SUBJECTS)
    assert not names_any("at the kiosks", SUBJECTS)
    assert not names_any("at the kiosk", ())


@given(TEXT)
def test_addresses_and_handles_are_no_words(text: str) -> None:
    plain = text
    if "http" in text or "@" in text or "www." in text:
        plain = re.sub(r"(?:https?://|www\.)\S+|(?<!\w)@\w+", " ", text, flags=re.IGNORECASE)
    assert stems_of(text) == stems_of(plain.replace("@", " "))


def test_a_match_that_runs_over_the_next_beginning_takes_it_in() -> None:
    finder = Finder(re.compile("a"), re.compile("aa|ab"))
    assert [found[0] for found in finder.finditer("aaab ab a", 0, 9)] == ["aa", "ab", "ab"]


@given(st.data(), st.sampled_from((PRAISE_DESPITE_NOT, AGAINST, FOR)))
def test_every_turn_of_phrase_holds_one_of_its_cues(data: st.DataObject, turns: Turns) -> None:
    text = data.draw(st.from_regex(turns.pattern))
    assert any(cue in text for cue in turns.cues)
