"""Whatever a ledger holds, there is a verdict in words, and it can be written as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Answer, EventKind, OfferEvent, Reason
from bot.offers.verdicts.arms import Leaks, Side
from bot.offers.verdicts.comparison import compare
from bot.offers.verdicts.keep import keep
from bot.offers.verdicts.shapes import comparison_shape, keep_shape
from tests.offers.verdicts.ledgers import START, ZONE, A, B, after, histories, local
from tests.support.counts import examples

events = st.builds(
    OfferEvent,
    id=st.text("abc", min_size=1, max_size=3),
    offer=st.sampled_from(["truffle", "brownie", "", "cake"]),
    kind=st.sampled_from(EventKind),
    at=st.integers(-20, 400).map(lambda day: local(START + timedelta(days=day), 13)),
    code=st.sampled_from(["", "truffle"]),
    placement=st.sampled_from([None, "counter", "moon"]),
    customer=st.sampled_from([None, "x", "y"]),
    reason=st.sampled_from([None, *Reason]),
    refers_to=st.sampled_from([None, "a", "b", "zzz"]),
    order=st.sampled_from([None, "o1"]),
    value=st.sampled_from([None, Decimal(0), Decimal(-3), Decimal("1e18")]),
    new_customer=st.sampled_from([None, True, False]),
)


@settings(max_examples=examples(30), deadline=None)
@given(
    st.lists(events, max_size=30).map(lambda found: sorted(found, key=lambda event: event.at)),
    st.integers(-30, 420),
    st.sampled_from([None, -5, 0, 40, 300]),
    st.sampled_from([None, 1, 5]),
)
def test_there_is_a_verdict_whatever_the_ledger_holds(found: list[OfferEvent], day: int, leak: int | None, cap) -> None:
    leaks = Leaks({} if leak is None else {"truffle": after(leak)})
    held = histories(found, after(day), leaks)
    a = replace(A, cap=cap, placements=("counter",))
    for side in (Side(a), Side(a, "counter")):
        compared = compare(side, replace(side, offer=B), held, now=after(day), zone=ZONE, leaks=leaks)
        assert compared.sentences
        assert (compared.better is None) == (compared.answer is not Answer.BETTER)
        json.dumps(comparison_shape(compared), allow_nan=False)
    kept = keep(a, held[a.id], now=after(day), zone=ZONE, leaks=leaks)
    assert kept.sentences
    json.dumps(keep_shape(kept), allow_nan=False)
