from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.model import Offer, OfferFacts, OfferKind
from bot.offers.counting.facts import REPEAT_WITHIN, facts_of
from bot.ports import Redemption

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OFFER = Offer(id="t", name="Truffle", kind=OfferKind.CODE_PHRASE, code="t", starts=NOW - 9 * DAY, currency="EUR")


def redemption(_number: int, at: datetime = NOW, **more: object) -> Redemption:
    return Redemption(at, **more)


def facts(*redemptions: Redemption, offer: Offer = OFFER) -> OfferFacts:
    return facts_of(offer, 10 if offer.starts else None, iter(redemptions))


def test_what_nobody_asked_is_unknown_and_not_nought() -> None:
    found = facts(redemption(1), redemption(2))
    assert (found.total, found.days_live) == (2, 10)
    assert (found.known, found.redeemers, found.new, found.attached, found.repeaters, found.repeat_paid) == (None,) * 6
    assert (dict(found.values), found.cost) == ({}, None)


def test_shares_are_of_those_that_were_asked_with_wilsons_interval() -> None:
    events = [redemption(n, new_customer=n < 22) for n in range(61)]
    new = facts(*events, redemption(100)).new
    assert new is not None
    assert (new.count, new.of, round(new.value, 3)) == (22, 61, 0.361)
    assert (round(new.low, 3), round(new.high, 3)) == (0.252, 0.486)


def test_customers_are_counted_once_and_repeaters_are_a_share_of_those_who_are_known() -> None:
    events = [redemption(n, customer=who) for n, who in enumerate(["ada", "ada", "ben", None])]
    found = facts(*events)
    assert (found.redeemers, found.known, found.total) == (2, 3, 4)
    assert found.repeaters is not None
    assert (found.repeaters.count, found.repeaters.of) == (1, 2)


def test_an_order_without_value_is_no_purchase_and_currencies_are_not_added() -> None:
    found = facts(
        redemption(1, value=Decimal("3.50"), currency="EUR", order="1"),
        redemption(2, value=Decimal("1.25"), currency="EUR", order="2"),
        redemption(3, value=Decimal("9.00"), currency="CHF", order="3"),
        redemption(4, value=Decimal(0), currency="EUR", order="4"),
        redemption(5, value=Decimal(7)),
        redemption(6),
    )
    assert found.values == {"CHF": Decimal("9.00"), "EUR": Decimal("4.75")}
    assert found.attached is not None
    assert (found.attached.count, found.attached.of) == (4, 6)


@pytest.mark.parametrize(
    ("later", "order", "value", "came_back"),
    [(DAY, "2", "4", 1), (REPEAT_WITHIN, "2", "4", 1), (REPEAT_WITHIN + DAY, "2", "4", 0), (DAY, "1", "4", 0),
     (DAY, "2", "0", 0)],
)  # fmt: skip
def test_paid_again_is_another_order_of_some_value_within_thirty_days(later, order, value, came_back) -> None:
    first = redemption(1, NOW - 60 * DAY, customer="ada", order="1", value=Decimal(5))
    again = redemption(2, first.at + later, customer="ada", order=order, value=Decimal(value))
    other = redemption(3, customer="ben")
    found = facts(first, again, other).repeat_paid
    assert found is not None
    assert (found.count, found.of) == (came_back, 2)


@pytest.mark.parametrize(
    ("offer", "cost"),
    [
        (replace(OFFER, unit_cost=0.8, fixed_cost_per_day=0), "1.6"),
        (replace(OFFER, unit_cost=0.8), None),
        (replace(OFFER, unit_cost=0.8, fixed_cost_per_day=1.5), "16.6"),
        (replace(OFFER, unit_cost=0.8, fixed_cost_per_day=1.5, starts=None), None),
        (replace(OFFER, fixed_cost_per_day=1.5), None),
    ],
)
def test_cost_so_far_is_unknown_where_a_part_of_it_is(offer: Offer, cost: str | None) -> None:
    found = facts(redemption(1), redemption(2), offer=offer).cost
    assert found == (None if cost is None else Decimal(cost))
