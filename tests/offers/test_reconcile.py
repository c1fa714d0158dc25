from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import CountStatus, Door, EventKind, Ground, Offer, OfferEvent, OfferKind, Reason, ShopCount
from bot.offers.counting.candidates import candidates
from bot.offers.counting.daily import local_day
from bot.offers.counting.reconcile import KEPT_FOR, LAG, awaited, difference, judge
from bot.ports import Redeemed

ZONE = ZoneInfo("Europe/Vienna")
DAY = local_day(datetime(2026, 7, 14, tzinfo=UTC).date(), ZONE)
NOON = DAY.start + timedelta(hours=12)
HOUR = timedelta(hours=1)
SETTLED = DAY.end + LAG
OFFER = Offer(id="t", name="Truffle", kind=OfferKind.CODE_PHRASE, code="t", starts=DAY.start - timedelta(days=30))


def shop(count: int | None, *orders: str, **more: object) -> ShopCount:
    listed = orders or None
    values = {"placement": "web", "orders": listed, "at": DAY.end} | more
    return ShopCount("t", "crumbs", DAY.day, DAY.start, DAY.end, len(orders) if orders else count, **values)


def event(name: str, at: datetime = NOON, kind: EventKind = EventKind.REDEEMED, **more: object) -> OfferEvent:
    return OfferEvent(id=name, offer="t", kind=kind, at=at, code="T", **({"placement": "web"} | more))


@pytest.mark.parametrize(
    ("theirs", "now", "status", "mismatch"),
    [
        (3, NOON, CountStatus.PROVISIONAL, None),  # equal, but the day is not over
        (3, DAY.end, CountStatus.FINAL, None),
        (2, DAY.end, CountStatus.PROVISIONAL, 1),  # the shop lags
        (5, DAY.end, CountStatus.PROVISIONAL, 2),  # or ours does
        (2, SETTLED - timedelta(seconds=1), CountStatus.PROVISIONAL, 1),
        (2, SETTLED, CountStatus.MISMATCH, 1),
        (5, SETTLED, CountStatus.MISMATCH, 2),
        (None, NOON, CountStatus.PROVISIONAL, None),
        (None, DAY.end, CountStatus.FINAL, None),  # the shop said that it has no figure
    ],
)
def test_a_difference_is_provisional_while_shops_may_lag_and_a_mismatch_then(theirs, now, status, mismatch) -> None:
    match = judge(shop(theirs), Redeemed(3), now=now)
    assert (match.status, match.mismatch, match.ours, match.theirs) == (status, mismatch, 3, theirs)
    assert match.why


def test_a_count_that_is_awaited_is_provisional_and_unknown() -> None:
    match = judge(shop(None, at=None), Redeemed(3), now=DAY.end)
    assert (match.status, match.theirs, match.mismatch) == (CountStatus.PROVISIONAL, None, None)


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_difference_is_the_same_from_either_side(ours: int, theirs: int) -> None:
    assert difference(shop(theirs), Redeemed(ours)) == difference(shop(ours), Redeemed(theirs)) == abs(ours - theirs)


ORDERS = st.sets(st.sampled_from([f"100{n}" for n in range(8)]))


@given(ORDERS, ORDERS)
def test_listed_orders_differ_the_same_from_either_side_and_not_at_all_only_when_they_are_the_same(
    ours, theirs
) -> None:
    here, there = tuple(sorted(ours)), tuple(sorted(theirs))

    def apart(listed: tuple[str, ...], known: tuple[str, ...]) -> int | None:
        count = replace(shop(len(listed)), orders=listed)
        return difference(count, Redeemed(len(known), known))

    assert apart(there, here) == apart(here, there) == max(len(ours - theirs), len(theirs - ours))


def test_as_many_but_other_orders_is_a_mismatch() -> None:
    match = judge(shop(None, "1", "2"), Redeemed(2, ("#2", "3")), now=SETTLED)
    assert (match.status, match.mismatch, match.ours, match.theirs) == (CountStatus.MISMATCH, 1, 2, 2)


def test_a_redemption_without_an_order_may_be_any_of_the_shops() -> None:
    assert difference(shop(None, "1", "2", "3"), Redeemed(3, ("1",))) == 0
    assert difference(shop(None, "1", "2", "3"), Redeemed(3, ("1", "9"))) == 1


def named(count: ShopCount, *known: OfferEvent | tuple[OfferEvent, bool]) -> list[tuple[Ground, str | None]]:
    around = [one if isinstance(one, tuple) else (one, False) for one in known]
    return [(one.ground, one.event or one.order) for one in candidates(count, around)]


def test_where_the_shop_counted_more_the_ledger_names_what_it_may_have_honoured() -> None:
    refused = event("capped", kind=EventKind.REFUSED, reason=Reason.DAY_CAP)
    guess = event("guess", kind=EventKind.REFUSED, reason=Reason.UNKNOWN_CODE)
    eve, morrow = event("eve", DAY.start - HOUR), event("morrow", DAY.end)
    elsewhere = event("till", placement="till", kind=EventKind.REFUSED, reason=Reason.DAY_CAP)
    found = named(
        shop(9), refused, guess, (event("back"), True), eve, morrow, elsewhere, event("far", DAY.start - 3 * HOUR)
    )
    assert found == [
        (Ground.REFUSED_HERE, "capped"), (Ground.GIVEN_BACK, "back"),
        (Ground.NEAR_MIDNIGHT, "eve"), (Ground.NEAR_MIDNIGHT, "morrow"),
    ]  # fmt: skip


def test_where_the_shop_counted_fewer_the_ledger_names_what_it_may_not_know() -> None:
    late, first, again = event("late", DAY.end - HOUR), event("first", customer="ada"), event("again", customer="ada")
    by_hand = event("hand", door=Door.TILL)
    found = named(shop(1, door=Door.SHOPIFY), first, again, by_hand, late, event("plain", door=Door.SHOPIFY))
    assert found == [(Ground.TWICE, "again"), (Ground.NOT_THERE, "hand"), (Ground.NEAR_MIDNIGHT, "late")]


def test_a_list_of_orders_names_each_exactly() -> None:
    known = [
        event("kept", order="crumbs:1:2"),
        (event("back", order="2"), True),
        event("capped", order="3", kind=EventKind.REFUSED, reason=Reason.OFFER_CAP),
        event("eve", DAY.start - 20 * HOUR, order="4"),
        event("kept again", order="1"),
        event("ours", order="6"),
        event("no order"),
    ]
    assert named(shop(None, "1", "2", "3", "4", "#5"), *known) == [
        (Ground.GIVEN_BACK, "back"), (Ground.REFUSED_HERE, "capped"), (Ground.ANOTHER_DAY, "eve"),
        (Ground.NOT_HERE, "#5"), (Ground.TWICE, "kept again"), (Ground.NOT_THERE, "ours"),
    ]  # fmt: skip


def test_a_shop_that_counts_is_awaited_for_the_days_that_may_still_come() -> None:
    told = [shop(1)]
    found = awaited(told, {"t": OFFER}, ZONE, DAY.end + timedelta(days=1, hours=1))
    assert [(one.day - DAY.day).days for one in found] == [1, 2]
    assert all(one.count is None and one.at is None and one.placement == "web" for one in found)
    assert awaited(told, {"t": OFFER}, ZONE, DAY.end + KEPT_FOR + 3 * LAG) == ()
    assert awaited(told, {}, ZONE, DAY.end + HOUR) == ()
    assert awaited([replace(told[0], code="K7")], {"t": OFFER}, ZONE, DAY.end + HOUR) == ()
    assert awaited(told, {"t": replace(OFFER, ends=DAY.end)}, ZONE, DAY.end + HOUR) == ()
    assert awaited([], {"t": OFFER}, ZONE, DAY.end) == ()
