"""What a shop's deliveries do to the ledger: each order counts once, whatever the number and order of its deliveries.

A delivery is taken in one transaction that leaves what should be redeemed or given back as rows of their own; the
ledger is asked afterwards, under keys that count once. Whoever dies in between leaves rows that the next one settles.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from bot.errors import BadClaim, BadDelivery, KeyReused, RedemptionRefused
from bot.model import (
    Claim,
    DeliveryOutcome,
    Door,
    KnownOrder,
    OfferEvent,
    OrderCode,
    OrderPlan,
    OrderState,
    RedemptionResult,
    Shop,
    ShopDelivery,
    ShopOrder,
    ShopRefund,
)
from bot.offers.ledger.codes import code_key
from bot.ports import ShopStore

CLOCKS_DIFFER = timedelta(minutes=15)
"""How far ahead of ours a shop's clock may be."""
KEPT = timedelta(days=30)
"""How long deliveries, and orders without a code of ours, are remembered at least."""

log = logging.getLogger("heard.shops")


class Till(Protocol):
    """The ledger as the shops ask it."""

    def redeem(self, claim: Claim) -> RedemptionResult:
        """One redemption, or the reason why not. Raises KeyReused."""
        ...

    def roll_back(
        self, redemption: str, *, key: str | None = None, door: Door = Door.COMMAND, actor: str | None = None
    ) -> tuple[OfferEvent, bool]:
        """Gives one back. Raises RedemptionRefused."""
        ...


def refuse_out_of_window(shop: Shop, at: datetime | None, now: datetime) -> None:
    """Raises BadDelivery for a delivery whose own time is older than the replay window, or yet to come."""
    if at is None:
        return
    if at < now - shop.replay_window:
        raise BadDelivery(f"it is of {at:%Y-%m-%d %H:%M} UTC, before the replay window")
    if at > now + CLOCKS_DIFFER:
        raise BadDelivery(f"it is of {at:%Y-%m-%d %H:%M} UTC, which is yet to come: set the clocks right")


def take_order(
    store: ShopStore,
    shop: Shop,
    delivery: ShopDelivery,
    known_code: Callable[[str], bool],
    *,
    now: datetime,
    salt: bytes,
) -> DeliveryOutcome:
    """Takes one verified delivery: writes down, once, what it wants redeemed or given back; :func:`settle` does it.

    ``known_code`` says of a code's key whether it is one of ours. Of a customer only a keyed hash is kept, and of an
    order without a code of ours nothing but its number, its state and their times. Raises BadDelivery.
    """
    refuse_out_of_window(shop, delivery.at, now)
    told, forget = delivery.told, now - max(KEPT, 2 * shop.replay_window)
    if isinstance(told, ShopOrder):
        keys = dict.fromkeys(filter(None, map(code_key, told.codes)))
        ours = tuple(key for key in keys if known_code(key))
        paid_at = min(told.paid_at or told.changed_at, now)  # a shop's clock may be ahead
        order = replace(told, paid_at=paid_at, customer=customer_of(shop, told.customer, salt))
        return store.take_delivery(
            shop.id, delivery.id, told.id, lambda known: plan_order(shop, known, order, ours), now, forget
        )
    if isinstance(told, ShopRefund):
        return store.take_delivery(
            shop.id, delivery.id, told.order, lambda known: plan_refund(known, told), now, forget
        )
    return DeliveryOutcome.IGNORED


def customer_of(shop: Shop, customer: str | None, salt: bytes) -> str | None:
    """What is kept of a shop's customer: a keyed hash, HMAC-SHA-256, 120 bits; None when nobody was named."""
    if customer is None:
        return None
    name = f"{shop.id}\0{customer.casefold()}".encode("utf-8", "surrogatepass")
    return hmac.new(salt, name, hashlib.sha256).hexdigest()[:30]


def plan_order(shop: Shop, known: KnownOrder, order: ShopOrder, ours: Collection[str]) -> OrderPlan:
    """What an order's state changes. The newest by the shop's own time wins; of two of one time the later to arrive,
    but nothing undoes a cancellation of its own moment.
    """
    if known.changed_at is not None and order.changed_at <= known.changed_at:
        undone = known.state is OrderState.GIVEN_BACK and order.state is not OrderState.GIVEN_BACK
        if order.changed_at < known.changed_at or undone:
            return OrderPlan(DeliveryOutcome.OLDER)
    state = OrderState.GIVEN_BACK if _whole(known.refunded, order.total) else order.state
    total = order.total if ours or known.codes else None
    after = replace(known, state=state, changed_at=order.changed_at, total=total)
    last = {row.code: row for row in sorted(known.codes, key=lambda row: row.turn)}
    present = set(map(code_key, order.codes))  # an offer that has left the configuration is no change of the order
    dropped = [row for code, row in last.items() if code not in present]
    changed = _unwanted(last.values() if state is OrderState.GIVEN_BACK else dropped)
    if state is OrderState.PAID:
        changed += [
            _row(shop, order, code, last[code].turn + 1 if code in last else 1)
            for code in ours
            if code not in last or not last[code].wanted
        ]
    outcome = DeliveryOutcome.TAKEN if ours or known.codes else DeliveryOutcome.NOT_OURS
    return OrderPlan(outcome, after, tuple(changed))


def plan_refund(known: KnownOrder, refund: ShopRefund) -> OrderPlan:
    """What a refund changes: a partial one nothing but the sum; when all is refunded, the codes are given back."""
    after = replace(known, refunded=known.refunded + refund.amount)
    if not _whole(after.refunded, known.total):
        return OrderPlan(DeliveryOutcome.TAKEN, after)
    last = {row.code: row for row in sorted(known.codes, key=lambda row: row.turn)}
    return OrderPlan(
        DeliveryOutcome.TAKEN, replace(after, state=OrderState.GIVEN_BACK), tuple(_unwanted(last.values()))
    )


def settle(store: ShopStore, till: Till, limit: int = 100) -> int:
    """Does what is wanted and not done, oldest first: asks the ledger, and gives back; how many codes were settled.

    Harmless when repeated or done by several at once: every step has its key. Raises StoreError; what was done stays.
    """
    settled = 0
    while rows := store.unsettled(limit):
        for row in rows:
            store.note_settled(_settled(till, row))
        settled += len(rows)
    return settled


def _settled(till: Till, row: OrderCode) -> OrderCode:
    if not row.answered:
        row = replace(row, answered=True, redemption=_redeem(till, row))
    if not row.wanted and row.redemption is not None:
        try:
            till.roll_back(row.redemption, key=f"{row.key}:back", door=row.door, actor=f"shop:{row.shop}")
        except RedemptionRefused as error:  # somebody gave it back by hand
            log.info("shop %s, order %s: %s", row.shop, row.order, error)
    return row


def _redeem(till: Till, row: OrderCode) -> str | None:
    claim = Claim(
        code=row.code,
        placement=row.placement,
        customer=row.customer,
        order=f"{row.shop}:{row.order}" + (f":{row.turn}" if row.turn > 1 else ""),  # the ledger takes an order once
        value=row.value,
        currency=row.currency,
        new_customer=row.new_customer,
        at=row.at,
        key=row.key,
        door=row.door,
        actor=f"shop:{row.shop}",
    )
    try:
        result = till.redeem(claim)
    except (BadClaim, KeyReused):
        log.exception("shop %s, order %s: the ledger cannot take it; it is not counted", row.shop, row.order)
        return None
    if not result.redeemed:
        log.warning("shop %s, order %s: honoured there, refused here: %s", row.shop, row.order, result.reason)
    return result.redemption


def _row(shop: Shop, order: ShopOrder, code: str, turn: int) -> OrderCode:
    return OrderCode(
        shop=shop.id,
        order=order.id,
        code=code,
        turn=turn,
        door=Door(shop.kind.value),
        at=order.paid_at or order.changed_at,
        placement=shop.placement,
        value=order.total,
        currency=order.currency,
        customer=order.customer,
        new_customer=order.new_customer,
    )


def _unwanted(rows: Collection[OrderCode]) -> list[OrderCode]:
    return [replace(row, wanted=False) for row in rows if row.wanted]


def _whole(refunded: Decimal, total: Decimal | None) -> bool:
    return total is not None and 0 < total <= refunded
