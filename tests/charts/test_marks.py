"""Activities on a chart: named where there is room, and no word covers another or is crossed by a line."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts.marks import LANES, LISTED, Label, Mark, place_labels
from bot.charts.theme import LIGHT, theme_of
from tests.support.counts import examples

FIRST = date(2026, 3, 1)
LAST = date(2026, 3, 28)
NARROW = theme_of("light", narrow=True)


def mark(day: int, text: str) -> Mark:
    return Mark(FIRST + timedelta(days=day), text)


def span(label: Label, size: int) -> tuple[float, float]:
    """From where to where words take room, at the width that is reckoned for them."""
    width = 4 + len(label.text) * 0.52 * size
    return (label.at - width, label.at) if label.before else (label.at, label.at + width)


def test_marks_of_one_day_share_a_label_and_the_same_words_stand_once() -> None:
    (label,) = place_labels([mark(3, "Mailing"), mark(3, "Fair"), mark(3, "Mailing")], FIRST, LAST, LIGHT)
    assert label.text == "Mailing · Fair"


def test_words_near_the_right_edge_stand_before_their_line() -> None:
    early, late = place_labels([mark(1, "Tasting evening"), mark(26, "Tasting evening")], FIRST, LAST, LIGHT)
    assert (early.before, late.before) == (False, True)


def test_long_words_are_cut_and_hidden_characters_go() -> None:
    (label,) = place_labels([mark(1, "\u202eA\x00\x1b[31m" + "x" * 500)], FIRST, LAST, LIGHT)
    assert len(label.text) <= 34
    assert label.text.isprintable()
    assert label.text.endswith("…")


def test_where_there_is_no_room_for_all_words_lines_have_numbers_and_a_list() -> None:
    crowded = [mark(2, "Press release: the new wrapper"), mark(16, "Spring letter to customers"),
               mark(24, "Stall at the spring market")]  # fmt: skip
    labels = place_labels(crowded, FIRST, LAST, NARROW)
    assert [(label.number, label.lane) for label in labels] == [(1, 3), (2, 2), (3, 1)]
    assert [label.text for label in labels] == [f"{place}  {one.text}" for place, one in enumerate(crowded, start=1)]
    many = place_labels([mark(day, f"Mailing {day:02} to all customers") for day in range(20)], FIRST, LAST, NARROW)
    assert [label.lane for label in many] == [*range(LISTED, 0, -1), *[None] * 12]
    assert many[LISTED - 1].text == "8–20  Mailing 07 to all customers, and 12 more"


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.builds(mark, st.integers(-3, 30), st.text(max_size=40)), max_size=25))
def test_no_words_cover_others_or_are_crossed_by_a_line(marks: list[Mark]) -> None:
    for theme in (LIGHT, NARROW):
        labels = place_labels(marks, FIRST, LAST, theme)
        assert [label.at for label in labels] == sorted({label.at for label in labels})
        if any(label.number for label in labels):
            continue  # numbers at the lines; the words stand in a list, a row each
        named = [label for label in labels if label.lane is not None]
        assert all(0 <= (label.lane or 0) < LANES for label in named)
        for one in named:
            start, end = span(one, theme.size)
            assert start >= 0
            assert end <= theme.width
            for other in named:
                if other is one:
                    continue
                left, right = span(other, theme.size)
                if other.lane == one.lane:
                    assert right <= start or end <= left
                elif (other.lane or 0) > (one.lane or 0):  # its line rises past these words
                    assert not start < other.at < end
