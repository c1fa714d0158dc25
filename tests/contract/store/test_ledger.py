"""What offers may rely on, whatever the database."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import RedemptionRefused
from bot.model import EventKind, Reason, Usage
from bot.ports import Since, Store
from bot.store.sqlite import open_store
from tests.support.counts import examples
from tests.support.samples import DAY, HOUR, NOON, an_event

TODAY = Since(NOON - 12 * HOUR, NOON - 2 * DAY)


def allow(usage: Usage) -> Reason | None:
    return None


def cap(most: int):
    return lambda usage: Reason.OFFER_CAP if usage.offer >= most else None


def usage_of(store: Store, event) -> Usage:
    """The usage that a redemption would be judged by, without redeeming anything."""
    seen = []
    with pytest.raises(ZeroDivisionError):
        store.append(event, TODAY, lambda usage: seen.append(usage) or 1 / 0)
    return seen[0]


def test_codes_are_issued_once_whatever_offer_asks(store: Store):
    assert store.issue("truffle", [("a1", "mail"), ("a2", None), ("a1", "mail")], NOON) == 2
    assert store.issue("other", [("a2", None), ("a3", None)], NOON) == 1
    assert store.issue("other", [], NOON) == 0
    assert (store.find_code("a1"), store.find_code("a2"), store.find_code("zz")) == (
        ("truffle", "mail"), ("truffle", None), None,
    )  # fmt: skip
    assert list(store.offer_events()) == []


def test_codes_say_whether_they_were_used_and_not_given_back(store: Store):
    store.issue("truffle", [(f"c{n:04}", None) for n in range(2500)], NOON)
    store.append(replace(an_event("r1"), code="c0000"), TODAY, allow)
    store.append(replace(an_event("r2"), code="c0001"), TODAY, allow)
    store.append(replace(an_event("r3"), code="c0002"), TODAY, cap(0))
    store.roll_back("r2", "b2", NOON)
    codes = list(store.codes("truffle"))
    assert [code for code, _, _ in codes] == [f"c{n:04}" for n in range(2500)]
    assert [code for code, _, used in codes if used] == ["c0000"]


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
    store.roll_back("r4", "b4", NOON + DAY)
    store.roll_back("r1", "b1", NOON)
    assert usage_of(store, an_event("?", customer="7")) == Usage(offer=2, code=1, customer=1, day=1, week=2)


def test_a_redemption_is_given_back_once(store: Store):
    redeemed = an_event("r1", key="k", customer="7")
    store.append(redeemed, TODAY, allow)
    event = store.roll_back("r1", "b1", NOON + HOUR)
    assert event == replace(redeemed, id="b1", kind=EventKind.ROLLED_BACK, at=NOON + HOUR, key=None, refers_to="r1")
    for redemption, reason in (("r1", "already_rolled_back"), ("b1", "unknown_code"), ("?", "unknown_code")):
        with pytest.raises(RedemptionRefused) as caught:
            store.roll_back(redemption, "b2", NOON)
        assert caught.value.reason == reason
    assert list(store.offer_events()) == [redeemed, event]


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
    store = open_store(":memory:")
    for count, (what, number, customer) in enumerate(moves):
        if what == "r":
            store.append(an_event(f"r{count}", customer=str(customer)), TODAY, cap(most))
        else:
            granted = [e.id for e in store.offer_events() if e.kind is EventKind.REDEEMED]
            with contextlib.suppress(RedemptionRefused):
                store.roll_back(granted[number % len(granted)] if granted else "?", f"b{count}", NOON)
    events = list(store.offer_events())
    back = {e.refers_to for e in events}
    held = [e for e in events if e.kind is EventKind.REDEEMED and e.id not in back]
    assert len(held) <= most
    of_zero = sum(e.customer == "0" for e in held)
    assert usage_of(store, an_event("?", customer="0")) == Usage(len(held), len(held), of_zero, len(held), len(held))
    store.close()
