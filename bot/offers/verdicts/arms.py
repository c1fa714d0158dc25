"""What is compared, folded from the ledger: the redemptions that stand, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

import numpy as np

from bot.model import Offer, OfferKind
from bot.offers.verdicts.eprocess import Counts
from bot.ports import DayGroup, Switch


@dataclass(frozen=True, slots=True)
class Side:
    """An offer, or one of its placements, as it is compared."""

    offer: Offer
    placement: str | None = None

    @property
    def id(self) -> str:
        """As it is named on the command line: ``truffle`` or ``truffle:counter``."""
        return self.offer.id if self.placement is None else f"{self.offer.id}:{self.placement}"

    @property
    def name(self) -> str:
        """As people read it."""
        return self.offer.name if self.placement is None else f"{self.offer.name} at {self.placement}"


@dataclass(frozen=True, slots=True)
class Leaks:
    """What leaked: per offer since when its phrase is out, so that later days say nothing of it; and per offer and code
    the same of each code, with which redemptions then do not count one by one.
    """

    since: Mapping[str, datetime] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)


NO_LEAKS = Leaks()


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger holds of one offer, by local day, the oldest first: the redemptions that stand, the days and
    placements at which a cap turned people away, and what was switched.
    """

    redeemed: tuple[DayGroup, ...] = ()
    capped: tuple[tuple[date, str | None], ...] = ()
    switches: tuple[Switch, ...] = ()


Redeemed = tuple[DayGroup, ...]
"""Redemptions that stand, in groups of those alike, the oldest first."""


def number_of(redeemed: Redeemed) -> int:
    """How many redemptions these are."""
    return sum(one.number for one in redeemed)


@dataclass(frozen=True, slots=True)
class Tally:
    """What the ledger knows of one side: its redemptions; the days on which a cap turned people away; from which day to
    which it was switched off (None: it still is); the day on which its offer's cap was used up; and how many
    redemptions of its offer have no placement.
    """

    redeemed: Redeemed
    capped: frozenset[date] = frozenset()
    off: tuple[tuple[date, date | None], ...] = ()
    used_up: date | None = None
    undecided: int = 0

    def is_off(self, day: date) -> bool:
        """Whether it was switched off for some of this day."""
        return any(start <= day and (end is None or day <= end) for start, end in self.off)

    def counts(self, days: Sequence[date], *, leaked: bool = False) -> Counts:
        """Redemptions on each of these days; those with a leaked code only if ``leaked``."""
        place = {day: number for number, day in enumerate(days)}
        counts = np.zeros(len(days))
        for one in self.redeemed:
            if one.day in place and (leaked or not one.leaked):
                counts[place[one.day]] += one.number
        return counts

    def within(self, days: Iterable[date], *, leaked: bool = False) -> Redeemed:
        """The redemptions of these days; those with a leaked code only if ``leaked``."""
        wanted = frozenset(days)
        return tuple(one for one in self.redeemed if one.day in wanted and (leaked or not one.leaked))


def tally(side: Side, history: History, zone: tzinfo) -> Tally:
    """What an offer's history says of one side of it."""
    redeemed = tuple(one for one in history.redeemed if side.placement in {None, one.placement})
    if side.offer.orders_all_told:
        redeemed = tuple(one._replace(attached=bool(one.attached)) for one in redeemed)
    return Tally(
        redeemed=redeemed,
        capped=frozenset(
            day for day, place in history.capped if side.placement is None or place in {None, side.placement}
        ),
        off=_off(side.offer, history.switches, zone),
        used_up=_used_up(side.offer.cap, history.redeemed),
        undecided=sum(one.number for one in history.redeemed if side.placement is not None and one.placement is None),
    )


def _used_up(cap: int | None, redeemed: Redeemed) -> date | None:
    """The day of the last redemption that an offer's cap allows."""
    used = 0
    for one in redeemed:
        used += one.number
        if cap is not None and used >= cap:
            return one.day
    return None


def _off(offer: Offer, switches: Iterable[Switch], zone: tzinfo) -> tuple[tuple[date, date | None], ...]:
    """The stretches in which the whole offer was switched off; a phrase is the whole offer."""
    stretches: list[tuple[date, date | None]] = []
    since: date | None = None
    for switch in switches:
        if switch.code and offer.kind is OfferKind.UNIQUE_CODES:
            continue
        day = switch.at.astimezone(zone).date()
        if not switch.on and since is None:
            since = day
        elif switch.on and since is not None:
            stretches.append((since, day))
            since = None
    return (*stretches, (since, None)) if since is not None else tuple(stretches)
