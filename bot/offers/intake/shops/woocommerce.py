"""WooCommerce's webhooks about orders; pure.

Sources: developer.woocommerce.com, "Webhooks", "Orders" (REST API v3), and ``class-wc-webhook.php``: only the body is
signed; the delivery id is a hash of the webhook and the second, so that two orders in one second share it, and a
delivery is the same again only when its body is; a refused delivery is not sent again, and after five in a row the
webhook is switched off. A deleted order tells nothing but its number, and clearing up old orders undoes none of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.errors import BadDelivery
from bot.model import Shop, ShopDelivery, ShopOrder
from bot.offers.intake.shops import reading
from bot.offers.intake.shops.signing import signed
from bot.offers.intake.shops.states import Words, state_of

WORDS = Words(
    ladder=("checkout-draft", "pending", "on-hold", "processing", "completed"),
    back=frozenset({"cancelled", "refunded", "failed"}),
    usual="processing",
)
SIGNATURE = "x-wc-webhook-signature"
_PING = re.compile(rb"webhook_id=\d{1,20}")


def is_ping(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether this is the unsigned question with which WooCommerce tries an address when a webhook is made."""
    return SIGNATURE not in headers and _PING.fullmatch(body.strip()) is not None


def is_signed(_shop: Shop, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets signed this body."""
    return signed(body, headers.get(SIGNATURE), secrets)


def read(shop: Shop, body: bytes) -> ShopDelivery:
    """What a delivery tells: an order, or nothing that is of use. Raises BadDelivery."""
    told = reading.read_json(body)
    same = hashlib.sha256(body).hexdigest()
    if "status" not in told or "coupon_lines" not in told:
        return ShopDelivery(same)
    order = _order(shop, told)
    return ShopDelivery(same, order.changed_at, order)


def _order(shop: Shop, told: Mapping[str, Any]) -> ShopOrder:
    number = reading.identifier(told.get("id"))
    if number is None:
        raise BadDelivery("the order has no id")
    changed_at = _moment(shop, told, "date_modified") or _moment(shop, told, "date_created")
    if changed_at is None:
        raise BadDelivery("it has no time in 'date_modified_gmt'")
    currency = reading.currency(told.get("currency"))
    account = reading.identifier(told.get("customer_id"))  # 0 is a guest
    return ShopOrder(
        id=number,
        state=state_of(str(told["status"]).removeprefix("wc-"), shop, WORDS),
        changed_at=changed_at,
        codes=reading.codes([one.get("code") for one in reading.parts(told["coupon_lines"])]),
        paid_at=_moment(shop, told, "date_paid") or _moment(shop, told, "date_created"),
        total=reading.amount(told.get("total")) if currency else None,
        currency=currency,
        customer=account or reading.text(reading.part(told, "billing").get("email")),
    )


def _moment(shop: Shop, told: Mapping[str, Any], name: str) -> datetime | None:
    return reading.moment(told.get(f"{name}_gmt")) or reading.moment(told.get(name), shop.timezone)
