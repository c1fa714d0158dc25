"""Counts of redemptions day by day, what a shop's own counter says of the same, and how the two stand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bot.model.offer import Door, Reason


class CountStatus(StrEnum):
    """How far a count can be relied on: it will not change, it may still change, or a shop counted otherwise."""

    FINAL = "final"
    PROVISIONAL = "provisional"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class DayTally:
    """What the ledger holds of an offer at one placement (None: nobody said) on one local day.

    ``redeemed`` is what was redeemed that day and stands; ``given_back`` what was redeemed that day and given back,
    whenever that was.
    """

    offer: str
    day: date
    placement: str | None = None
    redeemed: int = 0
    refused: int = 0
    given_back: int = 0


@dataclass(frozen=True, slots=True)
class LateTally:
    """What became known of a local day after its digest was composed: redemptions ``told`` late or ``given_back``."""

    offer: str
    day: date
    placement: str | None = None
    told: int = 0
    given_back: int = 0


@dataclass(frozen=True, slots=True)
class ShopCount:
    """What a shop's own counter says of one local day ``[start, end)``; ``count`` None: it has no figure for it.

    ``provider`` is the shop. ``placement``, ``code`` and ``door`` say what it counts; None of them: all of the offer.
    ``orders`` are the orders that it counted, where it lists them. ``at`` is when it was told.
    """

    offer: str
    provider: str
    day: date
    start: datetime
    end: datetime
    count: int | None
    placement: str | None = None
    code: str | None = None
    door: Door | None = None
    orders: tuple[str, ...] | None = None
    at: datetime | None = None


class Ground(StrEnum):
    """Why two counts of one day may differ; public names, read by programs."""

    NOT_HERE = "not_here"
    NOT_THERE = "not_there"
    REFUSED_HERE = "refused_here"
    GIVEN_BACK = "given_back"
    NEAR_MIDNIGHT = "near_midnight"
    ANOTHER_DAY = "another_day"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One redemption, refusal or order that may explain a difference; ``event`` is ours, ``order`` as written."""

    ground: Ground
    event: str | None = None
    order: str | None = None
    at: datetime | None = None
    placement: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A shop's count of a day beside the ledger's. ``mismatch`` is how many do not match, None where that is unknown.

    ``theirs`` None: the shop said nothing. ``why`` is in words. Candidates are exact where the shop lists its orders,
    else what the ledger suggests.
    """

    offer: str
    provider: str
    day: date
    ours: int
    theirs: int | None
    status: CountStatus
    placement: str | None = None
    code: str | None = None
    mismatch: int | None = None
    why: str = ""
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One local day of an offer, at one placement or at all of them, with the word for its count. ``gap``: not all
    redemptions of it were told.
    """

    day: date
    redeemed: int
    refused: int
    rolled_back: int
    status: CountStatus
    mismatch: int | None = None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``of`` with its 95 % interval."""

    count: int
    of: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """Who redeemed an offer and what came with it; whatever was not asked is None. Source: measurement §8.2.

    ``redeemers`` are different known customers among ``known`` redemptions. ``new`` is the share of new customers where
    that was asked; ``attached`` the share of redemptions that came with an order of some value, at least;
    ``repeaters`` the share of known customers who redeemed more than once, and ``repeat_paid`` of those who had an
    order of value within 30 days after their first redemption, on another order. ``values`` are sums by currency;
    ``cost`` is what it cost so far in the offer's currency.
    """

    offer: str
    total: int
    days_live: int | None = None
    known: int | None = None
    redeemers: int | None = None
    new: Share | None = None
    attached: Share | None = None
    repeaters: Share | None = None
    repeat_paid: Share | None = None
    values: Mapping[str, Decimal] = field(default_factory=dict)
    cost: Decimal | None = None
    currency: str | None = None
