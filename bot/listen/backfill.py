"""The use case of backfilling: read a source's past without disturbing what is read live.

A backfill has a cursor of its own beside the target's; neither the target's cursor, nor its state, nor its next poll is
touched. What it reads is saved like any page, so a second run adds nothing, and coverage closes the gaps that it fills.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.listen import budget
from bot.listen.collect import LEASE, Desk, mentions_on
from bot.listen.polling import day_start, month_start
from bot.listen.spending import SourcePurse
from bot.model import FREE, Allowance, Cost, Interval, Query, Saved, Target
from bot.ports import Backfilling, Connector, Paid


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be read: an interval of one target's past, for all subjects (``subject`` None) or for one."""

    target: Target
    interval: Interval
    subject: str | None = None
    up_to_now: bool = False
    """Whether nobody named the interval's end."""

    @property
    def id(self) -> str:
        """The same wish, broken off and taken up again, goes on where it was."""
        end = "" if self.up_to_now else self.interval.end.isoformat()
        said = f"{self.target}|{self.interval.start.isoformat()}|{self.subject or ''}|{end}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a backfill would read. ``out_of_reach``: what its platform gives no more; ``posts`` None: unknown."""

    reachable: Interval | None
    out_of_reach: Interval | None
    posts: int | None
    cost: Cost
    left: Allowance


def reachable(connector: Backfilling, interval: Interval, now: datetime) -> tuple[Interval | None, Interval | None]:
    """The part of an interval that the platform gives, and the part that it does not."""
    earliest = connector.reach(now)
    if earliest is None or earliest <= interval.start:
        return interval, None
    if earliest >= interval.end:
        return None, interval
    return Interval(earliest, interval.end), Interval(interval.start, earliest)


def queries_of(desk: Desk, wish: Wish) -> tuple[Query, ...]:
    """The queries that the backfill reads for."""
    return tuple(query for query in desk.queries if wish.subject in {None, query.subject})


def asking_cost(connector: Connector, queries: Sequence[Query]) -> Cost:
    """What it costs to find out what a backfill would cost."""
    return connector.counting_cost(queries) if isinstance(connector, Paid) else FREE


def prospect(desk: Desk, connector: Backfilling, wish: Wish) -> Prospect:
    """How much there is to read and what it may cost; asking is booked. Raises SourceError kinds."""
    now = desk.clock.now()
    within, beyond = reachable(connector, wish.interval, now)
    purse = SourcePurse(desk.store, desk.clock, desk.sources[wish.target.source], wish.target)
    posts: int | None = 0
    cost = FREE
    if within is not None:
        for part in connector.estimate(queries_of(desk, wish), within, Allowance(purse=purse)):
            desk.store.save_volume(wish.target, replace(part.volume, counts=()), desk.clock.now(), charge=purse.take())
            posts = None if posts is None or part.posts is None else posts + part.posts
            cost = cost + part.cost
    return Prospect(within, beyond, posts, cost, purse.left())


def backfill(desk: Desk, connector: Backfilling, wish: Wish) -> Iterator[Saved]:
    """Reads the wish's interval page by page; each is saved with the backfill's own cursor before asking for the next.

    Goes on where an earlier run was broken off, and does nothing where it was finished. Raises SourceError kinds;
    BudgetSpent before anything that the source's budget does not hold.
    """
    now = desk.clock.now()
    source = desk.sources[wish.target.source]
    spent = desk.store.spent(source.id, day_start(now)), desk.store.spent(source.id, month_start(now))
    limits = budget.limits_of(source.limits, *spent, now)
    budget.refuse_if_spent(limits)
    cursor, begun, done = desk.store.begin_backfill(wish.id, wish.target, wish.interval, now, again=wish.up_to_now)
    within, _ = reachable(connector, begun, now)
    if done or within is None:
        return
    purse = SourcePurse(desk.store, desk.clock, source, wish.target)
    left = replace(purse.left(), purse=purse)
    trainable = desk.connectors[wish.target].trainable
    for page in connector.backfill(queries_of(desk, wish), within, cursor, left):
        # one subject's past says nothing about what was said of the others
        kept = replace(page, covered=None, gaps=()) if wish.subject is not None else page
        found_at = desk.clock.now()
        with desk.writing:
            saved = desk.store.save_page(
                wish.target,
                kept,
                mentions_on(desk, wish.target, page.items, found_at),
                found_at,
                found_at + LEASE,
                trainable=trainable,
                charge=purse.take(),
                backfill=wish.id,
            )
        yield saved
        if desk.stop():
            return
    desk.store.end_backfill(wish.id, desk.clock.now())
