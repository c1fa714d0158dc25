"""Which sides there are to compare, and how many pairs are compared at once: every pair more raises the bar for all."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from bot.errors import ConfigError, unknown
from bot.model import Offer
from bot.offers.verdicts.arms import Side


def side_of(text: str, offers: Mapping[str, Offer]) -> Side:
    """The side that is written ``truffle`` or ``truffle:counter``. Raises ConfigError for what is not configured."""
    name, colon, placement = (part.strip() for part in text.partition(":"))
    offer = offers.get(name)
    if offer is None:
        raise unknown("offer", name, offers)
    if not colon:
        return Side(offer)
    known = {place.casefold(): place for place in offer.placements}
    found = known.get(placement.casefold(), placement if not known else "")
    if not found:
        raise ConfigError(
            f"offer '{name}' has no placement '{placement}'; it has: {', '.join(offer.placements) or 'none'}"
        )
    return Side(offer, found)


def pairs_with(a: Side, b: Side, offers: Mapping[str, Offer]) -> int:
    """How many pairs could have been asked for where this one was: nobody may pick the winner's after the fact."""
    if a.offer.id == b.offer.id:
        arms = len(a.offer.placements)
    else:
        by_placement = a.placement is not None or b.placement is not None
        arms = sum(len(offer.placements) or 1 if by_placement else 1 for offer in _alike(a.offer, offers))
    return max(1, arms * (arms - 1) // 2)


def pairs_of(offers: Mapping[str, Offer]) -> tuple[tuple[Side, Side], ...]:
    """Every pair that the configuration means to compare: offers of one experiment, and placements that are alike."""
    shown = [offer for offer in offers.values() if offer.exposure is not None]
    between = [
        (Side(one), Side(other)) for one, other in combinations(shown, 2) if other in _alike(one, offers)
    ]  # fmt: skip
    within = [
        (Side(offer, one), Side(offer, other))
        for offer in offers.values()
        if offer.placements_alike
        for one, other in combinations(offer.placements, 2)
    ]
    return (*between, *within)


def _alike(offer: Offer, offers: Mapping[str, Offer]) -> list[Offer]:
    """The offers of the same experiment that are shown the same way, this one among them."""
    return [
        other
        for other in offers.values()
        if other.exposure is not None and (other.experiment, other.exposure) == (offer.experiment, offer.exposure)
    ]
