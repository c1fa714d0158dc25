"""What is offered: free-offer codes, their append-only events, and the counts that are derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    REDEEMED = "redeemed"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Offer:
    """A free offer. Caps of None do not limit. Times are aware UTC; days and weeks are counted in the zone given."""

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


@dataclass(frozen=True, slots=True)
class OfferEvent:
    """One line of the ledger. ``code`` is normalised; ``key`` is the caller's idempotency key."""

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


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of an offer's caps is used, derived from events; the numbers that a redemption is judged by."""

    offer: int = 0
    code: int = 0
    customer: int = 0
    day: int = 0
    week: int = 0


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
class OfferCount:
    """Counts of one offer at one placement (None: all of them). ``low``/``high``: 95 % interval of ``per_day``.

    ``days_live`` is None, and so is the rate, where nobody said when the offer starts.
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
