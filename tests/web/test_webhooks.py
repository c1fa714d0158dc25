"""Webhooks over the web app: what a shop's server sees."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.errors import StoreError
from bot.model import DeliveryOutcome, Shop, ShopKind
from bot.offers.intake.shops.square import read_order
from bot.web.app import create_app
from bot.web.webhooks import LARGEST
from tests.offers.payloads import body, load, mac
from tests.support.feedserver import FeedServer, Reply
from tests.support.shops import SECRET, SQUARE_URL, Beside, iso, shop_beside, shopify, signature, woo

HOME = "https://heard.example.org"
SHOPIFY, WOO, SQUARE = ShopKind.SHOPIFY, ShopKind.WOOCOMMERCE, ShopKind.SQUARE


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Beside]:
    beside = shop_beside(tmp_path, WOO)
    yield beside
    beside.app.close()


def post(beside: Beside, raw: bytes, path: str = "", **headers: str):
    return of(beside).post(path or f"/webhooks/{beside.kind}", content=raw, headers=headers)


_WEB: list[FastAPI] = []


def of(beside: Beside) -> TestClient:
    """One web app for all of the tests, because making it takes longer than they do; it serves this installation."""
    if not _WEB:
        _WEB.append(create_app(beside.app))
    _WEB[0].state.heard = beside.app
    return TestClient(_WEB[0], HOME, raise_server_exceptions=False)


@pytest.mark.parametrize("kind", list(ShopKind))
def test_each_platform_has_its_address_and_a_signed_order_counts_there(tmp_path: Path, kind: ShopKind) -> None:
    beside = shop_beside(tmp_path, kind)
    raw = {SHOPIFY: shopify(), WOO: woo("completed"), SQUARE: body("square_payment")}[kind]
    answer = post(beside, raw, **signature(kind, raw))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "taken"})
    assert post(beside, raw, **signature(kind, raw)).json() == {"outcome": "seen"}
    assert [(str(event.kind), event.offer, event.door) for event in beside.events()] == [
        ("redeemed", "truffle", beside.events()[0].door)
    ]
    assert str(beside.events()[0].door) == str(kind)
    assert post(beside, raw, **signature(kind, raw, "wrong")).status_code == 401
    beside.app.close()


def test_a_wrong_signature_is_401_and_the_log_has_a_line_without_what_was_sent(
    press: Beside, caplog: pytest.LogCaptureFixture
) -> None:
    raw = woo("completed")
    with caplog.at_level(logging.WARNING, "heard.shops"):
        answer = post(press, raw, **{"x-wc-webhook-signature": "AAAA"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert f"{len(raw)} bytes were thrown away" in caplog.text
    assert "jane" not in caplog.text
    assert press.events() == []


def test_the_ping_of_a_new_webhook_is_answered(press: Beside) -> None:
    answer = post(press, b"webhook_id=17", **{"content-type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})


@pytest.mark.parametrize("path", ["/webhooks/shopify", "/webhooks/magento", "/webhooks/woocommerce?shop=other"])
def test_a_shop_that_is_not_set_up_is_404(press: Beside, path: str) -> None:
    raw = woo("completed")
    assert post(press, raw, path, **signature(WOO, raw)).status_code == 404


def test_the_address_may_name_the_shop(press: Beside) -> None:
    raw = woo("completed")
    assert post(press, raw, "/webhooks/woocommerce?shop=crumbs", **signature(WOO, raw)).status_code == 200


def test_a_signed_body_that_makes_no_sense_is_400_in_words(press: Beside) -> None:
    answer = post(press, b"{", **signature(WOO, b"{"))
    assert answer.status_code == 400
    assert "cannot be read as JSON" in answer.json()["detail"]
    stale = woo("completed", -60 * 24 * 4)
    assert "before the replay window" in post(press, stale, **signature(WOO, stale)).json()["detail"]


def test_more_than_a_megabyte_is_413_announced_or_not(press: Beside) -> None:
    large = b" " * (LARGEST + 1)
    assert post(press, large, **signature(WOO, large)).status_code == 413

    def bits() -> Iterator[bytes]:
        for _ in range(17):
            yield b" " * 2**16

    assert post(press, bits(), **signature(WOO, large)).status_code == 413  # type: ignore[arg-type]


def test_a_large_order_is_taken(press: Beside) -> None:
    lines = [{"id": n, "name": "Box of twelve truffles " + "x" * 200} for n in range(3000)]
    raw = woo("completed", line_items=lines)
    assert 600_000 < len(raw) < LARGEST
    assert post(press, raw, **signature(WOO, raw)).status_code == 200


ANOTHER = """
[[shop]]
id = "second"
kind = "woocommerce"
placement = "counter"
secret_{how}
"""


def test_shops_of_one_kind_are_told_apart_by_the_secret_that_fits(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("another-secret", encoding="utf-8")
    beside = shop_beside(tmp_path, WOO, more=ANOTHER.format(how='file = "other.txt"'))
    raw = woo("completed")
    assert post(beside, raw, **signature(WOO, raw, "another-secret")).json() == {"outcome": "taken"}
    assert post(beside, raw, **signature(WOO, raw)).json() == {"outcome": "taken"}
    assert [(event.placement, event.order) for event in beside.events()] == [
        ("counter", "second:727"),
        ("web", "crumbs:727"),
    ]
    wrong = post(beside, raw, "/webhooks/woocommerce?shop=crumbs", **signature(WOO, raw, "another-secret"))
    assert wrong.status_code == 401
    beside.app.close()


def test_a_secret_that_two_shops_share_needs_the_shops_name_in_the_address(tmp_path: Path) -> None:
    beside = shop_beside(tmp_path, WOO, more=ANOTHER.format(how='file = "secret.txt"'))
    raw = woo("completed")
    answer = post(beside, raw, **signature(WOO, raw))
    assert (answer.status_code, "?shop=ID" in answer.json()["detail"]) == (400, True)
    assert post(beside, raw, "/webhooks/woocommerce?shop=second", **signature(WOO, raw)).status_code == 200
    beside.app.close()


def test_a_secret_that_cannot_be_read_is_nobodys_business_and_stops_no_other_shop(tmp_path: Path) -> None:
    beside = shop_beside(tmp_path, WOO, more=ANOTHER.format(how='env = "NOT_SET_4711"'))
    raw = woo("completed")
    assert post(beside, raw, **signature(WOO, raw)).status_code == 200
    answer = post(beside, raw, "/webhooks/woocommerce?shop=second", **signature(WOO, raw))
    assert answer.status_code == 503
    assert "NOT_SET_4711" not in answer.text
    beside.app.close()


@pytest.mark.parametrize("verb", ["get", "put", "delete"])
def test_only_posts_are_taken(press: Beside, verb: str) -> None:
    assert getattr(of(press), verb)("/webhooks/woocommerce").status_code == 405


def test_a_database_that_cannot_be_used_is_503_and_the_delivery_counts_when_it_comes_again(tmp_path: Path) -> None:
    broken = shop_beside(tmp_path, WOO)
    database, raw = tmp_path / "heard.db", woo("completed")
    whole = database.read_bytes()
    database.write_bytes(b"not a database, by a long way" * 100)
    answer = post(broken, raw, **signature(WOO, raw))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    database.write_bytes(whole)
    assert post(broken, raw, **signature(WOO, raw)).json() == {"outcome": "taken"}
    assert broken.live() == 1
    broken.app.close()


def test_while_the_ledger_is_locked_nothing_is_promised_and_nothing_lost(press: Beside) -> None:
    raw = woo("completed")
    press.app.store._connections.database().execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(press.app.settings.path.with_name("heard.db"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            press.send(raw)
    assert press.send(raw) is DeliveryOutcome.TAKEN
    assert press.live() == 1


# ---- Square, whose events do not tell what an order's discounts are called -------------------------------------------

ORDER = "03O3USaPaAaFnI6kkwB1JxGgBsUZY"


class Seller:
    """A shop with a token, and what Square's API says of its one order."""

    def __init__(self, beside: Beside, server: FeedServer) -> None:
        self.beside, self.server, self._number = beside, server, 0

    def event(self, **changed: object) -> tuple[int, dict[str, str]]:
        """The answer to an event about the order; ``changed`` is what the order says now."""
        self.has(load("square_order")["order"] | changed)
        return self.knock()

    def has(self, order: object, path: str = ORDER, status: int = 200) -> None:
        self.server.add(f"/v2/orders/{path}", Reply(status, body=json.dumps({"order": order})))

    def knock(self, name: str = "square_order_event", **told: object) -> tuple[int, dict[str, str]]:
        self._number += 1
        raw = body(name, event_id=f"event-{self._number}", **told)
        answer = post(self.beside, raw, **signature(SQUARE, raw))
        return answer.status_code, answer.json()


@pytest.fixture
def seller(tmp_path: Path) -> Iterator[Seller]:
    (tmp_path / "token.txt").write_text("square-token-4711", encoding="utf-8")
    with FeedServer() as server:
        origin = {"https://connect.squareup.com": server.url("")}
        beside = shop_beside(tmp_path, SQUARE, more='token_file = "token.txt"', rebase=origin)
        yield Seller(beside, server)
        beside.app.close()


def money(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "GBP"}


def test_an_order_is_asked_for_with_the_token_and_its_discounts_name_redeems(seller: Seller) -> None:
    assert seller.event() == (200, {"outcome": "taken"})
    (asked,) = seller.server.requests
    assert asked.headers["authorization"] == "Bearer square-token-4711"
    (event,) = seller.beside.events()
    assert (event.offer, event.order, event.value) == ("truffle", f"crumbs:{ORDER}", Decimal("19.5"))


def test_payments_orders_and_their_updates_count_an_order_once(seller: Seller) -> None:
    seller.event()
    seller.knock("square_payment")
    seller.event(updated_at=iso(-1))
    assert seller.beside.told() == ["redeemed"]


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ({"state": "OPEN", "tenders": []}, False),
        ({"state": "OPEN", "net_amount_due_money": money(5)}, False),
        ({"state": "OPEN"}, True),
        ({"state": "COMPLETED"}, True),
        ({"state": "CANCELED"}, False),
        ({"state": None}, False),
    ],
)
def test_only_a_paid_order_counts(seller: Seller, state: dict[str, object], counts: bool) -> None:
    seller.event(**state)
    assert seller.beside.live() == int(counts)


def test_refunds_count_when_they_make_the_whole_and_were_not_rejected(seller: Seller) -> None:
    seller.event()
    rejected = {"status": "REJECTED", "amount_money": money(1950)}
    part = {"status": "APPROVED", "amount_money": money(950)}
    seller.event(updated_at=iso(-3), refunds=[rejected, part])
    assert seller.beside.live() == 1
    seller.event(updated_at=iso(-2), refunds=[rejected, part, {"status": "PENDING", "amount_money": money(1000)}])
    assert seller.beside.told() == ["redeemed", "rolled_back"]


def test_a_return_leads_to_the_order_whose_goods_came_back(seller: Seller) -> None:
    seller.event()
    full = {"refunds": [{"status": "APPROVED", "amount_money": money(1950)}], "updated_at": iso(-2)}
    seller.has(load("square_order")["order"] | full)
    seller.has({"id": "RETURN1", "returns": [{"source_order_id": ORDER}]}, "RETURN1")
    refund = {"type": "refund", "object": {"refund": {"id": "R1", "order_id": "RETURN1", "status": "COMPLETED"}}}
    assert seller.knock(data=refund)[0] == 200
    assert seller.beside.told() == ["redeemed", "rolled_back"]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_an_order_that_cannot_be_asked_for_is_503_and_counts_when_the_event_comes_again(
    seller: Seller, status: int
) -> None:
    seller.has({}, status=status)
    assert seller.knock()[0] == 503
    assert seller.beside.app.store.counts()["shop_deliveries"] == 0
    assert seller.event()[0] == 200
    assert seller.beside.live() == 1


def test_the_token_follows_no_redirect(seller: Seller) -> None:
    elsewhere = seller.server.add("/elsewhere", Reply(body=json.dumps(load("square_order"))))
    seller.server.add(f"/v2/orders/{ORDER}", Reply(302, {"Location": elsewhere}))
    assert seller.knock()[0] == 503
    assert seller.server.asked("/elsewhere") == []


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"order": ' * 5000])
def test_an_answer_of_square_that_makes_no_sense_is_503(seller: Seller, answer: bytes) -> None:
    seller.server.add(f"/v2/orders/{ORDER}", Reply(body=answer))
    assert seller.knock()[0] == 503


def test_an_order_that_square_does_not_know_is_passed_over(seller: Seller) -> None:
    assert seller.knock() == (200, {"outcome": "ignored"})


@pytest.mark.parametrize("order", ["../../v2/payments", "x" * 65, "a b", "", None, 5.5])
def test_no_event_leads_the_token_to_another_address(seller: Seller, order: object) -> None:
    told = {"type": "order_updated", "object": {"order_updated": {"order_id": order}}}
    assert seller.knock(data=told) == (200, {"outcome": "ignored"})
    assert seller.server.requests == []


def test_square_signs_the_address_too(tmp_path: Path) -> None:
    beside = shop_beside(tmp_path, SQUARE)
    raw = body("square_payment")
    name = "x-square-hmacsha256-signature"
    for other in ("https://heard.example.org/webhooks/square/", "http://heard.example.org/webhooks/square", ""):
        assert beside.send(raw, {name: mac(other.encode() + raw, SECRET)}) is None
    assert beside.send(raw, {name: mac(SQUARE_URL.encode() + raw, SECRET)}) is DeliveryOutcome.TAKEN
    beside.app.close()


@pytest.mark.parametrize(
    ("payment", "counts"),
    [
        ({"status": "APPROVED"}, 0),
        ({"status": "FAILED"}, 0),
        ({"note": None, "reference_id": "The Moon Is Made Of Ganache"}, 1),
        ({"note": "for my gran: the moon is made of ganache, she said"}, 0),
        ({"refunded_money": money(950)}, 1),
        ({"refunded_money": money(1950)}, 0),
    ],
)
def test_without_a_token_a_payments_note_or_reference_is_all_there_is(
    tmp_path: Path, payment: dict[str, object], counts: int
) -> None:
    beside = shop_beside(tmp_path, SQUARE)
    told = load("square_payment")["data"]
    told["object"]["payment"] |= payment
    beside.send(body("square_payment", data=told))
    assert beside.live() == counts
    beside.app.close()


def test_amounts_are_in_the_currencys_own_smallest_unit() -> None:
    shop = Shop("crumbs", SQUARE)
    for currency, value in (("JPY", "1950"), ("GBP", "19.50"), ("KWD", "1.950"), ("???", None)):
        order = load("square_order")["order"] | {"total_money": {"amount": 1950, "currency": currency}}
        assert read_order(shop, order).total == (None if value is None else Decimal(value))
