"""Where it was said: sources, what they have covered, what they cost, and the pages that connectors yield."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.model.budget import FREE, Bill, Cost, Limits
from bot.model.item import Item, Unread
from bot.model.relevance import Stance

Cursor = Mapping[str, Any]
"""JSON of a connector's own making; opaque to all but the connector that wrote it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open stretch of time ``[start, end)``, aware UTC."""

    start: datetime
    end: datetime


class GapCause(StrEnum):
    """Why an interval was not covered."""

    DOWN = "down"
    RATE_LIMIT = "rate-limit"
    BUDGET = "budget"
    BLOCKED = "blocked"
    OVERFLOW = "overflow"
    STALE_CURSOR = "stale-cursor"
    ROLLED_OVER = "rolled-over"
    PAUSED = "paused"
    NOT_POLLED = "not-polled"


@dataclass(frozen=True, slots=True)
class Gap:
    """An interval that was not covered, with its cause."""

    interval: Interval
    cause: GapCause


@dataclass(frozen=True, slots=True)
class Page:
    """What a connector yields: items and the cursor that is saved with them in one transaction.

    ``cursor`` None leaves the stored cursor as it is. ``covered`` is what this page proves was looked at. ``gaps`` are
    intervals that the connector knows it could not read. ``come_back_after`` is the pace the server asked for. ``cost``
    is the most that the page costs; ``bill`` is what of it is billed once a day only. ``subjects`` are those it was
    asked for. ``settles`` names a search that is now read to its end: what was in doubt about it has been read again.
    ``removed`` are keys of items that the platform has deleted, ``removed_under`` beginnings of keys under which it has
    deleted all (an author's, say): what is stored of them is erased before ``items`` are saved. ``unread`` are further
    items, which were looked at and can match nothing; they count as fetched like ``items``.
    """

    items: tuple[Item, ...] = ()
    cursor: Cursor | None = None
    covered: Interval | None = None
    gaps: tuple[Gap, ...] = ()
    cost: Cost = FREE
    come_back_after: timedelta | None = None
    bill: Bill | None = None
    subjects: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    removed_under: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()


class State(StrEnum):
    """How a source is doing. ``new``: never polled yet; ``thin``: read in part, to stay within the budget;
    ``silent``: answers well, but has given nothing new for longer than its own history explains.
    """

    NEW = "new"
    OK = "ok"
    THIN = "thin"
    RATE_LIMITED = "rate-limited"
    FAILING = "failing"
    BLOCKED = "blocked"
    UNAUTHORISED = "unauthorised"
    OUT_OF_CREDIT = "out-of-credit"
    SILENT = "silent"
    PAUSED = "paused"

    @property
    def is_well(self) -> bool:
        """Whether it answers and gives what is wanted, or as much as the budget allows."""
        return self in {State.OK, State.THIN}

    @property
    def is_broken(self) -> bool:
        """Whether people are told; what passes by itself (a rate limit) or was wanted (a pause) is not."""
        return self in {State.FAILING, State.BLOCKED, State.UNAUTHORISED, State.OUT_OF_CREDIT, State.SILENT}


@dataclass(frozen=True, slots=True)
class Source:
    """A configured source. ``every`` is the wanted pace; the budget is per UTC day and UTC month, None: no limit."""

    id: str
    connector: str
    every: timedelta
    options: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0
    reads_per_day: int | None = None
    usd_per_month: float | None = None
    reads_per_month: int | None = None
    usd_per_day: float | None = None

    @property
    def limits(self) -> Limits:
        """The budget."""
        return Limits(self.reads_per_day, self.reads_per_month, self.usd_per_day, self.usd_per_month)

    relevance: Stance = Stance.JUDGE


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is polled on its own: a source, or one feed address of an rss source (``feed``, else ``""``)."""

    source: str
    feed: str = ""

    def __str__(self) -> str:
        return f"{self.source} {self.feed}".strip()


@dataclass(frozen=True, slots=True)
class TargetState:
    """A target's row: the schedule is data. Times are aware UTC; ``since`` is when the present state began.

    ``gaps`` are those of the interval that a listing asks about; a row read for polling carries none.
    ``silent_after`` is when it counts as silent if nothing new comes (None: too little is known to say).
    """

    target: Target
    state: State = State.NEW
    since: datetime | None = None
    cursor: Cursor | None = None
    next_poll_at: datetime | None = None
    last_success: datetime | None = None
    failures: int = 0
    error_kind: str | None = None
    error: str | None = None
    gaps: tuple[Gap, ...] = ()
    first_polled: datetime | None = None
    silent_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one poll of one target did; printed by ``heard collect`` and kept as a row."""

    target: Target
    started_at: datetime
    state: State
    fetched: int = 0
    matched: int = 0
    new: int = 0
    duplicates: int = 0
    cost: Cost = FREE
    covered: Interval | None = None
    error_kind: str | None = None
    error: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving one page changed: mentions new to the store, mentions it already had; and what was booked for it."""

    new: int = 0
    duplicates: int = 0
    edited: int = 0
    cost: Cost = field(default=FREE, compare=False)
