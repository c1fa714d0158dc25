from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import Door, EventKind, OfferEvent, Reason, ShopCount
from bot.offers.counting.daily import local_day, local_days
from bot.ports import DayGroup, Redeemed, Store, Switch
from tests.offers.verdicts.ledgers import history_of
from tests.support.fold import fold

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)  # the day on which Berlin's clocks go forward
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def write(store: Store, *events: OfferEvent) -> None:
    for event in events:
        store.record(event.key, lambda _, event=event: event)


def event(number: int | str, at: datetime = NOON, kind: EventKind = EventKind.REDEEMED, **more: object) -> OfferEvent:
    values = {"offer": "t", "code": "T", "placement": "shop"} | more
    return OfferEvent(id=f"e{number}", kind=kind, at=at, **values)


def back(number: int | str, of: OfferEvent, at: datetime) -> OfferEvent:
    return event(number, at, EventKind.ROLLED_BACK, offer=of.offer, placement=of.placement, refers_to=of.id)


def test_an_empty_ledger_has_no_first_event_no_days_and_nothing_held(store: Store) -> None:
    assert store.first_event(["t"]) is None
    assert store.day_tallies(["t"], local_days(NOON, NOON + DAY, BERLIN)) == ()
    assert store.day_tallies(["t"], ()) == ()
    assert store.held(["t"], NOON) == {}
    assert store.refusals("t", NOON, NOON + DAY) == {}
    assert store.last_event() == 0
    assert store.changes_after(0, NOON) == ()


def test_local_days_are_half_open_and_as_long_as_their_clock_says(store: Store) -> None:
    day = local_day(NOON.date(), BERLIN)
    assert day.end - day.start == 23 * HOUR
    write(store, event(1, day.start), event(2, day.end - timedelta(microseconds=1)), event(3, day.end))
    first, second = store.day_tallies(["t"], local_days(day.start, NOON + DAY, BERLIN))
    assert (first.day, first.redeemed) == (NOON.date(), 2)
    assert (second.day, second.redeemed) == (NOON.date() + DAY, 1)


def test_reservations_are_held_until_they_are_redeemed_released_or_over(store: Store) -> None:
    held = [event(n, NOON, EventKind.RESERVED, expires_at=NOON + HOUR) for n in range(4)]
    write(store, *held, event("r", NOON + timedelta(minutes=5), refers_to="e0"))
    write(store, event("l", NOON + timedelta(minutes=6), EventKind.RELEASED, refers_to="e1"))
    assert store.held(["t"], NOON) == {("t", "shop"): 4}
    assert store.held(["t"], NOON + timedelta(minutes=5)) == {("t", "shop"): 3}
    assert store.held(["t"], NOON + timedelta(minutes=59)) == {("t", "shop"): 2}
    assert store.held(["t"], NOON + HOUR) == {}


def test_refusals_are_told_by_reason_and_placement_most_first(store: Store) -> None:
    reasons = [Reason.DAY_CAP, Reason.USED_UP, Reason.DAY_CAP]
    write(store, *(event(n, NOON, EventKind.REFUSED, reason=reason) for n, reason in enumerate(reasons)))
    write(store, event("guess", NOON, EventKind.REFUSED, offer="", placement=None, reason=Reason.UNKNOWN_CODE))
    found = store.refusals("t", NOON, NOON + HOUR)
    assert list(found.items()) == [((Reason.DAY_CAP, "shop"), 2), ((Reason.USED_UP, "shop"), 1)]
    assert store.refusals("", NOON, NOON + HOUR) == {(Reason.UNKNOWN_CODE, None): 1}
    assert store.refusals("t", NOON - HOUR, NOON) == {}


def test_changes_after_an_event_are_what_was_told_late_and_what_was_given_back_of_what_had_been_told(
    store: Store,
) -> None:
    old, again = event("old", NOON - DAY), event("again", NOON - DAY)
    write(store, old, again)
    told = store.last_event()
    late, undone = event("late", NOON - 2 * DAY, told_at=NOON), event("undone", NOON - DAY)
    write(store, late, undone, back("b1", old, NOON), back("b2", undone, NOON), event("new", NOON + HOUR))
    changes = store.changes_after(told, NOON)
    assert [(change.at, change.given_back) for change in changes] == [(late.at, False), (old.at, True)]
    assert store.changes_after(store.last_event(), NOON + DAY) == ()


def test_what_a_shop_counts_is_counted_by_placement_code_and_door(store: Store) -> None:
    write(store, event(1, order="1001", door=Door.SHOPIFY), event(2, placement="till", door=Door.TILL))
    write(store, event(3, code="K7"), returned := event(4, order="1004"), back(5, returned, NOON + HOUR))
    day = local_day(NOON.date(), BERLIN)

    def asked(**more: object) -> ShopCount:
        return ShopCount("t", "crumbs", day.day, day.start, day.end, 1, **more)

    scopes = (asked(), asked(placement="shop", orders=()), asked(code="K7"), asked(door=Door.SHOPIFY, orders=()))
    found = store.redeemed_as(scopes)
    assert found == (Redeemed(3), Redeemed(2, ("1001",)), Redeemed(1), Redeemed(1, ("1001",)))
    assert store.redeemed_as(()) == ()


PLACES = st.sampled_from(["shop", "X", None])
MOMENTS = st.datetimes(datetime(2026, 3, 27), datetime(2026, 4, 1), timezones=st.just(UTC))  # noqa: DTZ001 bounds are naive
HAPPENED = st.lists(st.tuples(MOMENTS, PLACES, st.sampled_from(["redeemed", "refused", "back"])), max_size=25)
_examples = iter(range(1_000_000))
TOLD: Sequence[dict[str, Any]] = (
    {},
    {"order": "1", "new_customer": True, "customer": "ada"},
    {"order": "2", "value": Decimal("0.00"), "currency": "EUR", "new_customer": False, "customer": "ada"},
    {"value": Decimal("0.01"), "code": "K7"},
    {"value": Decimal("9.50"), "order": "3", "customer": "bo", "code": "K7"},
)
"""What a redemption may tell of itself."""


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(happened=HAPPENED, until=MOMENTS)
def test_the_database_counts_as_a_fold_of_the_events_does(store: Store, zone: str, happened, until) -> None:
    offer = f"offer {next(_examples)}"
    events: list[OfferEvent] = []
    for at, place, what in happened:
        number = next(_examples)
        open_ones = [e for e in events if e.kind is EventKind.REDEEMED and e.id not in {o.refers_to for o in events}]
        if what == "back" and open_ones:
            events.append(back(number, open_ones[0], at))
        elif what != "back":
            reason = Reason.DAY_CAP if what == "refused" else None
            told = TOLD[number % len(TOLD)] if what == "redeemed" else {}
            events.append(event(number, at, EventKind(what), offer=offer, placement=place, reason=reason, **told))
    write(store, *events)
    days = local_days(datetime(2026, 3, 26, tzinfo=UTC), until, ZoneInfo(zone))
    assert set(store.day_tallies([offer], days)) == set(fold(events, ZoneInfo(zone), until))
    # What is given back is gone, whenever that was.
    ended = [one for one in events if one.kind is EventKind.ROLLED_BACK or one.at <= until]
    leaked = {"T": datetime(2026, 3, 30, tzinfo=UTC)}
    history = history_of(offer, ended, leaked, ZoneInfo(zone))
    found = store.day_groups(offer, days, leaked, customers=True)
    assert [one.day for one in found] == sorted(one.day for one in found)
    assert Counter(map(_sorted, found)) == Counter(map(_sorted, history.redeemed))
    assert Counter(store.day_groups(offer, days, leaked)) == Counter(one._replace(customers=()) for one in found)
    assert set(store.capped_days(offer, days)) == set(history.capped)


def _sorted(group: DayGroup) -> DayGroup:
    return group._replace(customers=tuple(sorted(group.customers)))


def test_switches_are_told_oldest_first_and_a_codes_redemptions_on_either_side_of_a_moment(store: Store) -> None:
    off, on = event("off", NOON, EventKind.DISABLED, code=""), event("on", NOON + HOUR, EventKind.ENABLED, code="")
    write(store, event("old", NOON - HOUR), event("at", NOON), undone := event("undone", NOON), off, on)
    write(store, event("other", NOON, code="K7"), back("b", undone, NOON + HOUR))
    assert store.redeemed_around("t", "T", NOON) == (1, 1)
    assert store.redeemed_around("t", "K7", NOON + HOUR) == (1, 0)
    assert store.redeemed_around("t", "unknown", NOON) == (0, 0)
    groups = store.day_groups("t", local_days(NOON - DAY, NOON + DAY, BERLIN), {"T": NOON})
    assert {(one.leaked, one.number) for one in groups} == {(False, 2), (True, 1)}
    assert store.switches(["t"], NOON + DAY) == (Switch("t", NOON, "", False), Switch("t", NOON + HOUR, "", True))
    assert store.switches(["t"], NOON) == (Switch("t", NOON, "", False),)
    assert store.switches(["u"], NOON + DAY) == ()
