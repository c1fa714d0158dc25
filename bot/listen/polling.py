"""When a target is polled next, and what a poll's outcome makes of its state. Contains no I/O and no clock."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
from bot.listen.states import CAUSES, Event, after, event_of
from bot.model import Gap, GapCause, Interval, State, TargetState

BACK_OFF_FIRST = timedelta(minutes=2)
WAIT_MOST = timedelta(hours=24)
"""The longest back-off, and the longest that a server can make us wait."""
BUDGET_MOST = timedelta(days=32)
"""The longest that a spent budget can last: until the next month."""
JITTER = 0.1
"""Share of a wait that is spread by the target's name, so that many targets do not fall due together."""

OVERDUE = timedelta(hours=2)
"""Nobody was there for a poll that is later than this: Heard was not running, or the source was not configured.

Less is a busy hour, or a ``heard collect`` that is started every hour.
"""

KINDS: tuple[type[SourceError], ...] = (
    *(RateLimited, BudgetSpent, Unauthorised, AccessDenied),
    *(BadResponse, Unreachable, Unavailable),
)
"""The kinds that people and programs are told, finer ones first."""


def is_due(state: TargetState, now: datetime) -> bool:
    """Whether a target is to be polled; a blocked or paused one has no next poll until a person resumes it."""
    return state.state is not State.PAUSED and state.next_poll_at is not None and state.next_poll_at <= now


def is_adrift(state: TargetState, now: datetime, every: timedelta) -> bool:
    """Whether the next poll lies further off than any wait can be: it was set while the clock ran ahead, and is due."""
    longest = BUDGET_MOST if state.state is State.OUT_OF_CREDIT else max(WAIT_MOST, every) * (1 + JITTER)
    return state.state is not State.PAUSED and state.next_poll_at is not None and state.next_poll_at > now + longest


def after_success(
    state: TargetState, now: datetime, every: timedelta, come_back_after: timedelta | None, *, thin: bool = False
) -> TargetState:
    """The state after a poll that came through; the server's pace holds where it is slower than the wanted one.

    ``thin``: less was read than was wanted, to stay within the budget.
    """
    pace = max(every, min(come_back_after or timedelta(0), WAIT_MOST))
    quiet = state.silent_after is not None and now >= state.silent_after
    event = Event.THINNED if thin else Event.QUIET if quiet else Event.ANSWERED
    return replace(
        _moved(state, event, now),
        next_poll_at=now + _spread(pace, state),
        last_success=now,
        failures=0,
        error_kind=None,
        error=None,
    )


def after_error(state: TargetState, error: SourceError, now: datetime, every: timedelta) -> TargetState:
    """The state after a poll that failed: what happens next is decided by the kind of the error alone."""
    failures = state.failures if isinstance(error, RateLimited) else state.failures + 1
    return replace(
        _moved(state, event_of(error), now),
        next_poll_at=_next_after(error, failures, now, every, state),
        failures=failures,
        error_kind=_kind_of(error).__name__,
        error=str(error),
    )


def gap_after_error(state: TargetState, error: SourceError, now: datetime) -> Gap | None:
    """What is not covered while the target fails: from the last success (or the first failure) up to now."""
    # a time that lies ahead was written while the clock ran ahead
    start = next((at for at in (state.last_success, state.since) if at is not None and at < now), None)
    cause = CAUSES[after(State.OK, event_of(error))]
    return Gap(Interval(start, now), cause) if start is not None else None


def unpolled(state: TargetState, now: datetime) -> tuple[Gap, ...]:
    """What has not been looked at since the last poll for a cause that is known: trouble, a pause, nobody there.

    A next poll may yet prove that it missed none of it. What is merely not due yet is no gap.
    """
    due = state.next_poll_at
    late = due if due is not None and due + OVERDUE < now and state.state is not State.PAUSED else None
    gaps = []
    if state.state in CAUSES and state.since is not None:
        gaps.append(Gap(Interval(state.since, late or now), CAUSES[state.state]))
    if late is not None and state.first_polled is not None:
        gaps.append(Gap(Interval(late, now), GapCause.NOT_POLLED))
    return tuple(gap for gap in gaps if gap.interval.start < gap.interval.end)


def day_start(now: datetime) -> datetime:
    """Midnight UTC: X's billing counts in UTC days."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def month_start(now: datetime) -> datetime:
    """The first moment of the UTC month."""
    return day_start(now).replace(day=1)


def month_after(now: datetime) -> datetime:
    """The first moment of the next UTC month."""
    return (month_start(now) + timedelta(days=32)).replace(day=1)


def _moved(state: TargetState, event: Event, now: datetime) -> TargetState:
    """The target in the state the event leads to; ``since`` moves only when the state does, or lies ahead of now."""
    new = after(state.state, event)
    began = now if new is not state.state or state.since is None else min(state.since, now)
    return replace(state, state=new, since=began, first_polled=state.first_polled or now)


def _kind_of(error: SourceError) -> type[SourceError]:
    """The kind in the error tree; a connector may raise a finer one of its own (a feed that is gone for good)."""
    return next((kind for kind in KINDS if isinstance(error, kind)), SourceError)


def _next_after(
    error: SourceError, failures: int, now: datetime, every: timedelta, state: TargetState
) -> datetime | None:
    match error:
        case RateLimited():
            return _within(error.retry_at, now, WAIT_MOST)
        case BudgetSpent():
            # Without an end that is known (credits are bought by people) it is worth asking again once a day.
            return _within(error.until or now + timedelta(days=1), now, BUDGET_MOST)
        case AccessDenied():
            return None
        case _:
            steps = min(failures - 1, 16)
            wait = min(max(BACK_OFF_FIRST, every / 4) * 2**steps, max(WAIT_MOST, every))
            named = error.retry_at if isinstance(error, Unavailable) else None
            return max(now + _spread(wait, state), _within(named or now, now, WAIT_MOST))


def _within(moment: datetime, now: datetime, most: timedelta) -> datetime:
    """A time that somebody else named, at least a second and at most ``most`` from now."""
    return min(max(moment, now + timedelta(seconds=1)), now + most)


def _spread(wait: timedelta, state: TargetState) -> timedelta:
    """``wait`` and up to a tenth more, by the target's name and failures: equal in every run, other for each target."""
    digest = hashlib.sha256(f"{state.target}#{state.failures}".encode()).digest()
    return wait * (1 + JITTER * digest[0] / 255)
