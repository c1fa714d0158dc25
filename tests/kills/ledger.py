"""The ledger, held against its own caps and against what customers were answered."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bot.model import EventKind, OfferEvent
from bot.store.verbs import HeardStore
from tests.kills.customers import asked_until, told_in
from tests.kills.truth import must

CAPS = {"truffle": 12, "tart": 10}
"""As the configuration has them; a code of the cards is good once."""


def look_over_ledger(store: HeardStore) -> None:
    """No cap was passed at any moment, no key and no order counted twice."""
    events = list(store.offer_events())
    keys = Counter(event.key for event in events if event.key)
    must(max(keys.values(), default=1) == 1, f"counted twice: {[key for key, times in keys.items() if times > 1]}")
    orders = Counter(event.order for event in events if event.order and event.kind is EventKind.REDEEMED)
    must(max(orders.values(), default=1) == 1, f"orders counted twice: {orders}")
    live: Counter[tuple[str, str | None]] = Counter()
    by_id = {event.id: event for event in events}
    for event in events:
        for use in _uses(by_id.get(event.refers_to or "", event) if event.kind is EventKind.ROLLED_BACK else event):
            live[use] += {EventKind.REDEEMED: 1, EventKind.ROLLED_BACK: -1}.get(event.kind, 0)
            most = 1 if use[1] else CAPS.get(use[0])
            must(most is None or 0 <= live[use] <= most, f"{use} was redeemed {live[use]} times")


def _uses(event: OfferEvent) -> tuple[tuple[str, str | None], ...]:
    whole = (event.offer, None)
    return (whole, (event.offer, event.code)) if event.offer == "cards" else (whole,)


def look_over_answers(store: HeardStore, folder: Path, until: int | None = None) -> None:
    """What customers were answered is so, whoever answered; ``until`` that round everybody has an answer by now."""
    events = {event.id: event for event in store.offer_events()}
    answered: dict[str, str | None] = {}
    for file in folder.glob("*.answers"):
        for key, answer in told_in(file):
            if not key.endswith(("order", "refund")):
                must(answered.get(key, answer) == answer, f"{key} was answered with {answered.get(key)} and {answer}")
                must(
                    answer is None or answer in events, f"{key} was answered with {answer}, which is not in the ledger"
                )
            answered[key] = answer
    if until is None:
        return
    asked = {one.key for one in asked_until(until)}
    must(asked == answered.keys(), f"never answered: {sorted(asked - answered.keys())}")
    for kind, which in ((EventKind.REDEEMED, "order"), (EventKind.ROLLED_BACK, "refund")):
        wanted = {f"crumbs:{5000 + int(key.split('-')[0])}" for key in asked if key.endswith(which)}
        got = {event.order for event in events.values() if event.kind is kind and event.offer == "basket"}
        must(wanted == got, f"orders {kind}: {sorted(wanted ^ {one or '' for one in got})} are wrong")
