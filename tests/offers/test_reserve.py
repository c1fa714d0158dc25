"""Reservations against the real store: what is held, for how long, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.errors import BadClaim, KeyReused, RedemptionRefused
from bot.model import Claim, EventKind, Offer, OfferKind, Reason, RedemptionResult, ReservationResult
from bot.offers.ledger import redeem as redeeming
from bot.offers.ledger import reserve as reserving
from bot.offers.ledger.switch import switch
from bot.offers.ledger.till import Till
from bot.store.sqlite import SqliteStore
from tests.support.database import store_in_memory

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CARDS = Offer(id="cards", name="Cards", kind=OfferKind.UNIQUE_CODES)
PHRASE = Offer(
    id="truffle", name="Free truffle", kind=OfferKind.CODE_PHRASE, code="moon cake", placements=("blog", "shop")
)
IDS = count(1)


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = store_in_memory()
    opened.issue("cards", [("k7qf", None), ("m2xr", "fair")], NOW)
    yield opened
    assert opened.integrity_check() == ()
    opened.close()


class Desk:
    """One store, some offers, and a clock that is set by hand."""

    def __init__(self, store: SqliteStore, *offers: Offer) -> None:
        self.store = store
        self.offers = {offer.id: offer for offer in offers or (CARDS, PHRASE)}
        self.now = NOW

    @property
    def till(self) -> Till:
        return Till(self.store, self.offers, self.now, ZoneInfo("Europe/Berlin"), lambda: f"r{next(IDS)}", b"salt")

    def reserve(self, code: str, hold: timedelta | None = None, **said: Any) -> ReservationResult:
        return reserving.reserve(self.till, Claim(code, **said), hold=hold)

    def redeem(self, code: str, **said: Any) -> RedemptionResult:
        return redeeming.redeem(self.till, Claim(code, **said))

    def redeem_held(self, reservation: str | None, code: str = "", **said: Any) -> RedemptionResult:
        return reserving.redeem_reserved(self.till, reservation or "", Claim(code, **said))

    def release(self, reservation: str | None, key: str | None = None) -> bool:
        return reserving.release(self.till, reservation or "", key=key)[1]

    def kinds(self) -> list[str]:
        return [str(event.kind) for event in self.store.offer_events()]


@pytest.fixture
def desk(store: SqliteStore) -> Desk:
    return Desk(store)


def test_a_held_code_is_reserved_for_others_and_redeemed_by_its_holder(desk: Desk) -> None:
    held = desk.reserve("K7QF")
    assert (held.reserved, held.expires_at, held.reason) == (True, NOW + 15 * MINUTE, None)
    assert desk.redeem("k7qf").reason is Reason.RESERVED
    assert desk.reserve("k7qf").reason is Reason.RESERVED
    taken = desk.redeem_held(held.reservation)
    assert (taken.redeemed, taken.offer, taken.code) == (True, "cards", "K7QF")
    assert desk.redeem("k7qf").reason is Reason.USED_UP


def test_a_reservation_ends_by_the_clock_whether_or_not_that_was_written(desk: Desk) -> None:
    held = desk.reserve("k7qf", 2 * MINUTE)
    desk.now += 2 * MINUTE - timedelta(microseconds=1)
    assert desk.redeem("k7qf").reason is Reason.RESERVED
    desk.now += timedelta(microseconds=1)
    assert desk.redeem_held(held.reservation).reason is Reason.RESERVATION_EXPIRED
    assert desk.redeem("k7qf").redeemed
    assert desk.store.expire(desk.now, lambda: f"x{next(IDS)}") == 1
    assert desk.redeem_held(held.reservation).reason is Reason.RESERVATION_EXPIRED


def test_what_is_released_is_free_and_released_once(desk: Desk) -> None:
    held = desk.reserve("k7qf")
    assert desk.release(held.reservation) is False
    assert desk.release(held.reservation) is True
    assert desk.redeem_held(held.reservation).reason is Reason.RESERVATION_EXPIRED
    assert desk.redeem("k7qf").redeemed
    for reservation, reason in (
        ("?", "unknown_code"),
        (desk.reserve("m2xr", MINUTE).reservation, "reservation_expired"),
    ):
        desk.now += MINUTE
        with pytest.raises(RedemptionRefused) as caught:
            desk.release(reservation)
        assert caught.value.reason == reason


def test_what_was_redeemed_is_not_released(desk: Desk) -> None:
    held = desk.reserve("k7qf")
    redemption = desk.redeem_held(held.reservation)
    with pytest.raises(RedemptionRefused, match="redeemed"):
        desk.release(held.reservation)
    redeeming.roll_back(desk.till, redemption.redemption or "")
    assert desk.redeem_held(held.reservation).reason is Reason.ALREADY_ROLLED_BACK
    assert desk.redeem("k7qf").redeemed


@pytest.mark.parametrize("cap", [{"cap": 1}, {"per_code": 1}, {"per_day": 1}, {"per_week": 1}, {"per_customer": 1}])
def test_a_reservation_occupies_a_use_of_every_cap(store: SqliteStore, cap: dict[str, int]) -> None:
    desk = Desk(store, replace(PHRASE, **cap))
    held = desk.reserve("moon cake", customer="pat")
    assert desk.redeem("moon cake", customer="pat").reason is Reason.RESERVED
    assert desk.redeem_held(held.reservation).redeemed
    refusal = desk.redeem("moon cake", customer="pat").reason
    assert refusal is not None
    assert refusal is not Reason.RESERVED


def test_a_reservation_over_midnight_never_passes_the_next_days_cap(store: SqliteStore) -> None:
    desk = Desk(store, replace(PHRASE, per_day=1))
    desk.now = datetime(2026, 3, 10, 22, 55, tzinfo=UTC)  # 23:55 in Berlin
    held = desk.reserve("moon cake")
    desk.now += 6 * MINUTE
    assert desk.redeem("moon cake").reason is Reason.RESERVED
    assert desk.redeem_held(held.reservation).redeemed
    assert desk.redeem("moon cake").reason is Reason.DAY_CAP


def test_what_was_held_is_honoured_after_the_offers_end_but_not_when_it_is_switched_off(store: SqliteStore) -> None:
    desk = Desk(store, replace(PHRASE, ends=NOW + MINUTE))
    one, other = desk.reserve("moon cake"), desk.reserve("moon cake")
    desk.now += 2 * MINUTE
    assert desk.redeem("moon cake").reason is Reason.EXPIRED
    assert desk.redeem_held(one.reservation).redeemed
    switch(desk.till, PHRASE, on=False)
    assert desk.redeem_held(other.reservation).reason is Reason.DISABLED
    assert desk.reserve("moon cake").expires_at is None
    refusals = [event for event in store.offer_events() if event.kind is EventKind.REFUSED]
    assert {(event.refers_to, event.expires_at) for event in refusals} == {(None, None)}, "they end and hold nothing"


def test_what_one_order_redeemed_is_no_other_orders(desk: Desk) -> None:
    held = desk.reserve("k7qf")
    first = desk.redeem_held(held.reservation, order="1001")
    assert desk.redeem_held(held.reservation, order="1002").reason is Reason.ORDER_MISMATCH
    assert desk.redeem_held(held.reservation, order="1001").redemption == first.redemption


def test_an_order_that_holds_a_code_redeems_what_it_holds(desk: Desk) -> None:
    held = desk.reserve("k7qf", order="1001")
    assert desk.reserve("k7qf", order="1001").reservation == held.reservation
    assert desk.redeem("k7qf", order="1002").reason is Reason.RESERVED
    redeemed = desk.redeem("k7qf", order="1001")
    assert redeemed.redeemed
    assert desk.store.offer_event(redeemed.redemption or "").refers_to == held.reservation  # type: ignore[union-attr]
    assert desk.redeem_held(held.reservation).redemption == redeemed.redemption
    assert desk.reserve("k7qf", order="1001").reason is Reason.USED_UP
    assert desk.kinds().count("redeemed") == 1


def test_a_redemption_keeps_what_was_said_when_reserving(desk: Desk) -> None:
    held = desk.reserve(
        "moon cake",
        placement="shop",
        customer="pat",
        order="7",
        value=Decimal("12.5"),
        currency="eur",
        new_customer=True,
    )
    desk.redeem_held(held.reservation, value=Decimal(14), currency="EUR")
    (event,) = desk.store.latest_events(1, kinds=[EventKind.REDEEMED])
    assert (event.placement, event.order, event.value, event.currency, event.new_customer) == (
        "shop", "7", Decimal(14), "EUR", True,
    )  # fmt: skip
    assert event.customer is not None


@pytest.mark.parametrize(
    "said", [{"code": "m2xr"}, {"offer": "truffle"}, {"order": "8"}, {"customer": "sam"}, {"placement": "moon"}]
)
def test_another_order_cannot_redeem_what_is_held(desk: Desk, said: dict[str, str]) -> None:
    held = desk.reserve("k7qf", order="7", customer="pat", placement="blog")
    assert desk.redeem_held(held.reservation, **said).reason is Reason.ORDER_MISMATCH
    assert desk.redeem_held(held.reservation, order="7", customer="pat", placement="BLOG").redeemed is True


def test_a_reservation_nobody_made_is_an_unknown_code(desk: Desk) -> None:
    redemption = desk.redeem("k7qf").redemption
    for reservation in ("", "?", "\ud800", "r' OR 1=1 --", redemption):
        assert desk.redeem_held(reservation).reason is Reason.UNKNOWN_CODE
    assert set(desk.kinds()) == {"redeemed", "refused"}


def test_the_same_key_is_answered_alike_for_ever_and_serves_one_request(desk: Desk) -> None:
    first = desk.reserve("k7qf", key="a")
    desk.now += timedelta(hours=1)
    assert desk.reserve("K7-QF", key="a") == replace(first, replayed=True)
    with pytest.raises(KeyReused):
        desk.reserve("k7qf", key="a", hold=MINUTE)
    with pytest.raises(KeyReused):
        desk.redeem("k7qf", key="a")
    again = desk.reserve("k7qf", key="b")
    taken = desk.redeem_held(again.reservation, key="c")
    assert desk.redeem_held(again.reservation, key="c") == replace(taken, replayed=True)
    with pytest.raises(KeyReused):
        desk.redeem_held(first.reservation, key="c")
    with pytest.raises(KeyReused):
        desk.release(again.reservation, key="c")


@pytest.mark.parametrize("hold", [timedelta(0), -MINUTE, timedelta(days=7, microseconds=1)])
def test_a_hold_of_nothing_or_of_more_than_a_week_is_refused(desk: Desk, hold: timedelta) -> None:
    with pytest.raises(BadClaim):
        desk.reserve("k7qf", hold)
    with pytest.raises(BadClaim):
        desk.reserve("k7qf", at=NOW)
    assert desk.kinds() == []


def test_the_offer_says_how_long_it_holds(store: SqliteStore) -> None:
    desk = Desk(store, replace(CARDS, reserve_for=timedelta(hours=2)))
    assert desk.reserve("k7qf").expires_at == NOW + timedelta(hours=2)
