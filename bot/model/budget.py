"""What listening may cost, what it did cost, and how it is thinned before the money ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading cost: billable reads, and US dollars by the configured price list."""

    reads: int = 0
    usd: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.reads + other.reads, self.usd + other.usd)

    def times(self, number: float) -> Cost:
        """So many times this cost; reads are rounded up."""
        return Cost(-int(-self.reads * number // 1), self.usd * number)


FREE = Cost()
"""What costs nothing."""


class Stage(StrEnum):
    """How much of a source is read for its money, from everything to nothing; each stage holds those before it."""

    FULL = "full"
    NO_AUTHORS = "no-authors"
    """Nobody is looked up: followers stay unknown."""
    FEWER = "fewer"
    """Subjects of lower priority are read once a day."""
    COUNTS = "counts-only"
    """Nothing is read; how much was said is counted."""
    REST = "rest"

    @property
    def rank(self) -> int:
        """0 for everything, 4 for nothing."""
        return list(Stage).index(self)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may cost at most in a UTC day and a UTC month. None: no limit."""

    reads_per_day: int | None = None
    reads_per_month: int | None = None
    usd_per_day: float | None = None
    usd_per_month: float | None = None

    def __bool__(self) -> bool:
        return self != Limits()


class Purse(Protocol):
    """A poll's hold on its source's budget, which other processes may be spending too."""

    def left(self) -> Allowance:
        """What is left now."""
        ...

    def set_aside(self, most: Cost, what: str = "") -> None:
        """Writes down, before a request is made, the most that it may cost, in place of what was set aside before.

        ``what`` names the request's search. ``FREE`` gives back what was set aside: the request was not billed. The
        next page settles it. Raises ``BudgetSpent`` where the budget does not hold as much any more.
        """
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one poll may use at most: billable reads and US dollars. None: no limit set.

    ``stage`` says how much to read for it; ``put_off`` are subjects to read only once a day. ``purse`` is asked before
    each request that costs; without one the figures alone hold.
    """

    reads: int | None = None
    usd: float | None = None
    stage: Stage = Stage.FULL
    put_off: frozenset[str] = frozenset()
    purse: Purse | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing that a platform bills once a UTC day however often it is read: its kind, its id and its price."""

    kind: str
    id: str
    usd: float


@dataclass(frozen=True, slots=True)
class Bill:
    """What on a page is billed once in ``day`` (UTC)."""

    day: date
    resources: tuple[Resource, ...] = ()


POST = "post"
"""The kind of resource that platforms count in their usage figures."""


@dataclass(frozen=True, slots=True)
class HourCount:
    """How many posts one subject's searches find in the hour that begins at ``hour`` (aware UTC)."""

    subject: str
    hour: datetime
    posts: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many posts all subjects' searches found in how many hours of a UTC day, the last beginning at ``last``."""

    hours: int
    posts: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Volume:
    """An answer to a question of how much was said, and what it cost."""

    counts: tuple[HourCount, ...] = ()
    cost: Cost = FREE


@dataclass(frozen=True, slots=True)
class DayCost:
    """A source's UTC day in the ledger.

    ``booked`` is what it cost, everything billed once a day counted once, requests in doubt at their most; ``most`` is
    what it would have cost had every reading been billed; ``in_doubt`` the part of ``booked`` whose answer never came;
    ``posts`` the posts in ``booked``.
    """

    booked: Cost = FREE
    most: Cost = FREE
    in_doubt: Cost = FREE
    posts: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """A sum that is expected: the median and the ends of a 90 % prediction interval, from ``days`` complete days."""

    median: float
    low: float
    high: float
    days: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A day's posts as we counted them and as the platform did.

    ``in_doubt`` are ours whose answer never came. ``platform`` is None where it did not say, with the ``reason``.
    """

    day: date
    ours: int
    in_doubt: int
    platform: int | None
    asked_at: datetime
    reason: str | None = None

    @property
    def difference(self) -> int | None:
        """How many more the platform counts than we do at most (below zero: than we do at least); 0: they agree."""
        if self.platform is None:
            return None
        return max(self.platform - self.ours, 0) or min(self.platform - (self.ours - self.in_doubt), 0)
