"""Whatever happens in whatever order under a moving clock: what the store counts is what the events say, and no cap is
ever passed. The fold here shares nothing with the store's statements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import RedemptionRefused
from bot.model import Claim, EventKind, Offer, OfferEvent, OfferKind, Usage
from bot.offers.ledger.judge import since_in_zone
from bot.offers.ledger.redeem import redeem, roll_back
from bot.offers.ledger.reserve import redeem_reserved, release, reserve
from bot.offers.ledger.switch import switch
from bot.offers.ledger.till import Till
from bot.store.sqlite import SqliteStore
from tests.support.counts import examples
from tests.support.database import store_in_memory

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 28, 20, tzinfo=UTC)
"""Two hours before a Sunday on which the clock is put forward."""

VERBS = (
    *("redeem", "reserve", "redeem_held", "wait") * 2,
    *("roll_back", "release", "expire", "off", "on"),
)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(VERBS),
        st.integers(0, 9),
        st.sampled_from([None, "pat", "sam"]),
        st.sampled_from([None, "1", "2"]),
    ),
    min_size=10,
    max_size=30,
)
CAPS = st.fixed_dictionaries(
    {
        name: st.sampled_from([None, None, 1, 2, 3, 0])
        for name in ("cap", "per_code", "per_customer", "per_day", "per_week")
    }
)


IDS = count()


@pytest.fixture(scope="module")
def store() -> Iterator[SqliteStore]:
    opened = store_in_memory()
    yield opened
    assert opened.integrity_check() == ()
    opened.close()


class World:
    """One offer of its own, and a clock."""

    def __init__(self, store: SqliteStore, caps: dict[str, int | None]) -> None:
        self.id = f"t{next(IDS)}"
        self.offer = Offer(id=self.id, name="T", kind=OfferKind.CODE_PHRASE, code="moon cake", **caps)  # type: ignore[arg-type]
        self.store = store
        self.now = START

    @property
    def till(self) -> Till:
        return Till(self.store, {self.id: self.offer}, self.now, BERLIN, lambda: f"e{next(IDS)}", b"salt")

    def move(self, verb: str, number: int, customer: str | None, order: str | None) -> None:
        at = self.now - timedelta(hours=7 * number) if number % 4 == 3 else None
        claim = Claim("moon cake", customer=customer, order=order and f"{self.id}/{order}")
        if verb == "redeem":
            redeem(self.till, replace(claim, at=at))
        elif verb == "reserve":
            reserve(self.till, claim, hold=timedelta(minutes=60 * number + 1))
        elif verb == "redeem_held":
            redeem_reserved(
                self.till, self.one_of(EventKind.RESERVED, number), replace(claim, code="", customer=None, at=at)
            )
        elif verb == "roll_back":
            roll_back(self.till, self.one_of(EventKind.REDEEMED, number))
        elif verb == "release":
            release(self.till, self.one_of(EventKind.RESERVED, number))
        elif verb == "expire":
            self.store.expire(self.now, lambda: f"x{next(IDS)}")
        elif verb in {"off", "on"}:
            switch(self.till, self.offer, on=verb == "on")
        else:
            self.now += timedelta(minutes=number * 45)

    def one_of(self, kind: EventKind, number: int) -> str:
        known = [event.id for event in self.events() if event.kind is kind]
        return known[number % len(known)] if known else "?"

    def events(self) -> list[OfferEvent]:
        return list(self.store.offer_events(offer=self.id))

    def usage(self, customer: str | None) -> Usage:
        """What the store says a claim would be judged by now."""
        asked = OfferEvent("?", self.id, EventKind.REDEEMED, self.now, "moon cake", customer=customer)
        seen: list[Usage] = []
        with suppress(ZeroDivisionError):
            self.store.record(
                None,
                lambda ledger: seen.append(ledger.usage(asked, since_in_zone(self.now, BERLIN), self.now)) or 1 / 0,
            )  # type: ignore[return-value, func-returns-value]
        return seen[0]


def day_of(event: OfferEvent) -> date:
    return event.at.astimezone(BERLIN).date()


def week_of(event: OfferEvent) -> tuple[int, int]:
    return day_of(event).isocalendar()[:2]


@settings(max_examples=examples(300), deadline=None)
@given(CAPS, MOVES)
def test_usage_is_the_fold_of_the_events_and_never_passes_a_cap(store: SqliteStore, caps, moves) -> None:
    world = World(store, caps)
    for verb, number, customer, order in moves:
        with suppress(RedemptionRefused):
            world.move(verb, number, customer, order)
        events = world.events()
        ended = {e.refers_to for e in events if e.kind in {"redeemed", "released", "expired", "rolled_back"}}
        used = [e for e in events if e.kind is EventKind.REDEEMED and e.id not in ended]
        held = [e for e in events if e.kind is EventKind.RESERVED and e.id not in ended and e.expires_at > world.now]
        both = used + held
        within(caps["cap"], len(both))
        within(caps["per_code"], len(both))
        within(caps["per_customer"], *Counter(e.customer for e in both if e.customer).values())
        within(caps["per_day"], *Counter(map(day_of, used)).values(), len(held))
        within(caps["per_week"], *Counter(map(week_of, used)).values(), len(held))
        today = world.now.astimezone(BERLIN).date()
        within(caps["per_day"], sum(day_of(e) == today for e in used) + len(held))
        for name in {e.customer for e in events} | {None}:
            said = world.usage(name)
            assert (said.offer, said.code, said.customer) == (
                len(used),
                len(used),
                sum(e.customer == name for e in used if name),
            )
            assert (said.day, said.week) == (
                sum(day_of(e) == today for e in used),
                sum(week_of(e) == today.isocalendar()[:2] for e in used),
            )
            assert (said.held or Usage()).offer == len(held)
        orders = Counter((e.order, e.code) for e in events if e.kind is EventKind.REDEEMED and e.order)
        assert set(orders.values()) <= {1}, "an order is counted once"


def within(cap: int | None, *counts: int) -> None:
    assert cap is None or all(0 <= number <= cap for number in counts)
