"""Square's webhooks about payments, orders and refunds; pure.

Sources: developer.squareup.com, "Validate Webhook Notifications" (the signature is over the address and the body),
"Troubleshoot Webhooks" (retried for 24 hours), "payment.updated", "order.updated", "Order", "OrderLineItemDiscount".
An order's event tells the order's number and state but no discounts: with an access token the order itself is asked
for, and what its discounts are called, its reference and its ticket's name are looked at. Without one there is only
what a payment's note and reference hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from bot.errors import BadDelivery
from bot.model import OrderAsked, OrderState, Shop, ShopDelivery, ShopOrder
from bot.offers.intake.shops import reading
from bot.offers.intake.shops.signing import signed
from bot.offers.intake.shops.states import Words, state_of

WORDS = Words(
    ladder=("draft", "pending", "open", "approved", "paid", "completed"),
    back=frozenset({"canceled", "failed"}),
    usual="paid",
)
_WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_VOID_REFUNDS = frozenset({"REJECTED", "FAILED"})


def is_signed(shop: Shop, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets signed the shop's address and this body."""
    message = (shop.url or "").encode() + body
    return signed(message, headers.get("x-square-hmacsha256-signature"), secrets)


def read(shop: Shop, body: bytes) -> ShopDelivery:
    """What an event tells: a payment as an order, the number of an order to ask for, or nothing that is of use.

    Raises BadDelivery.
    """
    told = reading.read_json(body)
    same = reading.identifier(told.get("event_id"))
    if same is None:
        raise BadDelivery("the event has no event_id")
    at = reading.needed_moment(told.get("created_at"), "created_at")
    objects = reading.part(told, "data", "object")
    if shop.retrieves:
        found = [reading.identifier(reading.part(one).get("order_id")) for one in objects.values()]
        order = next(filter(None, found), None)
        return ShopDelivery(same, at, OrderAsked(order, at) if order else None)
    payment = reading.part(objects, "payment")
    return ShopDelivery(same, at, _payment(shop, payment) if payment else None)


def read_order(shop: Shop, told: Mapping[str, Any]) -> ShopOrder:
    """An order as the Orders API gives it. Raises BadDelivery."""
    number = reading.identifier(told.get("id"))
    if number is None:
        raise BadDelivery("the order has no id")
    total, currency = _money(told.get("total_money"))
    return ShopOrder(
        id=number,
        state=_state(shop, told),
        changed_at=reading.needed_moment(told.get("updated_at") or told.get("created_at"), "updated_at"),
        codes=reading.codes(
            [
                *(one.get("name") for one in reading.parts(told.get("discounts"))),
                told.get("reference_id"),
                told.get("ticket_name"),
            ]
        ),
        paid_at=reading.moment(told.get("closed_at")) or reading.moment(told.get("created_at")),
        total=total,
        currency=currency,
        customer=reading.identifier(told.get("customer_id")),
    )


def source_order(told: Mapping[str, Any]) -> str | None:
    """The order whose goods came back, where this one is the record of a return and nothing else."""
    if reading.parts(told.get("line_items")):
        return None
    found = (reading.identifier(one.get("source_order_id")) for one in reading.parts(told.get("returns")))
    return next(filter(None, found), None)


def _payment(shop: Shop, told: Mapping[str, Any]) -> ShopOrder:
    number = reading.identifier(told.get("order_id")) or reading.identifier(told.get("id"))
    if number is None:
        raise BadDelivery("the payment has no id")
    total, currency = _money(told.get("total_money") or told.get("amount_money"))
    refunded, _ = _money(told.get("refunded_money"))
    word = str(told.get("status")).lower()
    whole = bool(total) and refunded is not None and total is not None and refunded >= total
    return ShopOrder(
        id=number,
        state=OrderState.GIVEN_BACK if whole else state_of(word, shop, WORDS),
        changed_at=reading.needed_moment(told.get("updated_at") or told.get("created_at"), "updated_at"),
        codes=reading.codes([told.get("note"), told.get("reference_id")]),
        paid_at=reading.moment(told.get("created_at")),
        total=total,
        currency=currency,
        customer=reading.identifier(told.get("customer_id")),
    )


def _state(shop: Shop, told: Mapping[str, Any]) -> OrderState:
    tenders = reading.parts(told.get("tenders"))
    paid = sum((_money(one.get("amount_money"))[0] or Decimal(0) for one in tenders), Decimal(0))
    refunds = [one for one in reading.parts(told.get("refunds")) if one.get("status") not in _VOID_REFUNDS]
    refunded = sum((_money(one.get("amount_money"))[0] or Decimal(0) for one in refunds), Decimal(0))
    if paid and refunded >= paid:
        return OrderState.GIVEN_BACK
    word = str(told.get("state")).lower()
    due, _ = _money(told.get("net_amount_due_money"))
    if word == "open" and tenders and due == 0:
        word = "paid"
    return state_of(word, shop, WORDS)


def _money(value: object) -> tuple[Decimal | None, str | None]:
    """Amount and currency of a Money object, whose amounts are in the currency's smallest unit."""
    told = reading.part(value)
    currency, units = reading.currency(told.get("currency")), reading.amount(told.get("amount"))
    if currency is None or units is None:
        return None, currency
    places = 0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2
    return units.scaleb(-places), currency
