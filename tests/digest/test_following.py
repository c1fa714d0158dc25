"""What operations read about deletions at the source."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.digest.content.following import following_lines
from bot.model import Cost, State, Target, TargetState
from bot.model.rechecking import LookNote, PlatformFollow

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = LookNote(4_200, 17, 3 * HOUR, 26 * HOUR, Cost(4_000, 20.0))
X = PlatformFollow("x", None, 10_000, 120, 0, 0, NOON, NOON, WEEK)


def test_what_is_due_and_how_last_week_went_is_one_line_a_platform() -> None:
    (line,) = following_lines([X], {"x"}, {"reddit"})
    assert line == (
        "X: 120 of 10,000 to be asked about now. In the last 7 days 4,200 were looked at and 17 were gone and erased, at "
        "most 3 h after they were due and 1 d 2 h after they were deleted there; that cost $20.00."
    )


def test_what_is_overdue_in_hand_or_refused_is_said() -> None:
    state = TargetState(Target("x"), State.UNAUTHORISED, error="X refuses the bearer token")
    (line,) = following_lines([replace(X, overdue=7, in_hand=5, state=state, week=LookNote())], {"x"}, set())
    assert "7 overdue by more than a day, 5 handed in, the answer to come." in line
    assert line.endswith("Nothing was asked in the last 7 days. Unauthorised: X refuses the bearer token")


def test_what_nobody_can_ask_about_is_purged() -> None:
    (line,) = following_lines([replace(X, platform="reddit", week=LookNote(0, 31))], {"x"}, {"reddit"})
    assert line == "Reddit: 120 of 10,000 to be purged now. Purged in the last 7 days: 31."


def test_what_nobody_asks_about_any_more_is_said() -> None:
    (line,) = following_lines([X], set(), {"reddit"})
    assert line == "X: 10,000 are kept, and no source is configured that asks about them."
