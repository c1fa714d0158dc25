"""What is offered: free-offer codes, their append-only events, and the counts that are derived from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bot.model.reckoning import CountedDay

from bot.model.verdict import Exposure


class OfferKind(StrEnum):
    """A phrase that anybody says, or codes that work once each."""

    CODE_PHRASE = "code-phrase"
    UNIQUE_CODES = "unique-codes"


class Reason(StrEnum):
    """Why a redemption is refused; public names, read by programs."""

    UNKNOWN_CODE = "unknown_code"
    NOT_STARTED = "not_started"
    EXPIRED = "expired"
    DISABLED = "disabled"
    USED_UP = "used_up"
    OFFER_CAP = "offer_cap"
    DAY_CAP = "day_cap"
    WEEK_CAP = "week_cap"
    CUSTOMER_CAP = "customer_cap"
    WRONG_PLACEMENT = "wrong_placement"
    RESERVED = "reserved"
    RESERVATION_EXPIRED = "reservation_expired"
    ALREADY_ROLLED_BACK = "already_rolled_back"
    ORDER_MISMATCH = "order_mismatch"


class EventKind(StrEnum):
    """What happened to a code; the ledger is these, in order, and nothing else."""

    ISSUED = "issued"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"
    RELEASED = "released"
    EXPIRED = "expired"
    DISABLED = "disabled"
    ENABLED = "enabled"
    REPEATED = "repeated"
    """The same order, or the same end of a reservation, told once more under another key; it counts nothing."""


class Door(StrEnum):
    """Where a claim came in; the ledger keeps it, so that a shop's own count can be held against its own events."""

    COMMAND = "command"
    TILL = "till"
    PAGE = "page"
    API = "api"
    FILE = "file"
    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    SQUARE = "square"


@dataclass(frozen=True, slots=True)
class Offer:
    """A free offer. Caps of None do not limit. Times are aware UTC; days and weeks are counted in the zone given.

    ``places`` are where each placement's code may stand: a host, ``@handle`` or ``r/name``. ``listen``: whether posts
    that name nothing but its code are collected while it runs.

    Offers of one ``experiment`` are compared, given that they are shown as ``exposure`` says; ``block_days`` long are
    the blocks in which a coin decides the order. ``placements_alike``: as many people pass each placement. ``margin``
    is earned on a purchase that goes with a redemption; ``orders_all_told``: a redemption without an order had none.
    ``gaps`` are local days of which not all redemptions were told.
    """

    id: str
    name: str
    kind: OfferKind
    code: str | None = None
    placements: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    cap: int | None = None
    per_customer: int | None = None
    per_code: int | None = None
    per_day: int | None = None
    per_week: int | None = None
    unit_cost: float | None = None
    currency: str | None = None
    hypothesis: str | None = None
    disabled: bool = False
    reserve_for: timedelta = timedelta(minutes=15)
    fixed_cost_per_day: float | None = None
    margin: float | None = None
    arm: str | None = None
    control: str | None = None
    review_after: timedelta | None = None
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    listen: bool = True
    min_run: timedelta | None = None
    experiment: str | None = None
    exposure: Exposure | None = None
    block_days: int = 2
    gaps: tuple[date, ...] = ()
    orders_all_told: bool = False
    placements_alike: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody asks of an offer: a code, and what is known of who asks, where, and with which order.

    ``at`` is when it happened, where that was before it is told. ``customer`` is a reference of the caller's own, of
    which only a keyed hash is kept. ``new_customer`` None is unknown. ``actor`` is the account or API key that asks.
    """

    code: str
    offer: str | None = None
    placement: str | None = None
    customer: str | None = None
    order: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    new_customer: bool | None = None
    at: datetime | None = None
    key: str | None = None
    door: Door = Door.COMMAND
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class OfferEvent:
    """One line of the ledger. ``code`` is normalised; ``key`` is the caller's idempotency key.

    ``at`` is when it happened, ``told_at`` when it was written down (the same unless it was told late). ``request`` is
    the fingerprint of what was asked under ``key``. ``expires_at`` ends a reservation. ``refers_to`` is the redemption
    that was given back, or the reservation that was redeemed, released or has expired.
    """

    id: str
    offer: str
    kind: EventKind
    at: datetime
    code: str
    placement: str | None = None
    customer: str | None = None
    key: str | None = None
    reason: Reason | None = None
    refers_to: str | None = None
    told_at: datetime | None = None
    order: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    new_customer: bool | None = None
    door: Door | None = None
    actor: str | None = None
    expires_at: datetime | None = None
    request: str | None = None


class IssuedCode(NamedTuple):
    """A unique code in the ledger: its key, the placement it was issued for, whether it is used, and how it is printed.

    ``printed`` is None for codes that were issued before it was kept; the key is another spelling of it.
    """

    code: str
    placement: str | None = None
    used: bool = False
    printed: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of an offer's caps is used, derived from events; the numbers that a redemption is judged by.

    ``held`` is the same of live reservations, counted beside. ``disabled``: the code, or the whole offer, was switched
    off at run time.
    """

    offer: int = 0
    code: int = 0
    customer: int = 0
    day: int = 0
    week: int = 0
    held: Usage | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class RedemptionResult:
    """What a redeemer is told. ``replayed``: the same idempotency key was answered before, with this very answer."""

    redeemed: bool
    redemption: str | None
    offer: str | None
    placement: str | None
    code: str
    at: datetime
    reason: Reason | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class ReservationResult:
    """What a checkout is told that wants to hold a code. A refusal has a reason and no reservation."""

    reserved: bool
    reservation: str | None
    offer: str | None
    placement: str | None
    code: str
    at: datetime
    expires_at: datetime | None = None
    reason: Reason | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class OfferCount:
    """Counts of one offer at one placement (None: all of them). ``low``/``high``: 95 % interval of ``per_day``.

    ``days_live`` is None, and so is the rate, where nobody said when the offer starts. ``held`` is reserved and not
    redeemed, and no part of any count. ``provisional`` is how many of ``total`` may still change; ``mismatch`` how many
    do not match a shop's own count, None where none is known to differ. ``window_status`` is the word for
    ``in_window``. ``days`` are those on which something happened, and the ``gap_days`` of which not all redemptions were
    told: no part of the rate, and never final.
    """

    offer: str
    name: str
    kind: OfferKind
    placement: str | None
    today: int
    this_week: int
    total: int
    in_window: int
    previous_window: int
    refused: int
    rolled_back: int
    cap_remaining: int | None
    status: str
    days_live: int | None
    per_day: float | None
    low: float | None
    high: float | None
    verdict: str
    held: int = 0
    provisional: int = 0
    mismatch: int | None = None
    window_status: str = "final"
    days: tuple[CountedDay, ...] = ()
    gap_days: int = 0
