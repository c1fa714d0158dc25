"""Vital signs: when each of the bot's tasks last ran, what waits, and how often sources were polled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class TaskMark:
    """The last run of one of the bot's tasks on one host. Times are aware UTC.

    ``at`` is when it ended, or when the bot began before there was one; ``every`` the pause between two looks. ``took``
    is None before the first run, ``succeeded_at`` until one went well.
    """

    host: str
    task: str
    every: timedelta
    at: datetime
    took: timedelta | None = None
    succeeded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be done: how many, and since when the oldest of them is due (None: nothing waits)."""

    number: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class PollTally:
    """Polls of a source since it was first polled, by the state and the kind of error (``""``: none) they ended
    with.
    """

    source: str
    state: str
    error_kind: str
    polls: int
    fetched: int
    new: int
