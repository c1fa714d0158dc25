"""How long somebody waits who failed to sign in: longer each time, and never so that strangers can shut an account.

A try is counted for the address that it comes from, for the account at that address, and for the account as a whole.
The last one slows down guessing from many addresses; it does not count where the account's owner has signed in before,
and so nobody else's tries keep them out (after OWASP's “Slow Down Online Guessing Attacks with Device Cookies”).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.errors import SignInRefused
from bot.model.access import Tries

FORGOTTEN_AFTER = timedelta(hours=12)
"""Failures count no more when there was no other for so long."""
KNOWN_FOR = timedelta(days=90)
"""How long a place stays known where an account was signed in to."""


@dataclass(frozen=True, slots=True)
class Pace:
    """``free`` failures cost nothing; the next costs a second, each further one twice as much, up to ``longest``."""

    free: int
    longest: timedelta

    def pause(self, failures: int) -> timedelta:
        """The wait after so many failures."""
        beyond = failures - self.free
        if beyond <= 0:
            return timedelta(0)
        return min(self.longest, timedelta(seconds=2 ** min(beyond - 1, 20)))


ADDRESS = Pace(free=20, longest=timedelta(minutes=15))
HERE = Pace(free=3, longest=timedelta(minutes=15))
ACCOUNT = Pace(free=10, longest=timedelta(minutes=5))
PACES = (ADDRESS, HERE, ACCOUNT)
"""In the order in which tries are counted: the address, the account at it, the account as a whole."""


def count_try(tries: Sequence[Tries], now: datetime) -> Mapping[int, Tries]:
    """The tries as they are if this one fails, by place in :data:`PACES`.

    Raises SignInRefused with ``retry_at`` when one of them is still waiting; a try during a wait is not counted, so
    that the wait ends when it was said to.
    """
    known_here = tries[1].known
    concerned = [place for place in range(len(PACES)) if not (place == PACES.index(ACCOUNT) and known_here)]
    waits = [until for place in concerned if (until := tries[place].until) is not None and now < until]
    if waits:
        raise SignInRefused("too many tries", retry_at=max(waits))
    return {place: _failed(tries[place], PACES[place], now) for place in concerned}


def succeeded(counted: Mapping[int, Tries], now: datetime) -> Mapping[int, Tries]:
    """The same tries once the password was right: the address has one failure less, the account none."""
    after = {}
    for place, tries in counted.items():
        pace = PACES[place]
        failures = max(0, tries.failures - 1) if pace is ADDRESS else 0
        after[place] = replace(tries, failures=failures, until=None, last=now, known=pace is HERE)
    return after


def count_guess(tries: Tries, now: datetime) -> Tries:
    """The tries of an address after one more wrong link. Raises SignInRefused with ``retry_at`` while it waits."""
    if tries.until is not None and now < tries.until:
        raise SignInRefused("too many wrong links", retry_at=tries.until)
    return _failed(tries, ADDRESS, now)


def _failed(tries: Tries, pace: Pace, now: datetime) -> Tries:
    stale = tries.last is None or now - tries.last > FORGOTTEN_AFTER
    failures = 1 if stale else tries.failures + 1
    pause = pace.pause(failures)
    return replace(tries, failures=failures, last=now, until=now + pause if pause else None)
