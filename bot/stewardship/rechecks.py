"""When a kept item is due for a look at its platform, and how late a look was. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.model.rechecking import Gone, Kept, LookNote, RecheckPlan

DAY = timedelta(days=1)


def due_at(kept: Kept, plan: RecheckPlan, last: datetime) -> datetime:
    """When an item is due that was last read or looked at at ``last``: its next age in the plan.

    Never further ahead than any can be: it was read by a clock that was set back since.
    """
    return min(_next_age(kept, plan, last), last + longest_wait(plan))


def _next_age(kept: Kept, plan: RecheckPlan, last: datetime) -> datetime:
    born = _born(kept)
    for age in plan.ages:
        if born + age > last:
            return born + age
    begin = born + (plan.ages[-1] if plan.ages else timedelta(0))
    rounds = (last - begin) // plan.then_every + 1
    return begin + max(1, rounds) * plan.then_every


def purge_at(kept: Kept, age: timedelta) -> datetime:
    """When the words of an item go that nobody can ask about: that long after it was published, as far as is known."""
    return _born(kept) + age


def longest_wait(plan: RecheckPlan) -> timedelta:
    """No item can rightly be due further ahead than this: what is was dated by a clock that ran ahead."""
    return max((*plan.ages, plan.then_every, plan.purge or timedelta(0))) + DAY


def note_of(kept: Iterable[Kept], gone: Sequence[Gone], forgotten: int, now: datetime) -> LookNote:
    """What a look at ``kept`` came to: ``forgotten`` of those that are gone had not been forgotten before."""
    waits = [now - one.due_at for one in kept]
    known = [now - one.since for one in gone if one.since is not None and one.since <= now]
    late = max(waits, default=timedelta(0))
    return LookNote(len(waits), forgotten, max(late, timedelta(0)), max(known, default=None))


def _born(kept: Kept) -> datetime:
    """What claims to be of later than it was read is as old as its reading."""
    return min(kept.published_at or kept.collected_at, kept.collected_at)
