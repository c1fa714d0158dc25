"""Redeeming against the real store."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.errors import ConfigError, KeyReused, RedemptionRefused
from bot.model import EventKind, Offer, OfferKind, Reason, RedemptionResult
from bot.offers.codes import code_key
from bot.offers.redeem import customer_reference, issue, redeem, roll_back
from bot.store.sqlite import SqliteStore, open_store

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
PHRASE = Offer(
    id="truffle",
    name="Free truffle",
    kind=OfferKind.CODE_PHRASE,
    code="The truffle’s on us",
    placements=("blog", "shop"),
)
CARDS = Offer(id="cards", name="Cards", kind=OfferKind.UNIQUE_CODES)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path / "heard.db")
    yield opened
    opened.close()


IDS = count(1)


def new_id() -> str:
    return f"r{next(IDS)}"


def use(store: SqliteStore, code: str, *offers: Offer, now: datetime = NOW, **asked: str | None) -> RedemptionResult:
    known = {offer.id: offer for offer in offers or (PHRASE, CARDS)}
    return redeem(store, known, code, now=now, zone=ZONE, new_id=new_id, **asked)  # type: ignore[arg-type]


def issued(store: SqliteStore, number: int = 1, **asked) -> tuple[str, ...]:
    return issue(store, CARDS, number, now=NOW, pick=random.Random(3).choice, **asked)


def test_a_phrase_is_redeemed_however_it_is_typed(store: SqliteStore) -> None:
    result = use(store, "  the TRUFFLES on us!! ", placement="Shop")
    assert result.redeemed
    assert (result.offer, result.placement, result.reason, result.replayed) == ("truffle", "shop", None, False)
    (event,) = store.offer_events()
    assert (event.id, event.kind, event.code, event.at) == (
        result.redemption, EventKind.REDEEMED, "the truffles on us", NOW,
    )  # fmt: skip


def test_a_unique_code_is_redeemed_once_under_every_spelling(store: SqliteStore) -> None:
    (code,) = issued(store, prefix="BLOG", placement="blog")
    first = use(store, "-".join(code.lower()))
    again = use(store, code.replace("O", "0"))
    assert (first.redeemed, first.code, first.placement) == (True, code, "blog")
    assert (again.redeemed, again.reason) == (False, Reason.USED_UP)
    assert [used for _code, _placement, used in store.codes("cards")] == [True]


@pytest.mark.parametrize(
    "code", ["", "   ", "\x00", "🍫", "no such code", "x" * 100_000, "'; DROP TABLE offers; --", "\ud800"]
)
def test_unknown_and_malformed_codes_are_answered_alike_and_kept(store: SqliteStore, code: str) -> None:
    result = use(store, code)
    assert (result.redeemed, result.redemption, result.offer, result.reason) == (False, None, None, Reason.UNKNOWN_CODE)
    (event,) = store.offer_events()
    assert (event.kind, event.reason, event.offer) == (EventKind.REFUSED, Reason.UNKNOWN_CODE, "")
    assert len(event.code) <= 64


def test_a_code_of_another_offer_is_unknown_to_the_one_that_was_asked(store: SqliteStore) -> None:
    (code,) = issued(store)
    assert use(store, code, offer="truffle").reason is Reason.UNKNOWN_CODE
    assert use(store, "the truffle's on us", offer="cards").reason is Reason.UNKNOWN_CODE
    assert use(store, code, offer="nobody's").reason is Reason.UNKNOWN_CODE
    assert [event.offer for event in store.offer_events()] == ["truffle", "cards", ""]
    assert use(store, code, offer="cards").redeemed


def test_a_code_whose_offer_left_the_configuration_is_disabled(store: SqliteStore) -> None:
    (code,) = issued(store)
    result = use(store, code, PHRASE)
    assert (result.reason, result.offer) == (Reason.DISABLED, "cards")


def test_of_two_offers_with_one_phrase_the_one_that_runs_is_meant(store: SqliteStore) -> None:
    winter = replace(PHRASE, id="winter", ends=NOW)
    summer = replace(PHRASE, id="summer", starts=NOW + timedelta(days=90))
    spring = replace(PHRASE, id="spring", starts=NOW, ends=NOW + timedelta(days=90))
    assert use(store, "the truffle's on us", winter, summer, spring).offer == "spring"
    here, there = replace(PHRASE, id="here", placements=("blog",)), replace(PHRASE, id="there", placements=("shop",))
    assert use(store, "the truffle's on us", here, there, placement="shop").offer == "there"


def test_the_same_key_gets_the_same_answer_and_changes_nothing(store: SqliteStore) -> None:
    first = use(store, "the truffle's on us", key="order-1", placement="shop", customer="pat@example.org")
    again = use(
        store,
        "THE TRUFFLES ON US",
        key="order-1",
        placement="shop",
        customer=" Pat@example.org",
        now=NOW + timedelta(days=3),
    )
    assert again == replace(first, replayed=True)
    assert len(list(store.offer_events())) == 1


def test_a_refusal_is_replayed_too(store: SqliteStore) -> None:
    late = replace(PHRASE, ends=NOW)
    first = use(store, "the truffle's on us", late, key="k")
    assert first.reason is Reason.EXPIRED
    again = use(store, "the truffle's on us", PHRASE, key="k")
    assert again == replace(first, replayed=True)


@pytest.mark.parametrize(
    "other",
    [
        {"code": "something else"},
        {"placement": "blog"},
        {"offer": "cards"},
        {"customer": "sam"},
        {"customer": None},
    ],
)
def test_a_key_that_comes_back_with_another_request_is_an_error(store: SqliteStore, other: dict[str, str]) -> None:
    asked = {"code": "the truffle's on us", "placement": "shop", "customer": "pat", "key": "k"}
    use(store, **asked)
    with pytest.raises(KeyReused):
        use(store, **(asked | other))
    assert len(list(store.offer_events())) == 1


def test_caps_count_by_local_day_and_week(store: SqliteStore) -> None:
    offer = replace(PHRASE, per_day=1, per_week=2)
    evening = datetime(2026, 3, 10, 22, 59, tzinfo=UTC)  # Tuesday 23:59 in Berlin
    said = "the truffle's on us"
    assert use(store, said, offer, now=evening).redeemed
    assert use(store, said, offer, now=evening).reason is Reason.DAY_CAP
    assert use(store, said, offer, now=evening + timedelta(minutes=1)).redeemed
    assert use(store, said, offer, now=evening + timedelta(days=1, minutes=1)).reason is Reason.WEEK_CAP
    assert use(store, said, offer, now=evening + timedelta(days=5, minutes=1)).redeemed  # Monday


def test_a_customer_is_limited_and_his_name_is_not_kept(store: SqliteStore, tmp_path: Path) -> None:
    offer = replace(PHRASE, per_customer=1)
    assert use(store, "the truffle's on us", offer, customer="Pat.Example@example.org").redeemed
    assert use(store, "the truffle's on us", offer, customer="pat.example@EXAMPLE.org ").reason is Reason.CUSTOMER_CAP
    assert use(store, "the truffle's on us", offer, customer="sam").redeemed
    store.close()
    assert all(b"pat.example" not in path.read_bytes().lower() for path in tmp_path.iterdir())


def test_a_customer_cannot_be_followed_from_offer_to_offer() -> None:
    one, other = (customer_reference("pat", offer, b"salt") for offer in ("a", "b"))
    assert one != other
    assert one == customer_reference(" PAT ", "a", b"salt")
    assert one != customer_reference("pat", "a", b"pepper")
    assert customer_reference("  ", "a", b"salt") is None


def test_hostile_placements_customers_and_keys_are_kept_or_cut_but_break_nothing(store: SqliteStore) -> None:
    for number, text in enumerate(["\ud800", "\x00'; --", "x" * 100_000, "🍫"]):
        result = use(store, "the truffle's on us", CARDS, placement=text, customer=text, key=f"{text}{number}")
        assert result.reason is Reason.UNKNOWN_CODE
        assert use(store, "the truffle's on us", PHRASE, placement=text).reason is Reason.WRONG_PLACEMENT
    assert max(len(event.placement or "") for event in store.offer_events()) <= 64


def test_what_is_given_back_can_be_redeemed_again_and_only_once(store: SqliteStore) -> None:
    (code,) = issued(store)
    first = use(store, code)
    assert first.redemption is not None
    event = roll_back(store, first.redemption, now=NOW, new_id=new_id)
    assert (event.kind, event.refers_to) == (EventKind.ROLLED_BACK, first.redemption)
    with pytest.raises(RedemptionRefused) as caught:
        roll_back(store, first.redemption, now=NOW, new_id=new_id)
    assert caught.value.reason == Reason.ALREADY_ROLLED_BACK
    with pytest.raises(RedemptionRefused) as caught:
        roll_back(store, "nothing", now=NOW, new_id=new_id)
    assert caught.value.reason == Reason.UNKNOWN_CODE
    assert use(store, code).redeemed
    assert use(store, code).reason is Reason.USED_UP


def test_issued_codes_are_new_even_where_another_offer_has_some(store: SqliteStore) -> None:
    other = replace(CARDS, id="other")
    first = issue(store, other, 20, now=NOW, pick=random.Random(5).choice)
    second = issue(store, CARDS, 20, now=NOW, pick=random.Random(5).choice)  # draws the same ones first
    third = issue(store, CARDS, 20, now=NOW, pick=random.Random(5).choice)
    assert [len(codes) for codes in (first, second, third)] == [20, 20, 20]
    assert len({code_key(code) for code in first + second + third}) == 60
    assert len(list(store.codes("cards"))) == 40
    assert all(store.find_code(code_key(code)) == ("cards", None) for code in second + third)


def test_many_at_once_never_pass_the_cap(tmp_path: Path) -> None:
    offer = replace(PHRASE, cap=25)
    results: list[RedemptionResult] = []

    def till(number: int) -> None:
        store = open_store(tmp_path / "heard.db")
        results.extend(use(store, "the truffle's on us", offer, key=f"{number}-{turn}") for turn in range(20))
        store.close()

    open_store(tmp_path / "heard.db").close()
    tills = [threading.Thread(target=till, args=(number,)) for number in range(4)]
    for thread in tills:
        thread.start()
    for thread in tills:
        thread.join()
    assert len(results) == 80
    assert sum(result.redeemed for result in results) == 25
    assert {result.reason for result in results if not result.redeemed} == {Reason.OFFER_CAP}


def test_no_codes_are_issued_for_a_phrase(store: SqliteStore) -> None:
    with pytest.raises(ConfigError, match="by its phrase"):
        issue(store, PHRASE, 1, now=NOW, pick=random.Random(3).choice)
    assert list(store.codes(PHRASE.id)) == []
