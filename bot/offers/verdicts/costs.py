"""Shares and costs of one side: who came, who came again, and what it cost. What nobody told stays unknown."""

from __future__ import annotations

from collections import Counter
from datetime import date

from bot.model import Estimate, Offer, Priced
from bot.offers.verdicts.arms import Redeemed, number_of
from bot.rates import wilson

ENOUGH_SAID = 0.8
"""The share of redemptions of which a thing must be known for it to be taken for the rest."""


def said_new(redeemed: Redeemed) -> tuple[int, int]:
    """(Redemptions by new customers, redemptions of which it is known whether they are)."""
    told = [one for one in redeemed if one.new is not None]
    return sum(one.number for one in told if one.new), sum(one.number for one in told)


def new_share(redeemed: Redeemed) -> Estimate | None:
    """The share of redemptions by new customers, of those where it is known."""
    count, told = said_new(redeemed)
    return Estimate(*wilson(count, told)) if told else None


def repeat_share(redeemed: Redeemed) -> Estimate | None:
    """The share of known customers that redeemed more than once."""
    visits = Counter(customer for one in redeemed for customer in one.customers)
    return Estimate(*wilson(sum(count > 1 for count in visits.values()), len(visits))) if visits else None


def repeat_paid_share(redeemed: Redeemed) -> Estimate | None:
    """The share of known customers who are known to have bought something on a later day than that of their first visit.

    ``redeemed`` begins with the oldest. Two redemptions on one day may be one order, so that they are no return.
    """
    first: dict[str, date] = {}
    back: set[str] = set()
    for one in redeemed:
        for customer in one.customers:
            if first.setdefault(customer, one.day) < one.day and one.attached:
                back.add(customer)
    return Estimate(*wilson(len(back), len(first))) if first else None


def spent(offer: Offer, redemptions: int, days: int) -> Priced:
    """What was spent in so many days."""
    missing = [
        name
        for name, value in (("unit_cost", offer.unit_cost), ("fixed_cost_per_day", offer.fixed_cost_per_day))
        if value is None
    ]
    if offer.unit_cost is None or offer.fixed_cost_per_day is None:
        return Priced(None, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set")
    return Priced(offer.unit_cost * redemptions + offer.fixed_cost_per_day * days)


def per_redemption(offer: Offer, redemptions: int, days: int) -> Priced:
    """What one redemption cost."""
    cost = spent(offer, redemptions, days)
    if cost.value is None:
        return cost
    return Priced(cost.value / redemptions) if redemptions else Priced(None, "nothing was redeemed")


def per_new_customer(offer: Offer, redeemed: Redeemed, days: int) -> Priced:
    """What one new customer cost: all that was spent, over those who came for the first time."""
    cost = spent(offer, number_of(redeemed), days)
    if cost.value is None:
        return cost
    new, told = said_new(redeemed)
    if told < number_of(redeemed):
        return Priced(None, f"whether a customer was new was said for {told} of {number_of(redeemed)} redemptions")
    return Priced(cost.value / new) if new else Priced(None, "no new customers came")
