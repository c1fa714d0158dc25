"""Where it was said: sources, what they have covered, what they cost, and the pages that connectors yield."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.model.item import Item

Cursor = Mapping[str, Any]
"""JSON of a connector's own making; opaque to all but the connector that wrote it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open stretch of time ``[start, end)``, aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading cost: billable reads, and US dollars by the configured price list."""

    reads: int = 0
    usd: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.reads + other.reads, self.usd + other.usd)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one poll may use at most: billable reads and US dollars. None: no limit set."""

    reads: int | None = None
    usd: float | None = None


class GapCause(StrEnum):
    """Why an interval was not covered."""

    DOWN = "down"
    RATE_LIMIT = "rate-limit"
    BUDGET = "budget"
    BLOCKED = "blocked"
    OVERFLOW = "overflow"
    STALE_CURSOR = "stale-cursor"
    ROLLED_OVER = "rolled-over"


@dataclass(frozen=True, slots=True)
class Gap:
    """An interval that was not covered, with its cause."""

    interval: Interval
    cause: GapCause


@dataclass(frozen=True, slots=True)
class Page:
    """What a connector yields: items and the cursor that is saved with them in one transaction.

    ``cursor`` None leaves the stored cursor as it is. ``covered`` is what this page proves was looked at. ``gaps`` are
    intervals that the connector knows it could not read. ``come_back_after`` is the pace the server asked for.
    """

    items: tuple[Item, ...] = ()
    cursor: Cursor | None = None
    covered: Interval | None = None
    gaps: tuple[Gap, ...] = ()
    cost: Cost = Cost()
    come_back_after: timedelta | None = None


class State(StrEnum):
    """How a source is doing. ``new``: never polled yet."""

    NEW = "new"
    OK = "ok"
    RATE_LIMITED = "rate-limited"
    FAILING = "failing"
    BLOCKED = "blocked"
    OUT_OF_CREDIT = "out-of-credit"
    PAUSED = "paused"


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
    cost: Cost = Cost()
    covered: Interval | None = None
    error_kind: str | None = None
    error: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving one page changed: mentions new to the store, and mentions it already had."""

    new: int = 0
    duplicates: int = 0
    edited: int = 0
