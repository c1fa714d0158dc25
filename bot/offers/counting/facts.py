"""Who redeemed an offer and what came with it; what nobody asked is unknown, not 0. Pure. Source: measurement §8.2."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from bot.model import Offer, OfferFacts, Share
from bot.ports import Redemption
from bot.rates import wilson

REPEAT_WITHIN = timedelta(days=30)
"""How soon after the first redemption another order of some value counts as coming back."""


def facts_of(offer: Offer, days_live: int | None, redemptions: Iterable[Redemption]) -> OfferFacts:
    """The facts of an offer that has run for so many local days; ``redemptions`` are those that stand."""
    events = list(redemptions)
    asked = [event.new_customer for event in events if event.new_customer is not None]
    valued = [event for event in events if event.value is not None]
    attached = sum(1 for event in valued if event.value)
    by_customer: dict[str, list[Redemption]] = defaultdict(list)
    for event in events:
        if event.customer is not None:
            by_customer[event.customer].append(event)
    return OfferFacts(
        offer=offer.id,
        total=len(events),
        days_live=days_live,
        known=sum(map(len, by_customer.values())) if by_customer else None,
        redeemers=len(by_customer) or None,
        new=_share(sum(asked), len(asked)),
        attached=_share(attached, len(events) if valued else 0),
        repeaters=_share(sum(1 for own in by_customer.values() if own[1:]), len(by_customer)),
        repeat_paid=_repeat_paid(list(by_customer.values())),
        values=_values(valued),
        cost=_cost(offer, len(events), days_live),
        currency=offer.currency,
    )


def _repeat_paid(by_customer: Sequence[Sequence[Redemption]]) -> Share | None:
    """The share of known customers with another paid order soon after their first; None where no order is known."""
    if not any(event.order and event.value for own in by_customer for event in own):
        return None
    came_back = 0
    for own in by_customer:
        first = own[0]
        came_back += any(
            event.value and event.order and event.order != first.order and event.at - first.at <= REPEAT_WITHIN
            for event in own[1:]
        )
    return _share(came_back, len(by_customer))


def _values(valued: Iterable[Redemption]) -> dict[str, Decimal]:
    """Order values by currency; they are never added across currencies, and one without a currency is no money."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for event in valued:
        if event.currency is not None and event.value is not None:
            sums[event.currency] += event.value
    return dict(sorted(sums.items()))


def _cost(offer: Offer, redeemed: int, days_live: int | None) -> Decimal | None:
    """What the offer cost so far; None where a part of that is not set, or a daily cost runs since nobody knows when."""
    unit, daily = offer.unit_cost, offer.fixed_cost_per_day
    if unit is None or daily is None or (daily and days_live is None):
        return None
    return Decimal(str(unit)) * redeemed + Decimal(str(daily)) * (days_live or 0)


def _share(count: int, of: int) -> Share | None:
    return Share(count, of, *wilson(count, of)) if of else None
