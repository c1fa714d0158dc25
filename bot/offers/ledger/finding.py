"""From a typed code to its offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.model import Claim, Offer, OfferKind, Reason, Usage
from bot.offers.ledger.codes import code_key, tidy
from bot.offers.ledger.judge import judge, resolve_placement
from bot.offers.ledger.till import Till


@dataclass(frozen=True, slots=True)
class Found:
    """What a typed code leads to: an offer or a reason why not, and the code as the ledger keeps it."""

    code: str
    offer: Offer | None = None
    offer_id: str = ""
    issued_for: str | None = None
    reason: Reason | None = None


def find(till: Till, claim: Claim, at: datetime) -> Found:
    """Whose code this is, ``claim.offer`` narrowing the search to one."""
    key, wanted = code_key(claim.code), claim.offer
    asked = wanted if wanted is not None and wanted in till.offers else ""
    unknown = Found(tidy(claim.code), offer_id=asked, reason=Reason.UNKNOWN_CODE)
    if not key:
        return unknown
    said = [
        offer
        for offer in till.offers.values()
        if offer.kind is OfferKind.CODE_PHRASE and offer.code and code_key(offer.code) == key
        if wanted is None or offer.id == wanted
    ]
    if said:
        # Two offers may share a phrase, one a season or one a place: the one that can be redeemed is meant.
        chosen = said[0] if len(said) == 1 else min(said, key=lambda one: _would_refuse(one, claim.placement, at))
        return Found(tidy(chosen.code or ""), chosen, chosen.id)
    issued = till.store.find_code(key)
    if issued is None or (wanted is not None and issued[0] != wanted):
        return unknown
    offer_id, issued_for = issued
    if offer_id not in till.offers:  # its offer was taken out of the configuration
        return Found(key, None, offer_id, issued_for, Reason.DISABLED)
    return Found(key, till.offers[offer_id], offer_id, issued_for)


def _would_refuse(offer: Offer, placement: str | None, at: datetime) -> bool:
    where = resolve_placement(offer, placement, None)
    return judge(offer, Usage(), placement=where, issued_for=None, customer=None, at=at) is not None
