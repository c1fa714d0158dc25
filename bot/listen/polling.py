"""When a target is polled next, and what a poll's outcome makes of its state. Contains no I/O and no clock."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.errors import AccessDenied, BadResponse, BudgetSpent, RateLimited, SourceError, Unavailable, Unreachable
from bot.model import Allowance, Cost, Gap, GapCause, Interval, Source, State, TargetState

BACK_OFF_FIRST = timedelta(minutes=2)
WAIT_MOST = timedelta(hours=24)
"""The longest back-off, and the longest that a server can make us wait."""
BUDGET_MOST = timedelta(days=32)
"""The longest that a spent budget can last: until the next month."""
JITTER = 0.1
"""Share of a wait that is spread by the target's name, so that many targets do not fall due together."""

STATES: dict[type[SourceError], tuple[State, GapCause]] = {
    RateLimited: (State.RATE_LIMITED, GapCause.RATE_LIMIT),
    BudgetSpent: (State.OUT_OF_CREDIT, GapCause.BUDGET),
    AccessDenied: (State.BLOCKED, GapCause.BLOCKED),
}
"""What an error makes of a target; every other kind is FAILING / DOWN."""
KINDS: tuple[type[SourceError], ...] = (RateLimited, BudgetSpent, AccessDenied, BadResponse, Unreachable, Unavailable)


def is_due(state: TargetState, now: datetime) -> bool:
    """Whether a target is to be polled; a blocked or paused one has no next poll until a person resumes it."""
    return state.state is not State.PAUSED and state.next_poll_at is not None and state.next_poll_at <= now


def is_adrift(state: TargetState, now: datetime, every: timedelta) -> bool:
    """Whether the next poll lies further away than any wait can be: it was set while the clock ran ahead, and is due."""
    longest = BUDGET_MOST if state.state is State.OUT_OF_CREDIT else max(WAIT_MOST, every) * (1 + JITTER)
    return state.state is not State.PAUSED and state.next_poll_at is not None and state.next_poll_at > now + longest


def after_success(
    state: TargetState, now: datetime, every: timedelta, come_back_after: timedelta | None
) -> TargetState:
    """The state after a poll that came through; the server's pace holds where it is slower than the wanted one."""
    pace = max(every, min(come_back_after or timedelta(0), WAIT_MOST))
    return replace(
        state,
        state=State.OK,
        since=now if state.state is not State.OK else state.since,
        next_poll_at=now + _spread(pace, state),
        last_success=now,
        failures=0,
        error_kind=None,
        error=None,
    )


def after_error(state: TargetState, error: SourceError, now: datetime, every: timedelta) -> TargetState:
    """The state after a poll that failed: what happens next is decided by the kind of the error alone."""
    kind = _kind_of(error)
    new_state, _ = STATES.get(kind, (State.FAILING, GapCause.DOWN))
    failures = state.failures if isinstance(error, RateLimited) else state.failures + 1
    return replace(
        state,
        state=new_state,
        since=now if state.state is not new_state else state.since,
        next_poll_at=_next_after(error, failures, now, every, state),
        failures=failures,
        error_kind=kind.__name__,
        error=str(error),
    )


def gap_after_error(state: TargetState, error: SourceError, now: datetime) -> Gap | None:
    """What is not covered while the target fails: from the last success (or the first failure) up to now."""
    _, cause = STATES.get(_kind_of(error), (State.FAILING, GapCause.DOWN))
    start = state.last_success or state.since
    return Gap(Interval(start, now), cause) if start is not None and start < now else None


def allowance(source: Source, today: Cost, this_month: Cost) -> Allowance:
    """What one poll may still use of the source's budget; zero or less raises BudgetSpent in :func:`refuse_if_spent`."""
    return Allowance(
        reads=None if source.reads_per_day is None else max(0, source.reads_per_day - today.reads),
        usd=None if source.usd_per_month is None else max(0.0, source.usd_per_month - this_month.usd),
    )


def refuse_if_spent(left: Allowance, now: datetime) -> None:
    """Raises BudgetSpent until the next UTC day or month when nothing is left."""
    if left.usd is not None and left.usd <= 0:
        raise BudgetSpent("this month's budget (usd_per_month) is spent", until=month_after(now))
    if left.reads is not None and left.reads <= 0:
        raise BudgetSpent("today's budget (reads_per_day) is spent", until=day_start(now) + timedelta(days=1))


def day_start(now: datetime) -> datetime:
    """Midnight UTC: X's billing counts in UTC days."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def month_start(now: datetime) -> datetime:
    """The first moment of the UTC month."""
    return day_start(now).replace(day=1)


def month_after(now: datetime) -> datetime:
    """The first moment of the next UTC month."""
    return (month_start(now) + timedelta(days=32)).replace(day=1)


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
    """``wait`` and up to a tenth more, by the target's name and failures: the same in every run, other for every target."""
    digest = hashlib.sha256(f"{state.target}#{state.failures}".encode()).digest()
    return wait * (1 + JITTER * digest[0] / 255)
