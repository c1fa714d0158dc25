"""When a target is polled next, as a table: outcome in, state out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AccessDenied, BadResponse, BudgetSpent, RateLimited, SourceError, Unavailable, Unreachable
from bot.listen.polling import (
    after_error,
    after_success,
    gap_after_error,
    is_adrift,
    is_due,
)
from bot.model import Gap, GapCause, Interval, Source, State, Target, TargetState

NOW = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FRESH = TargetState(Target("blogs", "https://example.org/feed"), since=NOW - DAY, next_poll_at=NOW)
PAID = Source("x", "twitter", HOUR, reads_per_day=100, usd_per_month=5.0)


class Finer(Unavailable):
    """A connector's own kind."""


def wait_after(error: SourceError, failures: int = 0, every: timedelta = HOUR) -> timedelta:
    coming = after_error(replace(FRESH, failures=failures), error, NOW, every).next_poll_at
    assert coming is not None
    return coming - NOW


@pytest.mark.parametrize(
    ("failures", "every", "least"),
    [
        (0, MINUTE, 2 * MINUTE),
        (0, HOUR, 15 * MINUTE),
        (1, HOUR, 30 * MINUTE),
        (2, HOUR, HOUR),
        (5, HOUR, 8 * HOUR),
        (7, HOUR, DAY),
        (10_000, HOUR, DAY),
        (3, 7 * DAY, 7 * DAY),
    ],
)
@pytest.mark.parametrize("error", [Unavailable("down"), BadResponse("web page"), Finer("gone"), SourceError("odd")])
def test_failures_back_off_doubling_up_to_a_day_or_the_wanted_pace(
    error: SourceError, failures: int, every: timedelta, least: timedelta
) -> None:
    assert least <= wait_after(error, failures, every) <= least * 1.1


@pytest.mark.parametrize(
    ("error", "state", "kind", "cause"),
    [
        (RateLimited("wait", retry_at=NOW + HOUR), State.RATE_LIMITED, "RateLimited", GapCause.RATE_LIMIT),
        (BudgetSpent("spent"), State.OUT_OF_CREDIT, "BudgetSpent", GapCause.BUDGET),
        (AccessDenied("403"), State.BLOCKED, "AccessDenied", GapCause.BLOCKED),
        (Finer("404"), State.FAILING, "Unavailable", GapCause.DOWN),
        (Unreachable("hangs"), State.FAILING, "Unreachable", GapCause.DOWN),
        (BadResponse("html"), State.FAILING, "BadResponse", GapCause.DOWN),
        (SourceError("odd"), State.FAILING, "SourceError", GapCause.DOWN),
    ],
)
def test_the_kind_of_an_error_alone_decides_what_becomes_of_a_target(
    error: SourceError, state: State, kind: str, cause: GapCause
) -> None:
    before = replace(FRESH, state=State.OK, last_success=NOW - 3 * HOUR)
    after = after_error(before, error, NOW, HOUR)
    assert (after.state, after.error_kind, after.error, after.since) == (state, kind, str(error), NOW)
    assert after.failures == (0 if kind == "RateLimited" else 1)
    assert after_error(after, error, NOW + HOUR, HOUR).since == NOW, "a state's beginning stays"
    assert gap_after_error(before, error, NOW) == Gap(Interval(NOW - 3 * HOUR, NOW), cause)
    assert gap_after_error(TargetState(FRESH.target), error, NOW) is None


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (RateLimited("wait", retry_at=NOW + 20 * MINUTE), 20 * MINUTE),
        (RateLimited("long ago", retry_at=NOW - DAY), SECOND),
        (RateLimited("in years", retry_at=NOW + 999 * DAY), DAY),
        (BudgetSpent("until midnight", until=NOW + 90 * MINUTE), 90 * MINUTE),
        (BudgetSpent("nobody knows"), DAY),
        (BudgetSpent("in years", until=NOW + 999 * DAY), 32 * DAY),
        (Unavailable("in years", retry_at=NOW + 999 * DAY), DAY),
        (Unavailable("at four", retry_at=NOW + 4 * HOUR), 4 * HOUR),
    ],
)
def test_a_named_wait_holds_within_reason(error: SourceError, wait: timedelta) -> None:
    assert wait_after(error) == wait


def test_a_blocked_target_has_no_next_poll() -> None:
    after = after_error(FRESH, AccessDenied("no"), NOW, HOUR)
    assert after.next_poll_at is None
    assert not is_due(after, NOW + 999 * DAY)
    assert not is_adrift(after, NOW, HOUR)


def test_a_success_forgets_the_failures_and_keeps_the_slower_pace() -> None:
    broken = replace(FRESH, state=State.FAILING, failures=4, error_kind="Unavailable", error="down")
    after = after_success(broken, NOW, HOUR, 3 * HOUR)
    assert (after.state, after.since, after.last_success) == (State.OK, NOW, NOW)
    assert (after.failures, after.error_kind, after.error) == (0, None, None)
    for every, server, pace in ((HOUR, 3 * HOUR, 3 * HOUR), (3 * HOUR, HOUR, 3 * HOUR), (HOUR, 999 * DAY, DAY)):
        coming = after_success(broken, NOW, every, server).next_poll_at
        assert coming is not None
        assert pace <= coming - NOW <= pace * 1.1
    assert after_success(after, NOW + DAY, HOUR, None).since == NOW


def test_many_targets_do_not_fall_due_together_and_each_always_at_the_same_time() -> None:
    states = [replace(FRESH, target=Target("blogs", f"https://example.org/{n}")) for n in range(50)]
    first, second = ([after_success(s, NOW, HOUR, None).next_poll_at for s in states] for _ in range(2))
    assert first == second
    assert len(set(first)) > 40


@given(
    st.sampled_from(["rate", "budget", "down", "ok"]),
    st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9999)),
    st.timedeltas(min_value=MINUTE, max_value=timedelta(days=60)),
    st.integers(0, 99),
)
def test_no_outcome_sets_a_target_adrift_and_a_clock_that_is_put_back_does(
    outcome: str, named: timedelta, every: timedelta, failures: int
) -> None:
    state, moment = replace(FRESH, failures=failures), NOW + named
    after = {
        "rate": lambda: after_error(state, RateLimited("", retry_at=moment), NOW, every),
        "budget": lambda: after_error(state, BudgetSpent("", until=moment), NOW, every),
        "down": lambda: after_error(state, Unavailable("", retry_at=moment), NOW, every),
        "ok": lambda: after_success(state, NOW, every, named),
    }[outcome]()
    assert not is_adrift(after, NOW, every)
    assert is_adrift(after, NOW - 100 * DAY, every)
    assert not is_adrift(replace(after, state=State.PAUSED), NOW - 100 * DAY, every)


def test_trouble_after_a_clock_was_put_back_is_seen_though_all_that_is_known_lies_ahead() -> None:
    ahead = replace(FRESH, state=State.FAILING, since=NOW + 9 * DAY, last_success=NOW + 8 * DAY, first_polled=NOW - DAY)
    failing = after_error(ahead, Unavailable("down"), NOW, HOUR)
    assert failing.since == NOW
    later = NOW + HOUR
    assert gap_after_error(failing, Unavailable("down"), later) == Gap(Interval(NOW, later), GapCause.DOWN)


def test_a_target_is_due_from_its_time_on_unless_paused() -> None:
    assert is_due(FRESH, NOW)
    assert not is_due(FRESH, NOW - SECOND)
    assert not is_due(replace(FRESH, state=State.PAUSED), NOW)
