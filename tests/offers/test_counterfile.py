from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.model import Door, Offer, OfferKind, Shop, ShopCount, ShopKind
from bot.offers.counting.counterfile import ReadCounts, read_counts
from bot.offers.counting.shopcounts import shop_counts, subject_of, to_observation

ZONE = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 7, 15, 6, tzinfo=UTC)
OFFERS = {
    "moonlit": Offer(
        "moonlit", "Truffle", OfferKind.CODE_PHRASE, code="moonlit praline", placements=("Shop window", "X")
    ),
    "cards": Offer("cards", "Cards", OfferKind.UNIQUE_CODES),
}


def read(text: str) -> ReadCounts:
    return read_counts(text.encode(), OFFERS, ZONE, NOW)


def one(line: str) -> ShopCount:
    read_ = read(f"offer,day,provider,count,order_id,placement,code,method\n{line}\n")
    assert not read_.bad, read_.bad
    return read_.good[0][0]


def refusal(line: str) -> str:
    read_ = read(f"offer,day,provider,count,order_id,placement,code,method\n{line}\n")
    assert not read_.good
    assert read_.bad[0].line == 2
    return read_.bad[0].reason


def test_a_number_is_a_count_of_a_local_day() -> None:
    count = one("moonlit,2026-07-14,crumbs,12,,shop WINDOW,,")
    assert (count.count, count.placement, count.code, count.orders) == (12, "Shop window", None, None)
    assert (count.start, count.end) == (datetime(2026, 7, 13, 22, tzinfo=UTC), datetime(2026, 7, 14, 22, tzinfo=UTC))


def test_an_empty_count_says_that_there_is_no_figure_and_nought_that_there_were_none() -> None:
    assert one("moonlit,2026-07-14,crumbs,,,,,").count is None
    assert one("moonlit,2026-07-14,crumbs,0,,,,").count == 0


def test_orders_of_a_shop_and_day_are_one_count_and_one_listed_twice_is_counted_once() -> None:
    found = read(
        "Offer;Day;Provider;Order_ID\r\nmoonlit;2026-07-14;crumbs;#1001\r\nmoonlit;2026-07-14;crumbs;1002\r\n\r\n"
        "moonlit;2026-07-14;crumbs;1001\r\nmoonlit;2026-07-13;crumbs;990\r\n"
    )
    assert [(count.day.day, count.count, count.orders) for count, _ in found.good] == [
        (14, 2, ("#1001", "1002")), (13, 1, ("990",)),
    ]  # fmt: skip
    assert [(bad.line, bad.reason) for bad in found.bad] == [(5, "order 1001 is listed twice; it is counted once")]


def test_a_line_that_contradicts_an_earlier_one_is_refused_and_a_repetition_is_not() -> None:
    head = "offer,day,provider,count\n"
    line = "moonlit,2026-07-14,crumbs,3\n"
    assert read(head + line * 2) == read(head + line)
    assert "something else" in read(head + line + line.replace("3", "4")).bad[0].reason


def test_the_phrase_is_the_whole_offer_and_a_unique_code_is_itself() -> None:
    assert one('moonlit,2026-07-14,crumbs,1,,,"Moonlit, Praline!",').code is None
    assert one("cards,2026-07-14,crumbs,1,,,k7qf-m2xr,").code == one("cards,2026-07-14,crumbs,1,,,K7QFM2XR,").code


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ghost,2026-07-14,crumbs,1,,,,", "no offer"),
        ("moonlit,14.7.2026,crumbs,1,,,,", "no day"),
        ("moonlit,2026-07-16,crumbs,1,,,,", "yet to come"),
        ("moonlit,2026-07-14,,1,,,,", "provider"),
        (f"moonlit,2026-07-14,{'x' * 65},1,,,,", "provider"),
        ("moonlit,2026-07-14,crumbs,-1,,,,", "no count"),
        ("moonlit,2026-07-14,crumbs,1.5,,,,", "no count"),
        ("moonlit,2026-07-14,crumbs,١٢,,,,", "no count"),
        ("moonlit,2026-07-14,crumbs,=1+1,,,,", "no count"),
        (f"moonlit,2026-07-14,crumbs,{'9' * 5000},,,,", "no count"),
        ("moonlit,2026-07-14,crumbs,1,1001,,,", "not both"),
        ("moonlit,2026-07-14,crumbs,1,,Moon,,", "no placement"),
        ("moonlit,2026-07-14,crumbs,1,,,🍫,", "no code"),
        ("moonlit,2026-07-14,crumbs,,###,,,", "no order"),
        (f"moonlit,2026-07-14,crumbs,,{'7' * 65},,,", "no order"),
    ],
)
def test_a_bad_line_is_refused_in_words(line: str, said: str) -> None:
    assert said in refusal(line)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"offer,day,provider\n", b"offer,count\n", b'offer,day,provider,count\n"\0"\n', b"a\tb\n1\t2\n"],
)
def test_what_is_no_such_list_is_refused_whole(body: bytes) -> None:
    try:
        found = read_counts(body, OFFERS, ZONE, NOW)
    except ConfigError:
        return
    assert not found.good  # a NUL character may pass the reader, but never as a figure


@given(st.text(max_size=80))
def test_no_line_is_too_odd_for_the_reader(line: str) -> None:
    try:
        found = read(f"offer,day,provider,count,order_id\n{line}\nmoonlit,2026-07-14,crumbs,3,\n")
    except ConfigError:
        return
    assert len(found.good) <= 2


@pytest.mark.parametrize(
    "line",
    [
        "moonlit,2026-07-14,crumbs,12,,Shop window,,", "moonlit,2026-07-14,a/b:%,,,,,",
        "cards,2026-07-14,crumbs,,#1/2,,K7QFM2XR,", "moonlit,2026-07-14,crumbs,0,,X,,",
    ],
)  # fmt: skip
def test_a_count_comes_back_from_its_observation_as_it_went_in(line: str) -> None:
    count = one(line)
    kept = to_observation(count, method="shop.counter", timezone=ZONE.key, now=NOW)
    assert shop_counts([kept], {}) == (count,)


def test_a_count_without_a_placement_is_its_shops_or_its_doors() -> None:
    kept = [
        to_observation(one(f"moonlit,2026-07-14,{name},1,,,,"), method="m", timezone=ZONE.key, now=NOW)
        for name in ("crumbs", "bare", "shopify", "ledger")
    ]
    shops = {"crumbs": Shop("crumbs", ShopKind.SQUARE, placement="X"), "bare": Shop("bare", ShopKind.WOOCOMMERCE)}
    found = {count.provider: (count.placement, count.door) for count in shop_counts(kept, shops)}
    assert found == {
        "crumbs": ("X", Door.SQUARE), "bare": (None, Door.WOOCOMMERCE),
        "shopify": (None, Door.SHOPIFY), "ledger": (None, None),
    }  # fmt: skip


def test_other_observations_are_no_counts() -> None:
    kept = to_observation(one("moonlit,2026-07-14,crumbs,1,,,,"), method="m", timezone=ZONE.key, now=NOW)
    assert subject_of("moonlit") == "offer:moonlit//"
    assert kept.provider == "crumbs"
    assert shop_counts([replace(kept, metric_id="views", unit="views"), replace(kept, subject_id="x:1")], {}) == ()
