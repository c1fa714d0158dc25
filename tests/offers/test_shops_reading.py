"""What shops' payloads are read into; signed does not mean sane."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadDelivery
from bot.model import OrderState, Shop, ShopKind, ShopOrder, ShopRefund
from bot.offers.intake.shops import shopify, square, woocommerce
from bot.offers.intake.shops.signing import signed
from bot.offers.intake.shops.states import state_of
from tests.offers.payloads import body, load, mac
from tests.support.counts import FULL, examples

READERS: dict[str, tuple[ModuleType, Shop]] = {
    "shopify_order": (shopify, Shop("s", ShopKind.SHOPIFY)),
    "shopify_refund": (shopify, Shop("s", ShopKind.SHOPIFY)),
    "woocommerce_order": (woocommerce, Shop("w", ShopKind.WOOCOMMERCE)),
    "square_payment": (square, Shop("q", ShopKind.SQUARE)),
    "square_order_event": (square, Shop("q", ShopKind.SQUARE, retrieves=True)),
}
HOSTILE: list[Any] = [
    None, True, 0, -1, 2**63, 10**300, 1.5, "", " ", "x" * 70_000, "\0", "\ud800", "=cmd|' /C calc'!A0", "<script>",
    "'; DROP TABLE shop_orders; --", "🍫", "-5.00", "1e999999999", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00",
    "0000-00-00T00:00:00", [], {}, [[]], [None], {"code": None}, [{"code": {}}], {"amount": "x"}, {"amount": 10**300, "currency": "GBP"},
]  # fmt: skip


CHANCE = random.Random(4711)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a payload."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places(part, (*path, key))


def some() -> list[Any]:
    """A few of the hostile values; all of them in the full run."""
    return HOSTILE if FULL else CHANCE.sample(HOSTILE, 6)


def changed(payload: Any, path: tuple[Any, ...], value: Any) -> bytes:
    payload = copy.deepcopy(payload)
    inner = payload
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(payload).encode()


def is_sane(order: ShopOrder) -> bool:
    return (
        len(order.id) <= 64
        and len(order.codes) <= 50
        and (order.total is None or (0 <= order.total < 10**9 and order.currency is not None))
        and order.changed_at.utcoffset() is not None
    )


@pytest.mark.parametrize("name", READERS)
def test_whatever_stands_in_any_place_it_is_read_or_refused_in_words(name: str) -> None:
    platform, shop = READERS[name]
    payload = load(name)
    for path in places(payload):
        for value in some():
            with suppress(BadDelivery):
                told = platform.read(shop, changed(payload, path, value)).told
                assert not isinstance(told, ShopOrder) or is_sane(told), (path, value)
                assert not isinstance(told, ShopRefund) or told.amount >= 0, (path, value)


def test_whatever_stands_in_an_order_of_squares_it_is_read_or_refused_in_words() -> None:
    payload, shop = load("square_order")["order"], Shop("q", ShopKind.SQUARE, retrieves=True)
    for path in places(payload):
        for value in some():
            told = json.loads(changed(payload, path, value))
            square.source_order(told)
            with suppress(BadDelivery):
                assert is_sane(square.read_order(shop, told)), (path, value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=examples(150))
@given(st.sampled_from(list(READERS)), JSON | st.binary(max_size=60))
def test_no_body_at_all_breaks_a_reader(name: str, value: Any) -> None:
    platform, shop = READERS[name]
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    with suppress(BadDelivery):
        platform.read(shop, raw)


def test_a_shopify_order_as_documented() -> None:
    order = shopify.read(Shop("s", ShopKind.SHOPIFY), body("shopify_order")).told
    assert order == ShopOrder(
        id="820982911946154508",
        state=OrderState.PAID,
        changed_at=order.changed_at,
        codes=("The moon is made of ganache",),
        paid_at=order.paid_at,
        total=Decimal("19.50"),
        currency="GBP",
        customer="115310627314723954",
    )
    assert order.changed_at.isoformat() == "2026-03-02T11:56:00+00:00"


@pytest.mark.parametrize(("orders", "new"), [(1, True), (2, False), (0, None), (None, None), ("1", None)])
def test_an_older_api_says_whether_the_customer_is_new(orders: object, new: bool | None) -> None:
    raw = body("shopify_order", customer={"id": 5, "orders_count": orders})
    assert shopify.read(Shop("s", ShopKind.SHOPIFY), raw).told.new_customer is new


def test_a_woocommerce_guest_is_known_by_address_and_an_account_by_number() -> None:
    shop = Shop("w", ShopKind.WOOCOMMERCE)
    assert woocommerce.read(shop, body("woocommerce_order")).told.customer == "jane@customer.example"
    assert woocommerce.read(shop, body("woocommerce_order", customer_id=26)).told.customer == "26"


def test_what_a_shopify_delivery_is_about_is_read_from_its_body_alone() -> None:
    shop, raw = Shop("s", ShopKind.SHOPIFY), body("shopify_order")
    headers = {"x-shopify-hmac-sha256": mac(raw, "a"), "x-shopify-topic": "orders/cancelled"}
    assert shopify.is_signed(shop, headers, raw, ["a"])
    assert shopify.read(shop, raw).told.state is OrderState.PAID


@pytest.mark.parametrize(
    ("counts", "word", "state"),
    [
        ((), "processing", OrderState.PAID),
        ((), "completed", OrderState.PAID),
        ((), "on-hold", OrderState.OPEN),
        (("completed",), "processing", OrderState.OPEN),
        (("on-hold",), "processing", OrderState.PAID),
        (("wholesale",), "wholesale", OrderState.PAID),
        (("wholesale",), "completed", OrderState.OPEN),
        ((), "wholesale", OrderState.OPEN),
        (("completed",), "failed", OrderState.GIVEN_BACK),
    ],
)
def test_a_word_counts_when_it_or_one_below_it_is_configured(
    counts: tuple[str, ...], word: str, state: OrderState
) -> None:
    assert state_of(word, Shop("w", ShopKind.WOOCOMMERCE, counts=counts), woocommerce.WORDS) is state


def test_a_signature_is_of_the_very_bytes_and_one_of_the_secrets() -> None:
    assert signed(b"raw", mac(b"raw", "b"), ["a", "b"])
    assert signed(b"raw", f" {mac(b'raw', 'b')} ", ["a", "b"])
    for message, given_signature, secrets in (
        (b"raw ", mac(b"raw", "b"), ["b"]),
        (b"raw", mac(b"raw", "b"), ["a"]),
        (b"raw", mac(b"raw", "b").lower(), ["b"]),
        (b"raw", mac(b"raw", "b")[:-1], ["b"]),
        (b"raw", None, ["b"]),
        (b"raw", "", ["b"]),
        (b"raw", mac(b"raw", "b"), []),
    ):
        assert not signed(message, given_signature, secrets)
