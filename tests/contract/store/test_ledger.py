"""What offers may rely on, whatever the database."""

from __future__ import annotations

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Door, EventKind, IssuedCode, Reason, Usage
from bot.ports import Recorded, Since, Store
from tests.contract.store.conftest import REFUSED
from tests.support.counts import examples
from tests.support.database import store_in_memory
from tests.support.samples import DAY, HOUR, NOON, an_event, given_back

TODAY = Since(NOON - 12 * HOUR, NOON - 2 * DAY)


def allow(usage: Usage) -> Reason | None:
    return None


def cap(most: int):
    return lambda usage: Reason.OFFER_CAP if usage.offer >= most else None


def usage_of(store: Store, event, since=TODAY) -> Usage:
    """The usage that a redemption would be judged by, without redeeming anything."""
    seen = []
    with pytest.raises(ZeroDivisionError):
        store.append(event, since, lambda usage: seen.append(usage) or 1 / 0)
    return seen[0]


def test_codes_are_issued_once_whatever_offer_asks(store: Store):
    assert store.issue("truffle", [("a1", "mail"), ("a2", None), ("a1", "mail")], NOON) == {"a1", "a2"}
    assert store.issue("other", [("a2", None), ("a3", None)], NOON) == {"a3"}
    assert store.issue("other", [], NOON) == set()
    assert (store.issued_count("truffle"), store.issued_count("other"), store.issued_count("?")) == (2, 1, 0)
    assert (store.find_code("a1"), store.find_code("a2"), store.find_code("zz")) == (
        ("truffle", "mail"), ("truffle", None), None,
    )  # fmt: skip
    assert list(store.offer_events()) == []


def test_codes_say_whether_they_were_used_and_not_given_back(store: Store):
    store.issue("truffle", [(f"c{n:04}", None) for n in range(2500)], NOON)
    store.append(replace(an_event("r1"), code="c0000"), TODAY, allow)
    store.append(replace(an_event("r2"), code="c0001"), TODAY, allow)
    store.append(replace(an_event("r3"), code="c0002"), TODAY, cap(0))
    given_back(store, "r2", "b2", NOON)
    codes = list(store.codes("truffle"))
    assert [code.code for code in codes] == [f"c{n:04}" for n in range(2500)]
    assert [code.code for code in codes if code.used] == ["c0000"]


def test_a_redemption_is_written_as_it_was_judged(store: Store):
    granted, refused = an_event("r1", customer="7"), an_event("r2", key="k2")
    assert store.append(granted, TODAY, cap(1)) == (granted, False)
    answer = replace(refused, kind=EventKind.REFUSED, reason=Reason.OFFER_CAP)
    assert store.append(refused, TODAY, cap(1)) == (answer, False)
    assert list(store.offer_events()) == [granted, answer]


@pytest.mark.parametrize("most", [0, 9])
def test_the_same_key_is_given_the_first_answer_again(store: Store, most: int):
    first, _ = store.append(an_event("r1", key="k"), TODAY, cap(most))
    assert store.append(an_event("r2", key="k", at=NOON + DAY), TODAY, allow) == (first, True)
    assert list(store.offer_events()) == [first]


def test_usage_counts_what_was_redeemed_less_what_was_given_back(store: Store):
    for name, at, customer, code in (
        ("r1", NOON - 9 * DAY, "7", "moonlight"),
        ("r2", NOON - DAY, "8", "moonlight"),
        ("r3", NOON, "7", "other"),
        ("r4", NOON, "7", "moonlight"),
    ):
        store.append(replace(an_event(name, at=at, customer=customer), code=code), TODAY, allow)
    store.append(an_event("no", customer="7"), TODAY, cap(0))
    store.append(replace(an_event("else", customer="7"), offer="cake"), TODAY, allow)
    assert usage_of(store, an_event("?", customer="7")) == Usage(offer=4, code=3, customer=3, day=2, week=3)
    assert usage_of(store, an_event("?")) == Usage(offer=4, code=3, customer=0, day=2, week=3)
    given_back(store, "r4", "b4", NOON + DAY)
    given_back(store, "r1", "b1", NOON)
    assert usage_of(store, an_event("?", customer="7")) == Usage(offer=2, code=1, customer=1, day=1, week=2)


def test_what_is_decided_is_written_with_all_that_it_says(store: Store):
    full = replace(
        an_event("r1", key="k", customer="7"),
        told_at=NOON + HOUR,
        order="1001",
        value=Decimal("12.50"),
        currency="EUR",
        new_customer=False,
        door=Door.SHOPIFY,
        actor="key:shop",
        request="f00d",
    )
    assert store.record("k", lambda ledger: full) == Recorded(full, full, replayed=False)
    assert store.offer_event("r1") == full
    assert store.record("k", lambda ledger: 1 / 0) == Recorded(full, full, replayed=True)
    assert (store.offer_event("?"), list(store.offer_events())) == (None, [full])


def test_what_ends_an_event_comes_once_and_is_found(store: Store):
    store.append(an_event("r1", key="k"), TODAY, allow)
    back = given_back(store, "r1", "b1", NOON + HOUR)
    assert (back.kind, back.refers_to, back.at) == (EventKind.ROLLED_BACK, "r1", NOON + HOUR)
    with pytest.raises(REFUSED):
        given_back(store, "r1", "b2", NOON)
    seen = []
    with pytest.raises(ZeroDivisionError):
        store.record(None, lambda ledger: seen.append((ledger.ending("r1"), ledger.ending("b1"))) or 1 / 0)
    assert seen == [(back, None)]


def test_a_repeated_event_is_answered_by_what_it_repeats(store: Store):
    first, _ = store.append(replace(an_event("r1"), order="7"), TODAY, allow)
    again = replace(first, id="r2", key="k2", kind=EventKind.REPEATED, refers_to="r1")
    for _ in range(2):
        assert store.record("k2", lambda ledger: again) == Recorded(again, first, replayed=True)
    assert usage_of(store, an_event("?")).offer == 1


def test_live_reservations_are_counted_beside_and_end_by_the_clock(store: Store):
    for name, at, customer in (("v1", NOON - DAY, "7"), ("v2", NOON, "8"), ("v3", NOON, "8")):
        held = replace(an_event(name, at=at, customer=customer), kind=EventKind.RESERVED, expires_at=NOON + HOUR)
        store.append(held, TODAY, allow)
    asked = an_event("?", customer="8")
    assert usage_of(store, asked).held == Usage(offer=3, code=3, customer=2, day=3, week=3)
    yesterday = Since(NOON - 2 * DAY, NOON - 9 * DAY, next_day=NOON - HOUR, next_week=NOON - HOUR)
    assert usage_of(store, replace(asked, at=NOON), yesterday).held == Usage(offer=3, code=3, customer=2, day=1, week=1)
    store.record(None, lambda ledger: replace(ledger.event("v2"), id="e", kind=EventKind.RELEASED, refers_to="v2"))
    assert usage_of(store, asked).held == Usage(offer=2, code=2, customer=1, day=2, week=2)
    assert usage_of(store, replace(asked, told_at=NOON + HOUR)).held is None
    ids = iter(("x1", "x3"))
    assert store.expire(NOON + 2 * HOUR, lambda: next(ids)) == 2
    assert store.expire(NOON + 2 * HOUR, lambda: next(ids)) == 0
    ran_out = [event for event in store.offer_events() if event.kind is EventKind.EXPIRED]
    assert {(e.refers_to, e.at, e.told_at) for e in ran_out} == {
        ("v1", NOON + HOUR, NOON + 2 * HOUR), ("v3", NOON + HOUR, NOON + 2 * HOUR),
    }  # fmt: skip


def test_guesses_are_an_actors_unknown_codes_since_a_time(store: Store):
    for number, (actor, reason) in enumerate(
        [
            ("key:a", Reason.UNKNOWN_CODE),
            ("key:a", Reason.USED_UP),
            ("key:b", Reason.UNKNOWN_CODE),
            (None, Reason.UNKNOWN_CODE),
        ]
    ):
        for at in (NOON - HOUR, NOON):
            store.append(replace(an_event(f"{number}-{at}", at=at), actor=actor), TODAY, lambda usage, why=reason: why)
    assert store.guesses("key:a", NOON - HOUR) == (NOON - HOUR, NOON)
    assert store.guesses("key:a", NOON) == (NOON,)
    assert store.guesses("key:c", NOON) == ()


def test_the_last_events_are_found_by_offer_kind_code_and_actor(store: Store):
    for number in range(6):
        event = replace(an_event(f"r{number}"), actor=f"key:{number % 2}", code=f"c{number % 3}")
        store.append(event, TODAY, cap(4))
    store.append(replace(an_event("cake"), offer="cake"), TODAY, allow)
    assert [e.id for e in store.latest_events(2)] == ["cake", "r5"]
    assert [e.id for e in store.latest_events(9, kinds=[EventKind.REFUSED])] == ["r5", "r4"]
    assert [e.id for e in store.latest_events(9, actor="key:1", offer="truffle")] == ["r5", "r3", "r1"]
    assert [e.id for e in store.latest_events(9, code="c2")] == ["r5", "r2"]
    assert store.latest_events(9, since=NOON + HOUR) == ()


def test_what_a_code_looks_like_is_kept_and_found_among_others(store: Store):
    store.issue("truffle", [IssuedCode("810g7", "blog", printed="BLOG7")], NOON)
    assert store.issued_among(["810g7", "x"]) == (IssuedCode("810g7", "blog", False, "BLOG7"),)
    assert list(store.codes("truffle")) == [IssuedCode("810g7", "blog", False, "BLOG7")]


def test_events_are_read_oldest_first_from_a_time_on_and_by_offer(store: Store):
    for number in range(1002):
        store.append(an_event(f"r{number}", at=NOON + (number % 3) * HOUR), TODAY, allow)
    store.append(replace(an_event("cake", at=NOON - DAY), offer="cake"), TODAY, allow)
    events = list(store.offer_events())
    assert len(events) == 1003
    assert [e.at for e in events] == sorted(e.at for e in events)
    assert len(list(store.offer_events(NOON + 2 * HOUR))) == 334
    assert [e.id for e in store.offer_events(offer="cake")] == ["cake"]


def test_a_judge_that_fails_writes_nothing_and_holds_nothing(store: Store, open_again):
    usage_of(store, an_event("r1", key="k"))
    other = open_again()
    assert other.append(an_event("r1", key="k"), TODAY, allow)[1] is False
    other.close()


def test_many_threads_get_exactly_the_cap(store: Store):
    def tries(worker: int) -> int:
        events = (store.append(an_event(f"{worker}-{n}"), TODAY, cap(37))[0] for n in range(15))
        granted = sum(event.kind is EventKind.REDEEMED for event in events)
        store.close()
        return granted

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(tries, range(8))) == 37
    kinds = [event.kind for event in store.offer_events()]
    assert (kinds.count(EventKind.REDEEMED), kinds.count(EventKind.REFUSED)) == (37, 83)


MOVES = st.lists(st.tuples(st.sampled_from("rrrb"), st.integers(0, 9), st.integers(0, 2)), max_size=25)


@settings(max_examples=examples(30), deadline=None)
@given(MOVES, st.integers(0, 5))
def test_usage_never_passes_the_cap_and_is_what_the_events_say(moves, most):
    store = store_in_memory()
    for count, (what, number, customer) in enumerate(moves):
        if what == "r":
            store.append(an_event(f"r{count}", customer=str(customer)), TODAY, cap(most))
        else:
            granted = [e.id for e in store.offer_events() if e.kind is EventKind.REDEEMED]
            with contextlib.suppress(sqlite3.IntegrityError, TypeError):
                given_back(store, granted[number % len(granted)] if granted else "?", f"b{count}", NOON)
    events = list(store.offer_events())
    back = {e.refers_to for e in events}
    held = [e for e in events if e.kind is EventKind.REDEEMED and e.id not in back]
    assert len(held) <= most
    of_zero = sum(e.customer == "0" for e in held)
    assert usage_of(store, an_event("?", customer="0")) == Usage(len(held), len(held), of_zero, len(held), len(held))
    store.close()
