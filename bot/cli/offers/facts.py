"""Who redeemed an offer and what came with it, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model import OfferFacts, Share


def fact_lines(facts: OfferFacts) -> Iterator[str]:
    """A line a fact; what was not asked is said so."""
    live = "the offer has no ‘starts’" if facts.days_live is None else f"{facts.days_live:,}"
    yield f"Days live: {live}"
    yield f"Different customers: {_customers(facts)}"
    yield f"New customers: {_share(facts.new, 'of those asked')}"
    yield f"With an order of some value: {_share(facts.attached, 'of all redemptions, at least')}"
    yield f"Came more than once: {_share(facts.repeaters, 'of known customers')}"
    yield f"Paid again within 30 days: {_share(facts.repeat_paid, 'of known customers')}"
    sums = ", ".join(f"{amount:,.2f} {currency}" for currency, amount in facts.values.items())
    yield f"Value of their orders: {sums or 'not told'}"
    unset = "not known; set ‘unit_cost’ and ‘fixed_cost_per_day’ (0 is a value)"
    cost = unset if facts.cost is None else f"{facts.cost:,.2f} {facts.currency or ''}".rstrip()
    yield f"Cost so far: {cost}"


def _customers(facts: OfferFacts) -> str:
    if facts.redeemers is None or facts.known is None:
        return "not asked"
    rest = "" if facts.known == facts.total else "; of the rest nobody said who"
    return f"{facts.redeemers:,} in {facts.known:,} of {facts.total:,} redemptions{rest}"


def _share(share: Share | None, of: str) -> str:
    if share is None:
        return "not asked"
    ends = f"[{share.low:.0%}, {share.high:.0%}]"
    return f"{share.value:.0%} {ends}, {share.count:,} of {share.of:,} ({of})".replace("%", " %")
