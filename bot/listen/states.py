"""The one state machine of sources: what each event makes of each state. Pure; the table is the whole of it."""

from __future__ import annotations

from enum import StrEnum

from bot.errors import AccessDenied, BudgetSpent, RateLimited, SourceError, Unauthorised
from bot.model import GapCause, State


class Event(StrEnum):
    """What can happen to a source: how a poll ended, or what a person did."""

    ANSWERED = "answered"
    THINNED = "thinned"
    QUIET = "quiet"
    LIMITED = "limited"
    FAILED = "failed"
    REFUSED = "refused"
    UNAUTHORISED = "unauthorised"
    SPENT = "spent"
    PAUSED = "paused"
    RESUMED = "resumed"


LEADS_TO: dict[Event, State] = {
    Event.ANSWERED: State.OK,
    Event.THINNED: State.THIN,
    Event.QUIET: State.SILENT,
    Event.LIMITED: State.RATE_LIMITED,
    Event.FAILED: State.FAILING,
    Event.REFUSED: State.BLOCKED,
    Event.UNAUTHORISED: State.UNAUTHORISED,
    Event.SPENT: State.OUT_OF_CREDIT,
    Event.PAUSED: State.PAUSED,
    Event.RESUMED: State.OK,
}
"""Where an event leads, whatever was before; :data:`TRANSITIONS` has the exceptions in it."""

_EXCEPTIONS: dict[tuple[State, Event], State] = {
    # A poll that was under way when a person paused the source does not undo the pause.
    **{(State.PAUSED, event): State.PAUSED for event in Event if event is not Event.RESUMED},
    # Nothing is known of a source that never answered.
    (State.NEW, Event.RESUMED): State.NEW,
}
TRANSITIONS: dict[tuple[State, Event], State] = {
    **{(state, event): LEADS_TO[event] for state in State for event in Event},
    **_EXCEPTIONS,
}
"""The state after, for every state and event."""

CAUSES: dict[State, GapCause] = {
    State.RATE_LIMITED: GapCause.RATE_LIMIT,
    State.FAILING: GapCause.DOWN,
    State.BLOCKED: GapCause.BLOCKED,
    State.UNAUTHORISED: GapCause.BLOCKED,
    State.OUT_OF_CREDIT: GapCause.BUDGET,
    State.PAUSED: GapCause.PAUSED,
}
"""Why nothing is looked at in these states; in every other a source is looked at."""

_EVENTS: tuple[tuple[type[SourceError], Event], ...] = (
    (RateLimited, Event.LIMITED),
    (BudgetSpent, Event.SPENT),
    (Unauthorised, Event.UNAUTHORISED),
    (AccessDenied, Event.REFUSED),
    (SourceError, Event.FAILED),
)


def event_of(error: SourceError) -> Event:
    """What an error is to a source; a connector's own finer kinds count as what they are a kind of."""
    return next(event for kind, event in _EVENTS if isinstance(error, kind))


def after(state: State, event: Event) -> State:
    """The state after an event."""
    return TRANSITIONS[state, event]
