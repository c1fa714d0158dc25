"""What may explain that a shop counted otherwise: each order, redemption or refusal by name. Pure.

Exact where the shop lists its orders; where it gives only a number, what the ledger holds that often is the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.model import Candidate, EventKind, Ground, OfferEvent, Reason, ShopCount
from bot.offers.counting.reconcile import order_key

NEAR = timedelta(hours=2)
"""How near to midnight a redemption may fall into a neighbouring day of a clock that differs."""

AROUND = timedelta(days=3)
"""How far from a day an order that its shop lists is looked for."""

_NO_CODE_OF_OURS = frozenset({Reason.UNKNOWN_CODE, Reason.ALREADY_ROLLED_BACK})

Known = tuple[OfferEvent, bool]
"""An event of the ledger, and whether it was given back."""


def candidates(count: ShopCount, around: Sequence[Known]) -> tuple[Candidate, ...]:
    """What may explain the difference; ``around`` are the offer's redemptions and refusals within :data:`AROUND`."""
    here = [known for known in around if is_counted_by(count, known[0])]
    within = [known for known in here if count.start <= known[0].at < count.end]
    standing = [event for event, returned in within if event.kind is EventKind.REDEEMED and not returned]
    if count.orders is None:
        found = _suggested(count, here, within, standing)
    else:
        found = _listed(count, count.orders, around, standing)
    return tuple(found)


def is_counted_by(count: ShopCount, event: OfferEvent) -> bool:
    """Whether the shop's count is about events like this one."""
    if count.code is not None and event.code != count.code:
        return False
    if count.placement is not None:
        return event.placement == count.placement
    return count.door is None or event.door is count.door


def _suggested(
    count: ShopCount, here: Sequence[Known], within: Sequence[Known], standing: Sequence[OfferEvent]
) -> Iterator[Candidate]:
    """From a number alone. If the shop counted more, what it may have honoured; if fewer, what it may not know."""
    if (count.count or 0) > len(standing):
        for event, returned in within:
            if event.kind is EventKind.REFUSED and event.reason not in _NO_CODE_OF_OURS:
                yield _named(Ground.REFUSED_HERE, event)
            elif returned:
                yield _named(Ground.GIVEN_BACK, event)
        for event, returned in here:
            outside = count.start - NEAR <= event.at < count.start or count.end <= event.at < count.end + NEAR
            if outside and event.kind is EventKind.REDEEMED and not returned:
                yield _named(Ground.NEAR_MIDNIGHT, event)
        return
    twice = _twice(standing, count.provider)
    for event in standing:
        if event.id in twice:
            yield _named(Ground.TWICE, event)
        elif count.door is not None and event.door is not None and event.door is not count.door:
            yield _named(Ground.NOT_THERE, event)
        elif _is_near_midnight(count, event):
            yield _named(Ground.NEAR_MIDNIGHT, event)


def _listed(
    count: ShopCount, orders: Sequence[str], around: Sequence[Known], standing: Sequence[OfferEvent]
) -> Iterator[Candidate]:
    """From a list of orders: each that is not ours, then each of ours that is not on the list."""
    shop = count.provider
    theirs = {order_key(order, shop): order for order in orders}
    mine = {order_key(event.order, shop) for event in standing if event.order}
    for key, order in theirs.items():
        if key not in mine:
            yield _sought(order, [known for known in around if order_key(known[0].order or "", shop) == key])
    twice = _twice(standing, shop)
    surplus = len(standing) > len(theirs)
    for event in standing:
        if event.id in twice:
            yield _named(Ground.TWICE, event)
        elif order_key(event.order, shop) not in theirs if event.order else surplus:
            ground = Ground.NEAR_MIDNIGHT if _is_near_midnight(count, event) else Ground.NOT_THERE
            yield _named(ground, event)


def _sought(order: str, found: Sequence[Known]) -> Candidate:
    """An order that the shop counted and we did not: what became of it here."""
    for event, returned in found:
        if event.kind is EventKind.REDEEMED:
            return _named(Ground.GIVEN_BACK if returned else Ground.ANOTHER_DAY, event)
    if found:
        return _named(Ground.REFUSED_HERE, found[-1][0])
    return Candidate(Ground.NOT_HERE, order=order)


def _twice(events: Sequence[OfferEvent], shop: str) -> frozenset[str]:
    """The ids of redemptions of one code for an order, or a customer without one, that had redeemed it that day."""
    seen: set[tuple[str, str]] = set()
    again: set[str] = set()
    for event in events:
        who = order_key(event.order, shop) if event.order else event.customer
        if who is None:
            continue
        if (event.code, who) in seen:
            again.add(event.id)
        seen.add((event.code, who))
    return frozenset(again)


def _is_near_midnight(count: ShopCount, event: OfferEvent) -> bool:
    return event.at < count.start + NEAR or event.at >= count.end - NEAR


def _named(ground: Ground, event: OfferEvent) -> Candidate:
    return Candidate(ground, event.id, event.order, event.at, event.placement, event.reason)
