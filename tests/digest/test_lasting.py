"""A trouble that repeats every morning is told otherwise as it lasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.digest.compose import compose
from bot.digest.content.lasting import lasting
from bot.model import Audience, State, Target, TargetState
from tests.digest import made, sample

ZONE = ZoneInfo("Europe/London")
BEGUN = datetime(2026, 11, 10, 4, 10, tzinfo=ZONE)
READ = datetime(2026, 11, 10, 3, 10, tzinfo=ZONE)
REDDIT = Target("reddit")


def told(day: int, state: State = State.BLOCKED, last_success: datetime | None = READ) -> str | None:
    """What is said on the morning of the so-manieth day of a trouble."""
    now = (BEGUN + timedelta(days=day - 1)).replace(hour=8)
    found = lasting(TargetState(REDDIT, state, since=BEGUN, last_success=last_success), now, "Europe/London")
    return None if found is None else found.text


def test_the_words_change_as_the_trouble_lasts() -> None:
    assert told(1) is None
    assert told(2) is None
    assert told(3) == "still blocked, for the third day (since Tue 04:10)"
    assert told(7) == "still blocked, for the seventh day (since 10 Nov 04:10)"
    assert told(8) == "blocked for 7 days (nothing of it since 10 Nov)"
    assert told(13) == "blocked for 12 days (nothing of it since 10 Nov)"
    texts = [told(day) for day in range(3, 30)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("state", [state for state in State if not state.is_broken and state is not State.PAUSED])
def test_what_passes_by_itself_is_no_lasting_trouble(state: State) -> None:
    assert told(20, state) is None


def test_it_says_what_was_last_heard() -> None:
    assert told(20, State.SILENT, BEGUN + timedelta(days=18)) == "silent for 19 days (nothing new of it since 10 Nov)"
    assert told(20, State.FAILING, None) == "failing for 19 days (nothing of it was ever read)"
    assert told(20, State.FAILING, READ - timedelta(days=3)) == "failing for 19 days (nothing of it since 7 Nov)"


def test_days_are_those_of_the_calendar_there() -> None:
    late = BEGUN.replace(hour=23, minute=50)
    state = TargetState(REDDIT, State.BLOCKED, since=late, last_success=READ)
    assert lasting(state, late + timedelta(hours=25), "Europe/London") is not None  # ten past midnight of the third day
    assert lasting(state, late + timedelta(hours=23), "Europe/London") is None


def test_a_long_trouble_stands_in_verdict_subject_line_and_advice() -> None:
    since = sample.NOW - timedelta(days=12)
    old = TargetState(sample.REDDIT, State.BLOCKED, since=since, last_success=since)
    body = compose(made.given(Audience.EXECUTIVE, targets=[old], objectives=()))
    assert "Reddit blocked for 12 days (nothing of it since 3 July), so the counts may be too low." in body["verdict"]
    assert "Reddit blocked for 12 days" in body["subject_line"]
    assert [row["text"] for row in body["advice"] if row["kind"] == "start"] == [
        "repairing Reddit: blocked for 12 days (nothing of it since 3 July)."
    ]
    assert body["health"][0]["lasting"]
