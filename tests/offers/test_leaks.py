"""Leaks: which sightings are one, since when, and what was redeemed on either side of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.model import (
    Author,
    Door,
    EventKind,
    FlagKind,
    Item,
    ItemKind,
    Leak,
    Named,
    Offer,
    OfferEvent,
    OfferKind,
    Reason,
    Sighting,
    Standing,
)
from bot.offers.tracing.flags import find_flags, mix_p, upper_tail, usual_day
from bot.offers.tracing.leaks import cluster, find_leaks
from bot.offers.tracing.places import Home, standing
from bot.ports import Switch

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHRASE = "moon of ganache"
OFFER = Offer("o", "Truffle", OfferKind.CODE_PHRASE, PHRASE, places={"x": ("@Crumb",), "blog": ("crumbs.example",)})
UNIQUE = Offer("u", "Bar", OfferKind.UNIQUE_CODES, places={"x": ("@crumb",), "blog": ("crumbs.example", "r/cakes")})


def an_item(outlet: str = "x.com", handle: str | None = None, url: str | None = None) -> Item:
    return Item("x:1", ItemKind.POST, url, "", PHRASE, NOON, outlet, Author(handle=handle))


def seen(number: int, at: datetime, how: Standing = Standing.OUTSIDE, **changes: object) -> Sighting:
    made = Sighting("o", Named.CODE, PHRASE, f"rss:{number}", f"site{number}.example", at, at, standing=how)
    return replace(made, **changes)


def leaks_of(
    offers: list[Offer], sightings: list[Sighting], events: list[OfferEvent], issued: Mapping[str, datetime] = {}
) -> tuple[Leak, ...]:
    """The leaks of a ledger that holds these events."""
    returned = {event.refers_to for event in events if event.kind is EventKind.ROLLED_BACK}
    switched = [event for event in events if event.kind in {EventKind.DISABLED, EventKind.ENABLED}]

    def around(offer: str, code: str, moment: datetime) -> tuple[int, int]:
        at = [
            event.at
            for event in events
            if (event.offer, event.code, event.kind) == (offer, code, EventKind.REDEEMED) and event.id not in returned
        ]
        return sum(one < moment for one in at), sum(one >= moment for one in at)

    switches = [Switch(one.offer, one.at, one.code, one.kind is EventKind.ENABLED) for one in switched]
    return find_leaks(offers, sightings, switches, around, issued, NOON + DAY)


def redeemed(name: str, at: datetime, **changes: object) -> OfferEvent:
    return replace(OfferEvent(name, "o", EventKind.REDEEMED, at, PHRASE), **changes)


@pytest.mark.parametrize(
    ("item", "phrase", "unique"),
    [
        (an_item(handle="crumb"), Standing.ALLOWED, Standing.OUTSIDE),
        (an_item(handle="@CRUMB"), Standing.ALLOWED, Standing.OUTSIDE),
        (an_item(handle="crumbs"), Standing.OUTSIDE, Standing.OUTSIDE),
        (an_item("www.crumbs.example"), Standing.ALLOWED, Standing.ALLOWED),
        (an_item("a.crumbs.example"), Standing.ALLOWED, Standing.ALLOWED),
        (an_item("notcrumbs.example"), Standing.OUTSIDE, Standing.OUTSIDE),
        (an_item("news", url="https://www.crumbs.example/1"), Standing.ALLOWED, Standing.ALLOWED),
        (an_item("r/Cakes"), Standing.OUTSIDE, Standing.ALLOWED),
        (an_item("x.com", url="https://[broken"), Standing.OUTSIDE, Standing.OUTSIDE),
        (an_item("shop.example"), Standing.OWN, Standing.OWN),
        (an_item(handle="ours"), Standing.OWN, Standing.OWN),
        (an_item("slickdeals.net"), Standing.OUTSIDE, Standing.OUTSIDE),
    ],
)
def test_a_code_is_at_home_at_the_places_of_its_placement_and_with_its_owner(
    item: Item, phrase: Standing, unique: Standing
) -> None:
    home = Home(handles=("@Ours",), domains=("shop.example",))
    assert standing(OFFER, Named.CODE, None, item, home) is phrase
    assert standing(UNIQUE, Named.CODE, "blog", item, home) is unique


def test_a_phrase_without_places_is_named_and_not_leaked_but_for_a_deal_host() -> None:
    public = replace(OFFER, places={})
    assert standing(public, Named.CODE, None, an_item("paper.example"), Home()) is Standing.NAMED
    assert standing(public, Named.CODE, None, an_item("slickdeals.net"), Home()) is Standing.OUTSIDE
    assert standing(public, Named.CODE, None, an_item("slickdeals.net"), Home(deal_hosts=())) is Standing.NAMED
    assert standing(OFFER, Named.NAME, None, an_item("paper.example"), Home()) is Standing.NAMED
    unplaced = replace(UNIQUE, places={})
    assert standing(unplaced, Named.CODE, None, an_item("paper.example"), Home()) is Standing.OUTSIDE


def test_a_leak_is_its_first_sighting_outside_and_counts_what_came_before_and_after() -> None:
    events = [
        redeemed("before", NOON - HOUR),
        redeemed("at", NOON),
        redeemed("after", NOON + HOUR),
        redeemed("given back", NOON + HOUR),
        OfferEvent("back", "o", EventKind.ROLLED_BACK, NOON + 2 * HOUR, PHRASE, refers_to="given back"),
        redeemed("other", NOON + HOUR, offer="u"),
    ]
    sightings = [
        seen(2, NOON + HOUR),
        seen(1, NOON),
        seen(3, NOON - HOUR, Standing.ALLOWED),
        seen(4, NOON, Standing.NAMED),
    ]
    (leak,) = leaks_of([OFFER], sightings, events)
    assert (leak.first.item, leak.places, leak.sightings) == ("rss:1", ("site1.example", "site2.example"), 2)
    assert (leak.before, leak.after, leak.active) == (1, 2, True)
    assert (leak.released_at, leak.basis, leak.time_to_leak) == (NOON - HOUR, "first seen at an allowed place", HOUR)


@pytest.mark.parametrize(
    ("offer", "issued", "released", "basis"),
    [
        (replace(OFFER, starts=NOON - DAY), None, NOON - DAY, "offer starts"),
        (replace(OFFER, starts=NOON - DAY), NOON - HOUR, NOON - HOUR, "issued"),
        (OFFER, NOON - HOUR, NOON - HOUR, "issued"),
        (OFFER, None, None, ""),
        (replace(OFFER, starts=NOON + DAY), None, NOON + DAY, "offer starts"),
    ],
)
def test_the_time_to_leak_runs_from_when_the_code_was_given_out(
    offer: Offer, issued: datetime | None, released: datetime | None, basis: str
) -> None:
    known = {} if issued is None else {PHRASE: issued}
    (leak,) = leaks_of([offer], [seen(1, NOON)], [], known)
    assert (leak.released_at, leak.basis) == (released, basis)
    assert leak.time_to_leak == (None if released is None else max(timedelta(0), NOON - released))


def switch(kind: EventKind, at: datetime, code: str = "") -> OfferEvent:
    return OfferEvent(f"{kind}{at}", "o", kind, at, code)


@pytest.mark.parametrize(
    ("offer", "events", "leaks", "active"),
    [
        (replace(OFFER, ends=NOON), [], 0, False),
        (replace(OFFER, ends=NOON + HOUR), [], 1, False),
        (OFFER, [switch(EventKind.DISABLED, NOON - HOUR)], 0, False),
        (OFFER, [switch(EventKind.DISABLED, NOON)], 0, False),
        (OFFER, [switch(EventKind.DISABLED, NOON - HOUR, PHRASE)], 0, False),
        (OFFER, [switch(EventKind.DISABLED, NOON - HOUR, "another")], 1, True),
        (OFFER, [switch(EventKind.DISABLED, NOON + HOUR)], 1, False),
        (OFFER, [switch(EventKind.DISABLED, NOON - DAY), switch(EventKind.ENABLED, NOON - HOUR)], 1, True),
        (replace(OFFER, disabled=True), [], 1, False),
    ],
)
def test_only_a_code_that_can_be_redeemed_leaks(offer: Offer, events: list, leaks: int, active: bool) -> None:
    found = leaks_of([offer], [seen(1, NOON)], events)
    assert len(found) == leaks
    assert all(leak.active is active for leak in found)


def test_all_of_x_is_one_place_and_an_offer_that_is_gone_has_no_leaks() -> None:
    assert cluster(seen(1, NOON, item="x:1", outlet="x.com", handle="a")) == "x.com"
    assert leaks_of([], [seen(1, NOON)], []) == ()
    assert leaks_of([OFFER], [seen(1, NOON, named=Named.NAME)], []) == ()


def refused(number: int, at: datetime, code: str, actor: str | None = "key:till") -> OfferEvent:
    return OfferEvent(
        f"g{number}", "", EventKind.REFUSED, at, code, reason=Reason.UNKNOWN_CODE, door=Door.API, actor=actor
    )


def kinds(events: list[OfferEvent], now: datetime = NOON) -> list[FlagKind]:
    return [flag.kind for flag in find_flags([OFFER], events, now, UTC)]


def test_ten_different_wrong_codes_within_an_hour_from_one_source_stand_out() -> None:
    tries = [refused(n, NOON - timedelta(minutes=5 * n), f"code{n}") for n in range(12)]
    assert kinds(tries) == [FlagKind.GUESS]
    assert kinds(tries[:9]) == []
    assert kinds([refused(n, NOON - timedelta(minutes=5 * n), "same") for n in range(12)]) == []
    assert kinds([refused(n, NOON - timedelta(minutes=30 * n), f"code{n}") for n in range(12)]) == []
    assert kinds([replace(one, actor=f"key:{number}") for number, one in enumerate(tries)]) == []


def test_a_day_far_above_the_usual_is_a_wave_and_a_short_history_shows_none() -> None:
    usual = [redeemed(f"{day}-{n}", NOON - (day + 1) * DAY) for day in range(1, 40) for n in range(2 + day % 2)]
    wave = [redeemed(f"w{n}", NOON - DAY) for n in range(20)]
    assert kinds(usual) == []
    assert kinds(usual + wave) == [FlagKind.VELOCITY]
    assert kinds([one for one in usual if one.at > NOON - 20 * DAY] + wave) == []


def test_another_mix_of_placements_or_customers_stands_out() -> None:
    before = [
        redeemed(f"b{n}", NOON - 10 * DAY, placement="counter" if n % 2 else "blog", new_customer=n % 2 == 0)
        for n in range(60)
    ]
    same = [
        redeemed(f"s{n}", NOON - DAY, placement="counter" if n % 2 else "blog", new_customer=n % 2 == 0)
        for n in range(20)
    ]
    other = [redeemed(f"o{n}", NOON - DAY, placement="blog", new_customer=True) for n in range(20)]
    assert kinds(before + same) == []
    flags = find_flags([OFFER], before + other, NOON, UTC)
    assert [flag.kind for flag in flags] == [FlagKind.SHAPE, FlagKind.SHAPE]
    assert all(flag.p is not None and flag.p < 0.001 for flag in flags)


def test_customers_over_their_cap_are_counted_and_not_named() -> None:
    events = [
        redeemed(f"c{n}", NOON - HOUR, kind=EventKind.REFUSED, reason=Reason.CUSTOMER_CAP, customer="h")
        for n in range(3)
    ]
    (flag,) = find_flags([OFFER], events, NOON, UTC)
    assert (flag.kind, flag.value, flag.who) == (FlagKind.CAP, 3, None)


def test_the_figures_behind_flags_are_those_of_the_textbook() -> None:
    assert usual_day([2] * 40) == (2.0, 1.0)
    mean, spread = usual_day([2] * 39 + [60])
    assert mean < 2.5
    assert spread < 3
    assert upper_tail(5, 2.0, 1.0) == pytest.approx(0.052653, abs=1e-6)
    assert upper_tail(5, 2.0, 2.0) == pytest.approx(0.109375, abs=1e-6)
    assert mix_p({"a": 8, "b": 2}, {"a": 1, "b": 5}) == pytest.approx(0.034965, abs=1e-6)
    assert mix_p({"a": 3}, {"a": 9}) is None
