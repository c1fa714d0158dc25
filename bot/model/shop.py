"""Shops that redeem codes at their own checkout, and what they tell of their orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bot.model.offer import Door

REPLAY_WINDOW = timedelta(days=3)
"""Platforms deliver again for up to 48 hours; what is older was recorded by somebody."""


class ShopKind(StrEnum):
    """The platforms whose webhooks are understood."""

    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    SQUARE = "square"


class OrderState(StrEnum):
    """What an order means for its codes. Partial refunds leave it paid."""

    OPEN = "open"
    """Not paid yet, or in between: nothing is redeemed, and nothing that was is given back."""
    PAID = "paid"
    GIVEN_BACK = "given_back"
    """Cancelled, failed or refunded whole: the codes' uses are given back."""


class DeliveryOutcome(StrEnum):
    """What became of a delivery; whichever it is, the shop need not send it again."""

    TAKEN = "taken"
    SEEN = "seen"
    OLDER = "older"
    NOT_OURS = "not_ours"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that sends webhooks.

    ``counts`` are its own words for an order that redeems; empty: the platform's usual ones. ``placement`` is what its
    redemptions count for. ``url`` is the address that Square signs with. ``retrieves``: whether orders can be asked
    for. ``options`` say where its secrets are and how it is reached.
    """

    id: str
    kind: ShopKind
    placement: str | None = None
    counts: tuple[str, ...] = ()
    timezone: str = "UTC"
    replay_window: timedelta = REPLAY_WINDOW
    url: str | None = None
    retrieves: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as its shop tells it; nothing of who ordered but a reference of the shop's own.

    ``changed_at`` is the shop's own time of this state. ``new_customer`` None is unknown, as are a total without a
    currency and a total that makes no sense.
    """

    id: str
    state: OrderState
    changed_at: datetime
    codes: tuple[str, ...] = ()
    paid_at: datetime | None = None
    total: Decimal | None = None
    currency: str | None = None
    customer: str | None = None
    new_customer: bool | None = None


@dataclass(frozen=True, slots=True)
class ShopRefund:
    """Money that went back for an order, told without the order."""

    order: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderAsked:
    """An order that a delivery names without telling it: it must be asked for."""

    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ShopDelivery:
    """A shop's signed message. ``id``: the same when it comes again; ``at``: its own time, None where it tells none."""

    id: str
    at: datetime | None = None
    told: ShopOrder | ShopRefund | OrderAsked | None = None


@dataclass(frozen=True, slots=True)
class OrderCode:
    """One code of ours in one order, and the claim that goes with it.

    ``turn`` counts how often the order redeemed it: a code that was given back may be redeemed anew. ``wanted``:
    whether it should be redeemed. ``answered``: whether the ledger was asked; ``redemption`` is its answer, None when
    it refused.
    """

    shop: str
    order: str
    code: str
    turn: int
    door: Door
    at: datetime
    wanted: bool = True
    placement: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    customer: str | None = None
    new_customer: bool | None = None
    answered: bool = False
    redemption: str | None = None

    @property
    def key(self) -> str:
        """The idempotency key of its redemption."""
        return f"shop:{self.shop}:{self.order}:{self.code}:{self.turn}"


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """What is kept of an order: its last state and when the shop says it changed, and its codes of ours, every turn.

    ``refunded`` is the sum of refunds that were told without the order.
    """

    state: OrderState = OrderState.OPEN
    changed_at: datetime | None = None
    total: Decimal | None = None
    refunded: Decimal = Decimal(0)
    codes: tuple[OrderCode, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What a delivery changes: the order as it is known from now on (None: as it was), and the codes to write."""

    outcome: DeliveryOutcome
    order: KnownOrder | None = None
    codes: tuple[OrderCode, ...] = ()
