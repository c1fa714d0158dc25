"""How much was said, in words: nought, one and many, what was not looked at, and what has no tone yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.digest.content.links import Links
from bot.digest.content.volume import (
    DAYS,
    LEAST_DAYS,
    LEAST_WEEKS,
    WEEKS,
    History,
    known_days,
    volume_chart,
    volume_row,
)
from bot.model import Audience, Interval, Period, Window
from bot.model.digest import ToneCount
from tests.digest import made, sample

DAY = timedelta(days=1)
START = datetime(2026, 3, 27, 23, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def told(negative: int, neutral: int = 0, positive: int = 0, unknown: int = 0, *, looked: bool = True) -> ToneCount:
    return ToneCount(sample.WINDOW.interval, negative, neutral, positive, unknown, looked)


def text(now: ToneCount, before: ToneCount) -> str:
    row = volume_row(
        History(now, before), made.report(Audience.PR), sample.WINDOW, "Mon 13 July", (), Links("")
    )  # fmt: skip
    assert row is not None
    return str(row["text"])


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (told(0), "No story by others was found."),
        (told(0, looked=False), "No story by others was found, and not everything was looked at."),
        (told(1), "1 story by others, a negative one."),
        (told(0, 1), "1 story by others, not a negative one."),
        (told(0, unknown=1), "1 story by others, not scored."),
        (told(1, looked=False), "At least 1 story by others, a negative one."),
        (told(2, 1), "3 stories by others, 2 of them negative."),
        (told(0, 3), "3 stories by others, none of them negative."),
        (told(0, 0, 0, 3), "3 stories by others, none of them negative, 3 not scored."),
    ],
)
def test_nought_one_and_many_read_well(now: ToneCount, said: str) -> None:
    assert text(now, told(2, 3)) == f"{said} Mon 13 July: 5, 2 negative."


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (told(0, 30), told(0, 20), "(+50 %)"),
        (told(0, 20), told(0, 40), "(−50 %)"),
        (told(0, 200), told(0, 199), "(+1 %)"),
        (told(0, 1000), told(0, 999), "(about as many)"),
    ],
)
def test_a_change_in_per_cent_is_told_of_twenty_and_more(now: ToneCount, before: ToneCount, said: str) -> None:
    assert text(now, before).endswith(f" negative {said}.")
    assert "%" not in text(replace(now, neutral=19), before)
    assert "%" not in text(now, replace(before, neutral=19))
    assert "(" not in text(replace(now, looked=False), before)
    assert text(now, replace(before, looked=False)).endswith("but not everything was looked at then.")


def test_none_before_is_said_in_a_word() -> None:
    assert text(told(0, 3), told(0)).endswith("Mon 13 July: none.")


def test_three_covered_weekdays_are_needed_to_say_what_is_usual() -> None:
    for seen in range(5):
        row = volume_row(
            made.history(weeks_seen=seen), made.report(Audience.PR), sample.WINDOW, "b", (), Links("")
        )  # fmt: skip
        assert row is not None
        assert (row["weekdays"]["median"] is not None) is (seen >= LEAST_WEEKS == 3)


def night(number: int, *, looked: bool = True, stories: int = 2) -> ToneCount:
    """A local day of Berlin around the change of the clocks on 29 March 2026, which has 23 hours."""
    starts = [START + place * DAY - (timedelta(hours=1) if place > 1 else timedelta(0)) for place in range(number + 2)]
    return ToneCount(Interval(starts[number], starts[number + 1]), 0, stories, 0, 0, looked)


def test_each_bar_is_a_local_day_over_a_change_of_the_clocks() -> None:
    days = tuple(night(place) for place in range(5))
    chart = volume_chart(History(told(0), told(0), (), days), (), BERLIN)
    assert chart is not None
    assert [row["day"] for row in chart["days"]] == [str(date(2026, 3, 28) + place * DAY) for place in range(5)]
    assert days[1].stretch.end - days[1].stretch.start == timedelta(hours=23)


def test_days_before_heard_was_there_are_no_bars_and_later_dark_ones_are() -> None:
    days = (night(0, looked=False, stories=0), night(1), night(2, looked=False, stories=0), night(3))
    assert known_days(days) == days[1:]
    assert known_days((night(0, looked=False), night(1))) == (night(0, looked=False), night(1)), "something was found"
    assert known_days((night(0, looked=False, stories=0),)) == ()


def test_a_few_days_make_no_chart() -> None:
    days = tuple(night(place) for place in range(LEAST_DAYS))
    assert volume_chart(History(told(0), told(0), (), days), (), BERLIN) is not None
    assert volume_chart(History(told(0), told(0), (), days[1:]), (), BERLIN) is None
    assert volume_chart(None, (), BERLIN) is None


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((night(0), night(1, stories=5)), "The 2 days to Sun 29 Mar: most on Sun 29 Mar, 5 stories."),
        ((night(0, stories=1),), "The 1 day to Sat 28 Mar: most on Sat 28 Mar, 1 story."),
        ((night(0, stories=0),), "The 1 day to Sat 28 Mar: nothing by others on any day that was looked at."),
        (
            (night(0), night(1, looked=False, stories=9)),
            "The 2 days to Sun 29 Mar: most on Sat 28 Mar, 2 stories; 1 day was not fully looked at.",
        ),
        ((night(0, looked=False),), ""),
    ],
)
def test_the_busiest_day_is_one_that_was_looked_at(days: tuple[ToneCount, ...], said: str) -> None:
    window = Window(days[0].stretch.start, days[-1].stretch.end, BERLIN)
    row = volume_row(
        History(told(0), told(0), (), days), made.report(Audience.PR), window, "b", (), Links("")
    )  # fmt: skip
    assert row is not None
    assert row["days_text"] == said


def test_how_far_back_is_looked_is_what_the_documentation_says() -> None:
    assert (WEEKS, LEAST_WEEKS, LEAST_DAYS) == (4, 3, 4)
    assert DAYS == {Period.DAY: 28, Period.WEEK: 56, Period.MONTH: 92}


def test_the_chart_names_the_days_that_it_shows() -> None:
    chart = volume_chart(History(told(0), told(0), (), tuple(night(place) for place in range(5))), (), BERLIN)
    assert chart is not None
    assert chart["alt"].startswith("A bar for each day, 28 Mar–1 Apr:")


def test_a_digest_of_several_days_is_held_against_those_days() -> None:
    weeks = tuple(told(1, 6) for _ in range(WEEKS))
    window = Window(sample.WINDOW.start - 2 * DAY, sample.WINDOW.end, sample.WINDOW.timezone)
    row = volume_row(History(told(0, 3), told(0, 3), weeks), made.report(Audience.PR), window, "b", (), Links(""))
    assert row is not None
    assert row["weekdays_text"] == "The last 4 Sundays to Tuesdays: 7 each; negative: 1 each."
