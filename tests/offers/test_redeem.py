"""Redeeming against the real store."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.errors import BadClaim, ConfigError, GuessedTooOften, KeyReused, RedemptionRefused
from bot.model import Claim, Door, EventKind, Offer, OfferKind, Reason, RedemptionResult
from bot.offers.ledger.claims import customer_reference
from bot.offers.ledger.codes import code_key
from bot.offers.ledger.hints import hint
from bot.offers.ledger.issue import CodeShape, issue
from bot.offers.ledger.redeem import redeem, roll_back
from bot.offers.ledger.switch import switch
from bot.offers.ledger.till import Till
from bot.store.sqlite import SqliteStore, open_store
from tests.support.database import empty_database

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
    opened = open_store(empty_database(tmp_path))
    yield opened
    opened.close()


IDS = count(1)


def new_id() -> str:
    return f"r{next(IDS)}"


def till(store: SqliteStore, *offers: Offer, now: datetime = NOW) -> Till:
    return Till(store, {offer.id: offer for offer in offers or (PHRASE, CARDS)}, now, ZONE, new_id, b"salt")


def use(store: SqliteStore, code: str, *offers: Offer, now: datetime = NOW, **said: Any) -> RedemptionResult:
    return redeem(till(store, *offers, now=now), Claim(code, **said))


def issued(
    store: SqliteStore,
    number: int = 1,
    *,
    offer: Offer = CARDS,
    seed: int = 3,
    placement: str | None = None,
    prefix: str = "",
) -> tuple[str, ...]:
    draw = random.Random(seed).randbytes
    return issue(till(store), offer, number, random_bytes=draw, placement=placement, shape=CodeShape(prefix))


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
    assert [(kept.used, kept.printed) for kept in store.codes("cards")] == [(True, code)]


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
    event, replayed = roll_back(till(store), first.redemption)
    assert not replayed
    assert (event.kind, event.refers_to) == (EventKind.ROLLED_BACK, first.redemption)
    with pytest.raises(RedemptionRefused) as caught:
        roll_back(till(store), first.redemption)
    assert caught.value.reason == Reason.ALREADY_ROLLED_BACK
    with pytest.raises(RedemptionRefused) as caught:
        roll_back(till(store), "nothing")
    assert caught.value.reason == Reason.UNKNOWN_CODE
    assert use(store, code).redeemed
    assert use(store, code).reason is Reason.USED_UP


def test_issued_codes_are_new_even_where_another_offer_has_some(store: SqliteStore) -> None:
    other = replace(CARDS, id="other")
    first = issued(store, 20, offer=other, seed=5)
    second = issued(store, 20, seed=5)  # draws the same ones first
    third = issued(store, 20, seed=5)
    assert [len(codes) for codes in (first, second, third)] == [20, 20, 20]
    assert len({code_key(code) for code in first + second + third}) == 60
    assert len(list(store.codes("cards"))) == 40
    assert all(store.find_code(code_key(code)) == ("cards", None) for code in second + third)


def test_many_at_once_never_pass_the_cap(tmp_path: Path) -> None:
    offer = replace(PHRASE, cap=25)
    results: list[RedemptionResult] = []

    def desk(number: int) -> None:
        store = open_store(tmp_path / "heard.db")
        results.extend(use(store, "the truffle's on us", offer, key=f"{number}-{turn}") for turn in range(20))
        store.close()

    open_store(tmp_path / "heard.db").close()
    tills = [threading.Thread(target=desk, args=(number,)) for number in range(4)]
    for thread in tills:
        thread.start()
    for thread in tills:
        thread.join()
    assert len(results) == 80
    assert sum(result.redeemed for result in results) == 25
    assert {result.reason for result in results if not result.redeemed} == {Reason.OFFER_CAP}


def test_no_codes_are_issued_for_a_place_that_the_offer_has_not(store: SqliteStore) -> None:
    placed = replace(CARDS, placements=("Blog", "shop"))
    with pytest.raises(ConfigError, match="no placement 'moon'; configured: Blog, shop"):
        issued(store, offer=placed, placement="moon")
    issued(store, offer=placed, placement=" BLOG ")
    issued(store, offer=CARDS, placement="anywhere")
    assert [code.placement for code in store.codes("cards")] == ["Blog", "anywhere"]


def test_no_codes_are_issued_for_a_phrase(store: SqliteStore) -> None:
    with pytest.raises(ConfigError, match="by its phrase"):
        issued(store, offer=PHRASE)
    assert list(store.codes(PHRASE.id)) == []


def test_an_order_counts_once_whatever_the_number_of_deliveries(store: SqliteStore) -> None:
    first = use(store, "the truffle's on us", order="1001", key="a", placement="shop")
    for number in range(3):
        again = use(
            store, "THE TRUFFLES ON US", order=" 1001 ", key=f"b{number}", value=Decimal(number), currency="EUR"
        )
        assert (again.redeemed, again.redemption, again.replayed) == (True, first.redemption, True)
    assert use(store, "the truffle's on us", order="1001").redemption == first.redemption
    assert use(store, "the truffle's on us", order="1002", placement="shop").redemption != first.redemption
    assert store.uses("truffle") == 2


def test_an_order_that_was_given_back_is_not_counted_again_and_old_answers_stand(store: SqliteStore) -> None:
    offer = replace(PHRASE, cap=1)
    first = use(store, "the truffle's on us", offer, order="1001", key="a")
    second = use(store, "the truffle's on us", offer, order="1001", key="b")
    event, _ = roll_back(till(store), first.redemption or "", key="r")
    assert use(store, "the truffle's on us", offer, order="1001", key="c").reason is Reason.ALREADY_ROLLED_BACK
    assert use(store, "the truffle's on us", offer, order="1001", key="a") == replace(first, replayed=True)
    assert use(store, "the truffle's on us", offer, order="1001", key="b") == second
    assert roll_back(till(store), first.redemption or "", key="r") == (event, True)
    assert use(store, "the truffle's on us", offer, order="1002").redeemed


def test_an_order_is_one_offers(store: SqliteStore) -> None:
    winter, spring = (
        replace(PHRASE, id="winter", ends=NOW + timedelta(days=1)),
        replace(PHRASE, id="spring", starts=NOW),
    )
    first = use(store, "the truffle's on us", winter, order="1")
    later = NOW + timedelta(days=2)
    assert use(store, "the truffle's on us", winter, spring, order="1", now=later).redemption == first.redemption
    asked = use(store, "the truffle's on us", winter, spring, order="1", offer="spring", now=later)
    assert asked.reason is Reason.ORDER_MISMATCH


def test_what_is_told_late_counts_on_the_day_it_happened(store: SqliteStore) -> None:
    offer = replace(PHRASE, per_day=1, ends=NOW)
    said = "the truffle's on us"
    yesterday, later = NOW - timedelta(days=1), NOW + timedelta(days=3)
    assert use(store, said, offer, now=later, at=yesterday).redeemed
    assert use(store, said, offer, now=later, at=yesterday).reason is Reason.DAY_CAP
    assert use(store, said, offer, now=later, at=NOW - timedelta(hours=1)).redeemed
    assert use(store, said, offer, now=later).reason is Reason.EXPIRED
    first = next(iter(store.offer_events()))
    assert (first.at, first.told_at) == (yesterday, later)


def test_a_clock_that_is_a_little_ahead_is_taken_as_now(store: SqliteStore) -> None:
    assert use(store, "the truffle's on us", at=NOW + timedelta(minutes=4)).at == NOW
    with pytest.raises(BadClaim):
        use(store, "the truffle's on us", at=NOW + timedelta(minutes=6))
    assert len(list(store.offer_events())) == 1


def test_an_answer_stands_though_the_clock_the_offer_or_its_currency_have_moved_on(store: SqliteStore) -> None:
    euros = replace(PHRASE, currency="EUR")
    asked: dict[str, Any] = {"at": NOW, "value": Decimal(5), "key": "k", "order": "1"}
    first = use(store, "the truffle's on us", euros, **asked)
    for now in (NOW + timedelta(days=400), NOW - timedelta(hours=1)):
        for offers in ((euros,), (PHRASE,), (replace(euros, id="renamed"),), (CARDS,)):
            assert use(store, "the truffle's on us", *offers, now=now, **asked) == replace(first, replayed=True)
    with pytest.raises(BadClaim, match="too late"):
        use(store, "the truffle's on us", euros, now=NOW + timedelta(days=400), **asked | {"key": "other"})
    assert len(list(store.offer_events())) == 1


def test_an_amount_is_kept_with_its_currency_or_the_offers(store: SqliteStore) -> None:
    with pytest.raises(BadClaim, match="currency"):
        use(store, "the truffle's on us", value=Decimal(5))
    use(store, "the truffle's on us", value=Decimal("5.10"), currency="gbp", new_customer=False)
    use(store, "the truffle's on us", replace(PHRASE, currency="EUR"), value=Decimal(0))
    assert use(store, "nobody's code", value=Decimal(5)).reason is Reason.UNKNOWN_CODE
    kept = [(event.value, event.currency, event.new_customer) for event in store.offer_events()]
    assert kept[:2] == [(Decimal("5.1"), "GBP", False), (Decimal(0), "EUR", None)]


def test_only_who_types_codes_in_can_be_guessing(store: SqliteStore) -> None:
    strict = replace(till(store), wrong_codes=((timedelta(minutes=1), 1),))
    for door in Door:
        redeem(strict, Claim("guess", door=door, actor=door))
        if door in {Door.API, Door.TILL}:
            with pytest.raises(GuessedTooOften) as caught:
                redeem(strict, Claim("the truffle's on us", door=door, actor=door))
            assert (caught.value.limit, caught.value.retry_after) == (1, 60)
        else:
            assert redeem(strict, Claim("guess", door=door, actor=door)).reason is Reason.UNKNOWN_CODE
        assert redeem(strict, Claim("guess", door=door)).reason is Reason.UNKNOWN_CODE, "nobody is named"


def test_a_code_or_an_offer_is_switched_off_and_on(store: SqliteStore) -> None:
    one, other = issued(store, 2)
    switch(till(store), CARDS, on=False, code=one.lower())
    assert (use(store, one).reason, use(store, other).redeemed) == (Reason.DISABLED, True)
    switch(till(store), CARDS, on=True, code=one)
    switch(till(store), CARDS, on=False)
    assert use(store, one).reason is Reason.DISABLED
    switch(till(store), CARDS, on=True)
    assert use(store, one).redeemed
    switch(till(store), PHRASE, on=False, code="the truffles on us")
    assert use(store, "the truffle's on us").reason is Reason.DISABLED
    for wrong in ("nope", "", "🍫", one):
        with pytest.raises(RedemptionRefused):
            switch(till(store), PHRASE, on=False, code=wrong)


def test_a_request_of_before_requests_were_kept_is_answered_by_what_its_event_says(store: SqliteStore) -> None:
    asked = {"key": "k", "placement": "shop", "customer": "pat"}
    first = use(store, "the truffle's on us", **asked)
    kept = store.offer_event(first.redemption or "")
    assert kept is not None
    old = replace(kept, id="old", key="before", request=None)
    store.record("before", lambda ledger: old)
    assert use(store, "the truffle's on us", **asked | {"key": "before"}).redemption == "old"
    for other in ({"placement": "blog"}, {"customer": "sam"}, {"offer": "cards"}):
        with pytest.raises(KeyReused):
            use(store, "the truffle's on us", **asked | {"key": "before"} | other)
    with pytest.raises(KeyReused):
        roll_back(till(store), "old", key="before")


def test_staff_are_told_what_was_meant_when_one_character_is_wrong(store: SqliteStore) -> None:
    codes = issued(store, 300, prefix="FAIR")
    for code in codes[:20]:
        for place in (0, 5, len(code) - 1):
            wrong = code[:place] + ("2" if code[place] != "2" else "3") + code[place + 1 :]
            assert hint(till(store), wrong) == code
            assert hint(till(store), code[:place] + code[place + 1 :]) == code
            assert hint(till(store), code[:place] + "9" + code[place:]) in {code, None}
        assert hint(till(store), code) is None
    assert hint(till(store), "the truffle on us") == PHRASE.code
    for typed in ("the truffle's on us", "the tuffles n us", "", "🍫", "abc", "x" * 10_000, "\ud800" * 8):
        assert hint(till(store), typed) is None


HOSTILE = [
    "\ud800",
    "a\x00b",
    "'; DROP TABLE offer_events; --",
    "<script>alert(1)</script>",
    "🍫" * 9,
    "x" * 10_240,
    "=1+1",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_is_refused_or_kept_as_text(store: SqliteStore, text: str) -> None:
    fields = ("code", "offer", "placement", "customer", "order", "currency", "key", "actor")
    for field in fields:
        said: dict[str, Any] = {"code": "the truffle's on us"} | {field: text}
        try:
            result = use(store, **said)
        except BadClaim:
            assert field in {"order", "currency"}
        else:
            assert result.redeemed or result.reason in {Reason.UNKNOWN_CODE, Reason.WRONG_PLACEMENT}
            assert field in {"customer", "key", "actor", "order"} or not result.redeemed
    for event in store.offer_events():
        for kept in (event.code, event.placement, event.order, event.key, event.actor):
            assert kept is None or len(kept.encode()) <= 1100
