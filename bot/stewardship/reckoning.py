"""Which time it is for retention: a clock that jumped ahead must not erase for good what is not due. Pure.

A reading that follows the confirmed one within :data:`APART` is confirmed by that. One that lies further ahead is so
only when a later look, :data:`TRIED` after it, finds the clock still beyond it: until then retention goes by the old
one. A clock that went back erases nothing, and is followed at once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.model.keeping import Reckoning

APART = timedelta(days=2)
"""So long Heard may be off without anybody asking whether its clock is right."""
TRIED = timedelta(days=1)
"""So long a clock that has jumped must stand by it: time for whoever looks after the machine to set it right."""
KEPT_EVERY = timedelta(hours=1)
"""How often a confirmed reading is written down."""


def reckoned(before: Reckoning | None, now: datetime) -> Reckoning:
    """The reckoning after a look at ``now``; the first look of a database is believed."""
    if before is None or now <= before.confirmed + APART:
        return Reckoning(now)
    doubted = before.doubted
    if doubted is None or now < doubted:
        return replace(before, doubted=now)
    if now < doubted + TRIED:
        return before
    return reckoned(Reckoning(doubted), now)


def is_worth_keeping(before: Reckoning | None, after: Reckoning) -> bool:
    """Whether it is to be written down, rather than be found again by the next look."""
    return before is None or before.doubted != after.doubted or abs(after.confirmed - before.confirmed) >= KEPT_EVERY
