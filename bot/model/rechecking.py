"""Nouns of looking again: whether what is kept still stands at its platform, when to ask next, and what the answer
was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.budget import FREE, Bill, Cost
from bot.model.item import Item
from bot.model.source import Cursor, TargetState


@dataclass(frozen=True, slots=True)
class Gone:
    """An item that its platform does not show any more. ``since`` is when that began, where the platform says so."""

    key: str
    reason: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One step of a re-check: what a platform answered, or has taken to answer later.

    ``looked`` are keys that are answered for, those of ``gone`` among them; ``taken`` were handed in for an answer to
    come. ``settled``: what was handed in before is answered, but for ``gone`` it all stands; ``released``: it never
    will be, and is to be handed in anew. ``items`` have changed and are saved. ``cursor`` None leaves the stored one as
    it is, an empty one clears it. ``cost`` and ``bill`` are a page's. ``come_back_after``: there is no more to do
    before.
    """

    looked: tuple[str, ...] = ()
    gone: tuple[Gone, ...] = ()
    items: tuple[Item, ...] = ()
    taken: tuple[str, ...] = ()
    settled: bool = False
    released: bool = False
    cursor: Cursor | None = None
    cost: Cost = FREE
    bill: Bill | None = None
    come_back_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RecheckPlan:
    """When a platform is asked about what it gave: at these ages, then again and again ``then_every``.

    ``purge``: the age at which words are erased where nobody can ask about them; None: they stay.
    """

    ages: tuple[timedelta, ...]
    then_every: timedelta
    purge: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An item that is followed. ``due_at``: when it is to be looked at; ``looked_at`` None: never since it was read."""

    key: str
    published_at: datetime | None
    collected_at: datetime
    due_at: datetime
    looked_at: datetime | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class LookNote:
    """What one look came to, for the log. ``late``: how long the one that waited longest had been due; ``lag``: the
    longest from a deletion to its being noticed, where the platform says when it was.
    """

    looked: int = 0
    gone: int = 0
    late: timedelta = timedelta(0)
    lag: timedelta | None = None
    cost: Cost = FREE


@dataclass(frozen=True, slots=True)
class PlatformFollow:
    """How following stands with a platform. ``kept`` are followed, counted up to 100,001. ``due`` are to be looked at
    now, ``overdue`` for longer than a day, ``oldest`` since when; ``next_due``: when the next will be; ``in_hand``:
    handed in, the answer to come. ``week`` is what the last seven days came to.

    ``state`` None: it was never asked.
    """

    platform: str
    state: TargetState | None
    kept: int
    due: int
    overdue: int
    in_hand: int
    oldest: datetime | None
    next_due: datetime | None
    week: LookNote
