"""Shopify's webhooks about orders and refunds; pure.

Sources: shopify.dev, "Verify webhook deliveries", "Ignore duplicate webhooks", "Webhooks" (topics ``orders/…``,
``refunds/create``), "Order" of the REST Admin API. Only the body is signed, the headers are not: what a delivery is
about is read from the body's shape, never from ``X-Shopify-Topic``, and it is the same again when its body is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from bot.errors import BadDelivery
from bot.model import OrderState, Shop, ShopDelivery, ShopOrder, ShopRefund
from bot.offers.intake.shops import reading
from bot.offers.intake.shops.signing import signed
from bot.offers.intake.shops.states import Words, state_of

WORDS = Words(
    ladder=("pending", "authorized", "partially_paid", "paid", "partially_refunded"),
    back=frozenset({"refunded", "voided", "expired"}),
    usual="paid",
)


def is_signed(_shop: Shop, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets signed this body."""
    return signed(body, headers.get("x-shopify-hmac-sha256"), secrets)


def read(shop: Shop, body: bytes) -> ShopDelivery:
    """What a delivery tells: an order, a refund, or nothing that is of use. Raises BadDelivery."""
    told = reading.read_json(body)
    same = hashlib.sha256(body).hexdigest()
    if "financial_status" in told and "discount_codes" in told:
        order = _order(shop, told)
        return ShopDelivery(same, order.changed_at, None if told.get("test") is True else order)
    if "refund_line_items" in told and "order_id" in told:
        refund = _refund(told)
        return ShopDelivery(same, refund.at, refund)
    return ShopDelivery(same)


def _order(shop: Shop, told: Mapping[str, Any]) -> ShopOrder:
    number = reading.identifier(told.get("id"))
    if number is None:
        raise BadDelivery("the order has no id")
    cancelled = told.get("cancelled_at") is not None
    currency = reading.currency(told.get("currency"))
    customer = reading.part(told, "customer")
    orders = customer.get("orders_count")  # left out since API version 2022-04
    applied = [one.get("code") for one in reading.parts(told.get("discount_applications"))]
    return ShopOrder(
        id=number,
        state=OrderState.GIVEN_BACK if cancelled else state_of(str(told["financial_status"]), shop, WORDS),
        changed_at=reading.needed_moment(told.get("updated_at"), "updated_at"),
        codes=reading.codes([*(one.get("code") for one in reading.parts(told["discount_codes"])), *applied]),
        paid_at=reading.moment(told.get("processed_at")) or reading.moment(told.get("created_at")),
        total=reading.amount(told.get("total_price")) if currency else None,
        currency=currency,
        customer=reading.identifier(customer.get("id")),
        new_customer=orders == 1 if isinstance(orders, int) and orders > 0 else None,
    )


def _refund(told: Mapping[str, Any]) -> ShopRefund:
    number = reading.identifier(told.get("order_id"))
    if number is None:
        raise BadDelivery("the refund names no order")
    paid_back = [
        reading.amount(one.get("amount")) or Decimal(0)
        for one in reading.parts(told.get("transactions"))
        if one.get("kind") == "refund" and one.get("status") == "success"
    ]
    return ShopRefund(number, sum(paid_back, Decimal(0)), reading.needed_moment(told.get("created_at"), "created_at"))
