"""Deliveries of shops against the real store: each order counts once, whatever comes, however often, in whatever order."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.model import DeliveryOutcome, Door, EventKind, Reason, ShopKind
from bot.offers.intake.take_order import customer_of
from bot.scheduler import Runner
from bot.wiring import App
from bot.wiring.checking import Checking
from config.settings import load_settings
from tests.offers.payloads import body
from tests.support.counts import FULL
from tests.support.shops import (
    NEXT_SECRET,
    NOON,
    PHRASE,
    SECRET,
    Beside,
    refund,
    refused,
    shop_beside,
    shopify,
    signature,
    woo,
)

TAKEN, SEEN, OLDER = DeliveryOutcome.TAKEN, DeliveryOutcome.SEEN, DeliveryOutcome.OLDER
NOT_OURS, IGNORED = DeliveryOutcome.NOT_OURS, DeliveryOutcome.IGNORED


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Beside]:
    """A Shopify shop."""
    beside = shop_beside(tmp_path, ShopKind.SHOPIFY)
    yield beside
    beside.app.close()


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Beside]:
    """A WooCommerce shop."""
    beside = shop_beside(tmp_path, ShopKind.WOOCOMMERCE)
    yield beside
    beside.app.close()


def test_a_paid_order_redeems_its_code_with_all_that_the_shop_tells(store: Beside) -> None:
    assert store.send(shopify()) is TAKEN
    (event,) = store.events()
    assert (event.kind, event.offer, event.placement) == (EventKind.REDEEMED, "truffle", "web")
    assert (event.order, event.value, event.currency) == ("crumbs:820982911946154508", Decimal("19.5"), "GBP")
    assert (event.door, event.actor, event.new_customer) == (Door.SHOPIFY, "shop:crumbs", None)
    assert event.at == NOON - timedelta(minutes=4, seconds=59)


def test_the_same_delivery_counts_once_however_often_it_comes(store: Beside) -> None:
    assert [store.send(shopify()) for _ in range(3)] == [TAKEN, SEEN, SEEN]
    assert store.told() == ["redeemed"]


def test_an_order_counts_once_over_all_its_topics_and_changes(store: Beside) -> None:
    store.send(shopify(-5, financial_status="pending"))
    for minutes in (-4, -3, -2):
        assert store.send(shopify(minutes, fulfillment_status="fulfilled")) is TAKEN
    assert store.told() == ["redeemed"]


@pytest.mark.parametrize("word", ["pending", "authorized", "partially_paid", "a word of tomorrow", None, 7])
def test_an_order_that_is_not_paid_redeems_nothing(store: Beside, word: object) -> None:
    assert store.send(shopify(financial_status=word)) is TAKEN
    assert store.told() == []


@pytest.mark.parametrize(
    "undone",
    [{"financial_status": "refunded"}, {"financial_status": "voided"}, {"cancelled_at": "2026-03-02T11:59:00Z"}],
)
def test_a_cancelled_or_refunded_order_gives_its_use_back(store: Beside, undone: dict[str, str]) -> None:
    store.send(shopify(-4))
    store.send(shopify(-3, **undone))
    assert store.told() == ["redeemed", "rolled_back"]
    assert store.events()[1].door is Door.SHOPIFY


def test_a_partial_refund_keeps_the_redemption(store: Beside) -> None:
    store.send(shopify(-4))
    store.send(refund("5.00"))
    store.send(shopify(-1, financial_status="partially_refunded"))
    assert store.told() == ["redeemed"]


def test_partial_refunds_that_make_the_whole_give_the_use_back(store: Beside) -> None:
    store.send(shopify(-4))
    assert store.send(refund("5.00", id=1)) is TAKEN
    assert store.send(refund("5.00", id=1)) is SEEN
    assert store.live() == 1
    store.send(refund("14.50", id=2))
    assert store.told() == ["redeemed", "rolled_back"]


def test_a_refund_that_overtakes_its_order_lets_nothing_be_redeemed(store: Beside) -> None:
    store.send(refund("19.50", -2))
    assert store.send(shopify(-4)) is TAKEN
    assert store.told() == []


def test_a_refund_of_nothing_keeps_an_order_that_cost_nothing(store: Beside) -> None:
    store.send(shopify(-4, total_price="0.00"))
    store.send(refund("0.00"))
    assert store.told() == ["redeemed"]


def test_a_partial_refund_that_overtakes_its_order_leaves_it_to_be_redeemed(store: Beside) -> None:
    store.send(refund("5.00", -2))
    store.send(shopify(-4))
    assert store.told() == ["redeemed"]


def test_a_cancellation_that_overtakes_the_payment_lets_nothing_be_redeemed(store: Beside) -> None:
    store.send(shopify(-3, cancelled_at="2026-03-02T11:57:00Z"))
    assert store.send(shopify(-4)) is OLDER
    assert store.told() == []


def test_nothing_undoes_a_cancellation_of_its_own_moment(store: Beside) -> None:
    store.send(shopify(-3, cancelled_at="2026-03-02T11:57:00Z"))
    assert store.send(shopify(-3)) is OLDER
    assert store.told() == []


def test_of_two_states_of_one_moment_the_later_to_arrive_holds(store: Beside) -> None:
    store.send(shopify(-3, financial_status="pending"))
    store.send(shopify(-3))
    assert store.told() == ["redeemed"]


def test_an_order_that_is_taken_up_again_redeems_anew(store: Beside) -> None:
    store.send(shopify(-4))
    store.send(shopify(-3, cancelled_at="2026-03-02T11:57:00Z"))
    store.send(shopify(-2))
    store.send(shopify(-1))
    assert store.told() == ["redeemed", "rolled_back", "redeemed"]


def test_an_order_that_is_changed_to_another_code_gives_one_back_and_redeems_the_other(store: Beside) -> None:
    store.send(shopify(-4))
    other = {"discount_codes": [{"code": "ONE MORE, PLEASE!"}], "discount_applications": []}
    store.send(shopify(-3, **other))
    assert sorted((event.offer, str(event.kind)) for event in store.events()) == [
        ("second", "redeemed"),
        ("truffle", "redeemed"),
        ("truffle", "rolled_back"),
    ]


def test_an_order_with_two_codes_of_ours_redeems_both_and_each_spelling_once(store: Beside) -> None:
    codes = [{"code": PHRASE}, {"code": PHRASE.upper()}, {"code": "one-more-please"}, {"code": "SUMMER10"}]
    store.send(shopify(discount_codes=codes))
    assert sorted(event.offer for event in store.events()) == ["second", "truffle"]


def test_the_change_that_takes_a_code_away_wins_even_when_it_arrives_first(store: Beside) -> None:
    assert store.send(shopify(-3, discount_codes=[], discount_applications=[])) is NOT_OURS
    assert store.send(shopify(-4)) is OLDER
    assert store.told() == []


def test_of_orders_without_a_code_of_ours_nothing_personal_is_kept(store: Beside, tmp_path: Path) -> None:
    assert store.send(shopify(discount_codes=[{"code": "SUMMER10"}], discount_applications=[])) is NOT_OURS
    assert store.told() == []
    assert store.app.store.counts()["shop_codes"] == 0
    store.app.store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("heard.db*"))
    for personal in (b"jane@", b"Jane", b"115310627314723954", b"Made-up Street", b"SUMMER10", b"#1042", b"19.5"):
        assert personal not in kept


def test_of_orders_with_a_code_of_ours_the_customer_is_a_keyed_hash(store: Beside, tmp_path: Path) -> None:
    store.send(shopify())
    assert store.events()[0].customer is not None
    store.app.store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("heard.db*"))
    for personal in (b"jane@", b"Jane", b"115310627314723954", b"Made-up Street"):
        assert personal not in kept


def test_one_customer_s_number_at_two_shops_is_two_customers(store: Beside) -> None:
    (shop,) = store.app.settings.shops
    other = replace(shop, id="second")
    assert customer_of(shop, "17", b"salt") != customer_of(other, "17", b"salt")
    assert customer_of(shop, "Jane@x", b"salt") == customer_of(shop, "jane@X", b"salt") != customer_of(shop, "17", b"")


def test_an_offer_that_has_left_the_configuration_keeps_what_it_redeemed(store: Beside) -> None:
    store.send(shopify(-4))
    path = store.app.settings.path
    path.write_text(path.read_text(encoding="utf-8").replace(PHRASE, "another season"), encoding="utf-8")
    store.app.close()
    store.app = App(load_settings(path), store.clock)
    assert store.send(shopify(-3)) is TAKEN
    assert store.told() == ["redeemed"]
    store.send(shopify(-2, financial_status="refunded"))
    assert store.told() == ["redeemed", "rolled_back"]


def test_a_test_order_counts_for_nothing(store: Beside) -> None:
    assert store.send(shopify(test=True)) is IGNORED
    assert store.told() == []


@pytest.mark.parametrize("raw", [b"{}", b'{"id": 1, "title": "a product"}', b'{"topic": "app/uninstalled"}'])
def test_deliveries_about_other_things_are_passed_over(store: Beside, raw: bytes) -> None:
    assert store.send(raw) is IGNORED
    assert store.app.store.counts()["shop_deliveries"] == 0


def test_a_cap_that_is_reached_is_recorded_with_the_order(tmp_path: Path) -> None:
    store = shop_beside(tmp_path, ShopKind.SHOPIFY, caps="cap = 1")
    store.send(shopify(id=1))
    store.send(shopify(id=2))
    store.send(shopify(-1, id=2))
    assert store.told() == ["redeemed", "refused:offer_cap"]
    refusal = store.events(EventKind.REFUSED)[0]
    assert (refusal.order, refusal.reason, refusal.value) == ("crumbs:2", Reason.OFFER_CAP, Decimal("19.5"))
    store.send(shopify(-1, id=1, financial_status="refunded"))
    store.send(shopify(0, id=2, financial_status="refunded"))
    assert store.told() == ["redeemed", "refused:offer_cap", "rolled_back"]
    assert store.live() == 0
    store.app.close()


def test_what_somebody_gave_back_by_hand_is_not_given_back_twice(store: Beside) -> None:
    store.send(shopify(-4))
    store.app.counting.roll_back(store.events()[0].id)
    assert store.send(shopify(-3, financial_status="refunded")) is TAKEN
    assert store.told() == ["redeemed", "rolled_back"]
    assert store.app.store.unsettled(9) == ()


def test_both_secrets_are_taken_while_they_change(store: Beside) -> None:
    raw = shopify()
    assert store.send(raw, signature(ShopKind.SHOPIFY, raw, NEXT_SECRET)) is TAKEN


@pytest.mark.parametrize("given", ["", "AAAA", "é\udcff", "=" * 10_000, "b6ea"])
def test_a_wrong_signature_leaves_no_trace(store: Beside, given: str) -> None:
    assert store.send(shopify(), {"x-shopify-hmac-sha256": given}) is None
    assert store.send(shopify(), {}) is None
    raw = shopify()
    assert store.send(raw + b" ", signature(ShopKind.SHOPIFY, raw)) is None
    assert store.app.store.counts()["shop_deliveries"] == store.app.store.counts()["shop_orders"] == 0


def test_what_is_not_signed_is_not_even_parsed(store: Beside) -> None:
    assert store.send(b"\xff" * 1000, {"x-shopify-hmac-sha256": "AAAA"}) is None


@pytest.mark.parametrize(
    ("minutes", "why"), [(-60 * 24 * 3 - 1, "before the replay window"), (16, "yet to come: set the clocks right")]
)
def test_a_delivery_outside_of_the_replay_window_is_refused(store: Beside, minutes: float, why: str) -> None:
    assert why in refused(store, shopify(minutes))
    assert why in refused(store, refund("1.00", minutes))
    assert store.app.store.counts()["shop_deliveries"] == 0


def test_clocks_that_differ_a_little_lose_nothing(store: Beside) -> None:
    assert store.send(shopify(14, processed_at="2026-03-02T12:14:00Z", created_at="2026-03-02T12:14:00Z")) is TAKEN
    assert store.events()[0].at == NOON


HOSTILE = {
    "no JSON": b"{",
    "no object": b"[]",
    "not UTF-8": b'{"id": "\xff"}',
    "a key twice": b'{"id": 1, "id": 2}',
    "NaN": b'{"id": NaN}',
    "infinite": b'{"id": -Infinity}',
    "a number of 5,000 digits": b'{"id": ' + b"9" * 5000 + b"}",
    "deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "empty": b"",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_body_that_makes_no_sense_is_refused_in_words(store: Beside, raw: bytes) -> None:
    assert "BadDelivery: the body" in refused(store, raw)


@pytest.mark.parametrize("number", [0, -1, True, None, "", "a b", "x" * 65, "<script>", 10**70, 1.5, [], {}])
def test_an_order_without_a_number_is_refused(store: Beside, number: object) -> None:
    assert "the order has no id" in refused(store, shopify(id=number))


@pytest.mark.parametrize(
    ("total", "currency"),
    [
        ("-5.00", "GBP"),
        ("1e9", "GBP"),
        ("9" * 40, "GBP"),
        (None, "GBP"),
        (["5"], "GBP"),
        ("5.00", "XXQ"),
        ("5", "£"),
        ("5", 5),
    ],
)
def test_amounts_and_currencies_that_make_no_sense_are_unknown_and_the_order_counts(
    store: Beside, total: object, currency: object
) -> None:
    store.send(shopify(total_price=total, currency=currency))
    assert [(event.kind, event.value) for event in store.events()] == [(EventKind.REDEEMED, None)]


@pytest.mark.parametrize(
    "codes",
    [
        ["no object"],
        [{"code": None}],
        [{"code": 5}],
        [{"code": "'; DROP TABLE offer_events; --"}],
        [{"code": "🍫" * 5000}],
        [{"code": "x" * 10_000}],
        [{"code": "\ud800"}],
        [{"code": "\0"}],
        [{"code": str(n)} for n in range(1000)],
        "text",
        {"code": PHRASE},
    ],
)
def test_codes_that_are_none_are_none_of_ours(store: Beside, codes: object) -> None:
    raw = shopify(discount_codes=codes, discount_applications=7)
    assert store.send(raw) is NOT_OURS
    assert store.told() == []


def test_old_deliveries_are_forgotten_and_orders_of_ours_are_not(store: Beside) -> None:
    store.send(shopify(id=1))
    store.send(shopify(id=2, discount_codes=[], discount_applications=[]))
    store.clock.advance(timedelta(days=31))
    store.send(shopify(60 * 24 * 31, id=3, discount_codes=[], discount_applications=[]))
    counts = store.app.store.counts()
    assert (counts["shop_deliveries"], counts["shop_orders"], counts["shop_codes"]) == (1, 2, 1)


# ---- WooCommerce: what went wrong there (rivals' issues by number) ---------------------------------------------------


def test_27686_and_30465_an_order_made_by_hand_that_goes_from_pending_to_processing_counts_once(press: Beside) -> None:
    press.send(woo("pending", -9))
    assert press.live() == 0
    press.send(woo("processing", -8))
    press.send(woo("processing", -7))
    press.send(woo("completed", -6))
    assert press.told() == ["redeemed"]


def test_27294_created_and_updated_of_one_paid_order_in_one_second_count_once(press: Beside) -> None:
    assert press.send(woo("processing", -4)) is TAKEN
    assert press.send(woo("processing", -4, date_completed=None, version="9.0.1")) is TAKEN
    assert press.told() == ["redeemed"]


def test_27673_a_failed_payment_holds_no_use_and_a_later_try_counts(tmp_path: Path) -> None:
    press = shop_beside(tmp_path, ShopKind.WOOCOMMERCE, caps="cap = 1")
    press.send(woo("failed", -9, id=1))
    press.send(woo("processing", -8, id=2))
    assert press.told() == ["redeemed"]
    press.send(woo("cancelled", -7, id=2))
    press.send(woo("processing", -6, id=1))
    assert press.told() == ["redeemed", "rolled_back", "redeemed"]
    press.app.close()


def test_12096_of_two_unpaid_orders_of_one_customer_the_second_to_be_paid_is_refused(tmp_path: Path) -> None:
    press = shop_beside(tmp_path, ShopKind.WOOCOMMERCE, caps="per_customer = 1")
    press.send(woo("pending", -9, id=1))
    press.send(woo("pending", -8, id=2))
    press.send(woo("processing", -7, id=1))
    press.send(woo("processing", -6, id=2))
    assert press.told() == ["redeemed", "refused:customer_cap"]
    press.app.close()


def test_a_status_that_goes_to_and_fro_counts_once(press: Beside) -> None:
    for minutes, status in enumerate(
        ["completed", "processing", "on-hold", "completed", "processing", "completed"], -9
    ):
        press.send(woo(status, minutes))
    assert press.told() == ["redeemed"]


def test_two_orders_of_one_second_share_a_delivery_id_and_both_count(press: Beside) -> None:
    for number in (1, 2):
        raw = woo("processing", id=number)
        headers = signature(ShopKind.WOOCOMMERCE, raw) | {"x-wc-webhook-delivery-id": "the same"}
        assert press.send(raw, headers) is TAKEN
    assert press.live() == 2


def test_the_unsigned_ping_is_answered_and_does_nothing(press: Beside) -> None:
    assert press.send(b"webhook_id=17", {}) is IGNORED
    assert press.send(b"webhook_id=17&status=completed", {}) is None
    assert press.send(b"webhook_id=17", signature(ShopKind.WOOCOMMERCE, b"webhook_id=17", "wrong")) is None
    assert press.app.store.counts()["shop_deliveries"] == 0


def test_a_deleted_order_undoes_nothing(press: Beside) -> None:
    press.send(woo("completed"))
    assert press.send(b'{"id": 727}') is IGNORED
    assert press.live() == 1


def test_only_what_is_configured_counts_and_what_comes_after_it(tmp_path: Path) -> None:
    press = shop_beside(tmp_path, ShopKind.WOOCOMMERCE, more='counts = ["completed", "at-the-door"]')
    press.send(woo("processing", -9))
    assert press.live() == 0
    press.send(woo("at-the-door", -8))
    assert press.live() == 1
    press.app.close()


def test_local_times_are_meant_in_the_shops_zone_where_nothing_better_is_told(tmp_path: Path) -> None:
    press = shop_beside(tmp_path, ShopKind.WOOCOMMERCE, more='timezone = "Asia/Tokyo"')
    gone = {"date_modified_gmt": None, "date_paid_gmt": None, "date_created_gmt": None}
    local = {"date_modified": "2026-03-02T20:56:00", "date_paid": "2026-03-02T20:55:00"}
    press.send(body("woocommerce_order", **gone, **local))
    assert press.events()[0].at == NOON - timedelta(minutes=5)
    press.app.close()


# ---- Whatever the order of arrival -----------------------------------------------------------------------------------

STORY = [
    woo("pending", -9),
    woo("processing", -8),
    woo("completed", -7),
    woo("processing", -6),
    woo("completed", -5),
]


def test_a_story_that_ends_paid_counts_once_in_every_order_of_arrival(press: Beside) -> None:
    orders = list(itertools.permutations(range(5)))
    for n, order in enumerate(random.Random(5).sample(orders, len(orders) if FULL else 5)):
        before = press.live()
        for step in order:
            raw = STORY[step].replace(b'"id": 727,', b'"id": %d,' % (10_000 + n))
            press.send(raw)
            press.send(raw)
        assert press.live() == before + 1, order


def test_a_story_that_ends_cancelled_counts_nothing_in_every_order_of_arrival(press: Beside) -> None:
    story = [*STORY[:4], woo("cancelled", -1)]
    orders = list(itertools.permutations(range(5)))
    for n, order in enumerate(random.Random(6).sample(orders, len(orders) if FULL else 5)):
        for step in order:
            press.send(story[step].replace(b'"id": 727,', b'"id": %d,' % (20_000 + n)))
        assert press.live() == 0, order


# ---- Whoever dies in between -----------------------------------------------------------------------------------------


class Dies(Exception):
    """The end of a process."""


def reopened(beside: Beside) -> Beside:
    settings, clock = beside.app.settings, beside.app.clock
    beside.app.close()
    return Beside(App(settings, clock), beside.kind)


@pytest.mark.parametrize("step", ["before the ledger", "after the ledger", "nothing"])
@pytest.mark.parametrize("story", ["paid", "cancelled", "again"])
def test_a_process_that_dies_between_any_two_steps_neither_loses_nor_doubles(
    tmp_path: Path, step: str, story: str
) -> None:
    beside = shop_beside(tmp_path, ShopKind.WOOCOMMERCE)
    told = {
        "paid": ["processing"],
        "cancelled": ["processing", "cancelled"],
        "again": ["processing", "cancelled", "processing"],
    }
    for minutes, status in enumerate(told[story], -9):
        with dying(beside, step):
            beside.send(woo(status, minutes))
        beside = reopened(beside)
    assert beside.send(woo(told[story][-1], len(told[story]) - 10)) is SEEN  # the shop, unanswered, sends it again
    assert beside.live() == (0 if story == "cancelled" else 1)
    assert len(beside.events(EventKind.REDEEMED)) == (2 if story == "again" else 1)
    assert beside.app.store.unsettled(9) == ()
    beside.app.close()


class _Till:
    """The ledger in a process that ends before, or right after, it has written."""

    def __init__(self, real: object, *, after: bool) -> None:
        self._real = real
        self._after = after

    def redeem(self, claim: object) -> object:
        return self._end("redeem", claim)

    def roll_back(self, redemption: str, **how: object) -> object:
        return self._end("roll_back", redemption, **how)

    def _end(self, verb: str, *said: object, **how: object) -> object:
        if self._after:
            getattr(self._real, verb)(*said, **how)
        raise Dies


class dying:  # noqa: N801 reads as the statement that it is
    """Within it, the process ends at a step; what was committed before stays."""

    def __init__(self, beside: Beside, step: str) -> None:
        self._shops, self._step = beside.app.shops, step

    def __enter__(self) -> None:
        real = self._shops._counting
        if self._step == "before the ledger":
            self._shops._counting = _Till(real, after=False)
        elif self._step == "after the ledger":
            self._shops._counting = _Till(real, after=True)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is Dies


def test_a_shop_that_has_left_the_configuration_is_still_settled(tmp_path: Path) -> None:
    beside = shop_beside(tmp_path, ShopKind.WOOCOMMERCE)
    with dying(beside, "before the ledger"):
        beside.send(woo("processing"))
    beside = reopened(beside)
    assert beside.app.shops.settle() == 1
    assert beside.app.shops.settle() == 0
    assert beside.live() == 1
    beside.app.close()


def test_many_hands_at_once_count_each_order_once(tmp_path: Path) -> None:
    beside = shop_beside(tmp_path, ShopKind.WOOCOMMERCE, caps="cap = 3")
    story = [
        woo("pending", -9, id=7),
        woo("processing", -8, id=7),
        woo("cancelled", -7, id=7),
        woo("completed", -6, id=7),
    ]
    others = [woo("processing", -5, id=number) for number in (8, 9, 10, 11)]
    deliveries = [*story, *others] * 3

    def hand(seed: int) -> None:
        mine = deliveries.copy()
        random.Random(seed).shuffle(mine)
        for raw in mine:
            beside.send(raw)
        beside.app.store.close()

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(hand, range(4)))
    redeemed = [event.order for event in beside.events(EventKind.REDEEMED)]
    assert beside.live() == 3
    assert len(redeemed) == len(set(redeemed))
    assert beside.app.store.unsettled(9) == ()
    beside.app.close()


def test_a_cancellation_that_comes_while_its_order_is_being_redeemed_is_done_by_the_next(tmp_path: Path) -> None:
    beside = shop_beside(tmp_path, ShopKind.WOOCOMMERCE)
    store = beside.app.store
    with dying(beside, "after the ledger"):
        beside.send(woo("processing", -3))
    (paid,) = store.unsettled(9)
    with dying(beside, "before the ledger"):
        beside.send(woo("cancelled", -2))
    (redeemed,) = beside.events()
    store.note_settled(replace(paid, answered=True, redemption=redeemed.id))  # who redeemed has not heard of it
    assert beside.live() == 1
    beside = reopened(beside)
    assert beside.app.shops.settle() == 1
    assert (beside.live(), beside.app.store.unsettled(9)) == (0, ())
    beside.app.close()


def test_the_scheduler_settles_what_was_left(tmp_path: Path) -> None:
    beside = shop_beside(tmp_path, ShopKind.WOOCOMMERCE)
    with dying(beside, "after the ledger"):
        beside.send(woo("processing"))
    beside = reopened(beside)
    Runner(beside.app).settle_orders()
    assert (beside.live(), beside.app.store.unsettled(9)) == (1, ())
    beside.app.close()


# ---- Set up ----------------------------------------------------------------------------------------------------------


def test_check_has_a_line_for_each_shop(store: Beside) -> None:
    findings = Checking(store.app, live=False).findings()
    assert ("shop crumbs", True, "shopify, 2 secrets, counts for web when paid") in findings


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        (ShopKind.SHOPIFY, "", "ok: shopify, 2 secrets, counts for web when paid"),
        (ShopKind.WOOCOMMERCE, 'counts = ["completed"]', "ok: woocommerce, 2 secrets, counts for web when completed"),
        (
            ShopKind.SQUARE,
            'token_file = "secret.txt"',
            "ok: square, 2 secrets, counts for web when paid; orders are asked for",
        ),
        (ShopKind.SQUARE, 'token_file = "nowhere.txt"', "wrong: token_file: "),
        (
            ShopKind.WOOCOMMERCE,
            'counts = ["refunded"]',
            "wrong: counts names 'refunded', which gives a code's use back",
        ),
        (
            ShopKind.SHOPIFY,
            'secret_env = "NOT_SET_4711"',
            "wrong: [[shop]] 'crumbs': secret_env: the environment variable",
        ),
    ],
)
def test_check_says_how_a_shop_is_set_up(tmp_path: Path, kind: ShopKind, more: str, said: str) -> None:
    beside = shop_beside(tmp_path, kind, more=more)
    (shop,) = beside.app.shops.of(kind)
    try:
        found = f"ok: {beside.app.shops.check(shop)}"
    except ConfigError as error:
        found = f"wrong: {error}"
    assert found.startswith(said)
    assert SECRET not in found
    beside.app.close()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ('kind = "magento"', "shopify"),
        ('replay_window = "5m"', "replay_window"),
        ('timezone = "Mars"', "IANA"),
        ('notification_url = "http://heard.example.org"', "https://"),
        ('api = "ftp://x"', "https://"),
        ('secrets = "x"', "secrets"),
    ],
)
def test_a_shop_that_cannot_be_is_refused_in_words(tmp_path: Path, more: str, why: str) -> None:
    path = tmp_path / "heard.toml"
    kind = "" if "kind" in more else 'kind = "shopify"'
    path.write_text(f'[[shop]]\nid = "crumbs"\n{kind}\nsecret_env = "A"\n{more}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=why):
        load_settings(path)


def test_a_shop_needs_a_secret_and_an_id_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "heard.toml"
    path.write_text('[[shop]]\nid = "crumbs"\nkind = "shopify"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="say where the secret is"):
        load_settings(path)
    path.write_text('[[shop]]\nid = "a"\nkind = "shopify"\nsecret_env = "A"\n' * 2, encoding="utf-8")
    with pytest.raises(ConfigError, match="id 'a' is used twice"):
        load_settings(path)
