"""Switching a code or a whole offer off at run time, and on again; the ledger's last word holds."""

from __future__ import annotations

from bot.errors import RedemptionRefused
from bot.model import Door, EventKind, Offer, OfferEvent, OfferKind, Reason
from bot.offers.ledger.codes import code_key, tidy
from bot.offers.ledger.till import Till


def switch(
    till: Till,
    offer: Offer,
    *,
    on: bool,
    code: str | None = None,
    door: Door | None = None,
    actor: str | None = None,
) -> OfferEvent:
    """Writes that a code of the offer, or without one the whole offer, is off or on from now.

    What the configuration switches off (``disabled = true``) stays off. Reservations that live are refused too when
    they come to be redeemed. Raises RedemptionRefused (``unknown_code``) for a code that is not the offer's.
    """
    event = OfferEvent(
        id=till.new_id(),
        offer=offer.id,
        kind=EventKind.ENABLED if on else EventKind.DISABLED,
        at=till.now,
        code="" if code is None else _code_of(till, offer, code),
        told_at=till.now,
        door=door,
        actor=actor,
    )
    return till.store.record(None, lambda _ledger: event).event


def _code_of(till: Till, offer: Offer, code: str) -> str:
    """The code as the ledger keeps it."""
    key = code_key(code)
    if offer.kind is OfferKind.CODE_PHRASE and offer.code and key == code_key(offer.code):
        return tidy(offer.code)
    issued = till.store.find_code(key) if key else None
    if issued is None or issued[0] != offer.id:
        raise RedemptionRefused(Reason.UNKNOWN_CODE, f"'{tidy(code)}' is not a code of offer '{offer.id}'.")
    return key
