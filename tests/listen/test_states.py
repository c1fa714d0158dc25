"""The state machine of sources: a table without a hole, and what polling makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    AccessDenied,
    BadResponse,
    BudgetSpent,
    RateLimited,
    SourceError,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from bot.listen.polling import OVERDUE, after_error, after_success, unpolled
from bot.listen.states import CAUSES, TRANSITIONS, Event, after, event_of
from bot.model import Gap, GapCause, Interval, State, Target, TargetState

NOW = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TARGET = Target("blogs", "https://example.org/feed")
MOMENTS = st.integers(0, 12 * 365 * 86_400).map(
    lambda second: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
ERRORS = st.one_of(
    st.builds(RateLimited, st.just("wait"), retry_at=MOMENTS),
    st.builds(BudgetSpent, st.just("spent"), until=st.none() | MOMENTS),
    st.builds(Unavailable, st.just("down"), retry_at=st.none() | MOMENTS),
    st.sampled_from(
        [AccessDenied("403"), Unauthorised("401"), BadResponse("html"), Unreachable("?"), SourceError("?")]
    ),
)
STATES = st.builds(
    TargetState,
    target=st.just(TARGET),
    state=st.sampled_from(State),
    since=st.none() | MOMENTS,
    next_poll_at=st.none() | MOMENTS,
    last_success=st.none() | MOMENTS,
    failures=st.integers(0, 99),
    first_polled=st.none() | MOMENTS,
    silent_after=st.none() | MOMENTS,
)


def test_every_event_from_every_state_has_one_state_after_it() -> None:
    assert set(TRANSITIONS) == {(state, event) for state in State for event in Event}


@pytest.mark.parametrize("event", [event for event in Event if event is not Event.RESUMED])
def test_a_pause_ends_by_being_resumed_and_by_nothing_else(event: Event) -> None:
    assert after(State.PAUSED, event) is State.PAUSED
    assert after(State.PAUSED, Event.RESUMED) is State.OK


@pytest.mark.parametrize("state", [state for state in State if state is not State.PAUSED])
def test_what_a_poll_found_does_not_hang_on_what_was_before(state: State) -> None:
    found = {event: after(state, event) for event in Event if event is not Event.RESUMED}
    assert found == {
        Event.ANSWERED: State.OK,
        Event.THINNED: State.THIN,
        Event.QUIET: State.SILENT,
        Event.LIMITED: State.RATE_LIMITED,
        Event.FAILED: State.FAILING,
        Event.REFUSED: State.BLOCKED,
        Event.UNAUTHORISED: State.UNAUTHORISED,
        Event.SPENT: State.OUT_OF_CREDIT,
        Event.PAUSED: State.PAUSED,
    }


def test_refused_credentials_are_told_from_a_page_that_says_no() -> None:
    assert event_of(Unauthorised("401")) is Event.UNAUTHORISED
    assert event_of(AccessDenied("403")) is Event.REFUSED


def test_each_state_in_which_nothing_is_looked_at_has_a_cause_and_no_other() -> None:
    looked_at = {State.NEW, State.OK, State.THIN, State.SILENT}
    assert set(CAUSES) == set(State) - looked_at


@given(STATES, ERRORS, st.timedeltas(timedelta(minutes=1), 40 * DAY))
def test_an_error_gives_a_defined_state_that_begins_when_it_changes_and_no_poll_in_the_past(
    before: TargetState, error: SourceError, every: timedelta
) -> None:
    found = after_error(before, error, NOW, every)
    assert found.state is after(before.state, event_of(error))
    assert found.since == (min(before.since, NOW) if found.state is before.state and before.since else NOW)
    assert found.next_poll_at is None or found.next_poll_at > NOW
    assert (found.next_poll_at is None) == isinstance(error, AccessDenied)
    assert found.first_polled == (before.first_polled or NOW)


@given(STATES, st.booleans(), st.none() | st.timedeltas(-DAY, 99 * DAY), st.timedeltas(timedelta(minutes=1), 40 * DAY))
def test_a_success_is_well_thin_or_silent_and_keeps_a_pause(
    before: TargetState, thin: bool, pace: timedelta | None, every: timedelta
) -> None:
    found = after_success(before, NOW, every, pace, thin=thin)
    quiet = before.silent_after is not None and before.silent_after <= NOW
    well = State.THIN if thin else State.SILENT if quiet else State.OK
    assert found.state is (State.PAUSED if before.state is State.PAUSED else well)
    assert found.since == (min(before.since, NOW) if found.state is before.state and before.since else NOW)
    assert found.next_poll_at is not None
    assert found.next_poll_at > NOW
    assert (found.error, found.failures) == (None, 0)


@given(STATES)
def test_what_nobody_looked_at_lies_in_the_past_each_moment_once(state: TargetState) -> None:
    gaps = unpolled(state, NOW)
    assert all(gap.interval.start < gap.interval.end <= NOW for gap in gaps if state.since is None or state.since < NOW)
    assert len(gaps) < 2 or gaps[0].interval.end == gaps[1].interval.start
    if state.state in {State.OK, State.THIN, State.SILENT} and (state.next_poll_at or NOW) >= NOW - OVERDUE:
        assert gaps == ()


def test_a_source_that_nobody_asked_for_days_is_not_polled_from_when_it_was_due() -> None:
    state = TargetState(TARGET, State.OK, since=NOW - 9 * DAY, next_poll_at=NOW - 8 * DAY, first_polled=NOW - 9 * DAY)
    assert unpolled(state, NOW) == (Gap(Interval(NOW - 8 * DAY, NOW), GapCause.NOT_POLLED),)
    assert unpolled(state, NOW - 8 * DAY + HOUR) == ()
