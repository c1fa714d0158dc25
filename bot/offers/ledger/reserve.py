"""The use cases of a reservation: holding a code during a checkout, redeeming what is held, letting it go.

A reservation occupies a use of every cap while it lives, in each day and week from its own on. It lives until it is
redeemed, released, or its end has come by the clock; whether that end was written down yet does not matter.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.errors import BadClaim, RedemptionRefused
from bot.model import Claim, Door, EventKind, OfferEvent, Reason, RedemptionResult, ReservationResult
from bot.offers.ledger.claims import checked, customer_reference, fingerprint, short_key
from bot.offers.ledger.codes import code_key, tidy
from bot.offers.ledger.finding import Found, find
from bot.offers.ledger.judge import resolve_placement
from bot.offers.ledger.redeem import (
    draft,
    ends,
    is_live,
    judged,
    of_same_order,
    redemption_result,
    refused,
    require_may_try,
    require_possible,
    require_same_request,
    told_again,
)
from bot.offers.ledger.till import Till
from bot.ports import LedgerView, Recorded

LONGEST_HOLD = timedelta(days=7)


def reserve(till: Till, claim: Claim, *, hold: timedelta | None = None) -> ReservationResult:
    """Holds a code for ``hold`` (the offer's ``reserve_for`` when None; seven days at most), or records why not.

    Judged like a redemption. An order that holds the code already is answered with that reservation. Raises
    KeyReused and GuessedTooOften as redeeming does, and BadClaim for what cannot be, such as a reservation in the past.
    """
    if hold is not None and not timedelta(0) < hold <= LONGEST_HOLD:
        raise BadClaim(f"a reservation holds for more than nothing and at most {LONGEST_HOLD.days} days")
    if claim.at is not None:
        raise BadClaim("a reservation is made now; it has no other time")
    asked = checked(claim)
    found = find(till, asked, till.now)
    event = draft(till, asked, found, EventKind.RESERVED)
    about = None if hold is None else str(hold.total_seconds())
    event = replace(event, request=fingerprint("reserve", asked, till.salt, about=about))
    if found.offer is not None:
        event = replace(event, expires_at=till.now + (hold or found.offer.reserve_for))

    def decide(ledger: LedgerView) -> OfferEvent:
        require_may_try(till, ledger, asked)
        require_possible(till, asked, event, found)
        if found.offer is None or found.reason is not None:
            return refused(event, found.reason)
        earlier, held = of_same_order(ledger, event)
        if earlier is not None:
            back = ledger.ending(earlier.id) is not None
            return refused(event, Reason.ALREADY_ROLLED_BACK if back else Reason.USED_UP)
        if held is not None and is_live(ledger, held, till):
            return told_again(ledger, event, held, wanted=asked.offer)
        return judged(till, ledger, event, found.offer, found.issued_for)

    recorded = till.store.record(event.key, decide)
    require_same_request(recorded, event)
    return _reservation_result(recorded, claim.code)


def redeem_reserved(till: Till, reservation: str, claim: Claim) -> RedemptionResult:
    """Redeems what is held, or records why not. ``claim.code`` may be empty.

    Told once more, it is answered with the first redemption. Another code, offer, order or customer than the reserved
    one is an ``order_mismatch``. Raises what redeeming does; wrong codes matter only where there is no such
    reservation.
    """
    asked = checked(claim)
    held = till.store.offer_event(reservation)  # it never changes; what became of it is asked when deciding
    if held is None or held.kind is not EventKind.RESERVED:
        held, found = None, Found(tidy(claim.code), reason=Reason.UNKNOWN_CODE)
    else:
        issued_for = (till.store.find_code(held.code) or ("", None))[1]
        found = Found(held.code, till.offers.get(held.offer), held.offer, issued_for)
    request = fingerprint("redeem_reserved", asked, till.salt, about=reservation)
    event = replace(draft(till, asked, found, EventKind.REDEEMED), request=request)
    if held is not None:
        event = _with_what_was_reserved(event, held)

    def decide(ledger: LedgerView) -> OfferEvent:
        require_possible(till, asked, event, found)
        if held is None:
            require_may_try(till, ledger, asked)
            return refused(event, found.reason)
        if _differs(till, asked, held):
            return refused(event, Reason.ORDER_MISMATCH)
        ending = ledger.ending(held.id)
        first = ending if ending and ending.kind is EventKind.REDEEMED else of_same_order(ledger, event)[0]
        if first is not None:
            same_order = asked.order is None or first.order is None or asked.order == first.order
            return (
                told_again(ledger, event, first, wanted=None) if same_order else refused(event, Reason.ORDER_MISMATCH)
            )
        if not is_live(ledger, held, till):
            return refused(event, Reason.RESERVATION_EXPIRED)
        if found.offer is None:
            return refused(event, Reason.DISABLED)
        return judged(till, ledger, replace(event, refers_to=held.id), found.offer, found.issued_for, held)

    recorded = till.store.record(event.key, decide)
    require_same_request(recorded, event)
    return redemption_result(recorded, claim.code)


def release(
    till: Till, reservation: str, *, key: str | None = None, door: Door | None = None, actor: str | None = None
) -> tuple[OfferEvent, bool]:
    """Lets a reservation go; its use is free again.

    Returns the event, and whether it had been released before (the same event then). Raises RedemptionRefused:
    ``unknown_code`` when there is no such reservation, ``used_up`` when it was redeemed, ``reservation_expired``;
    KeyReused for another request under the same key.
    """
    request = fingerprint("release", Claim(""), till.salt, about=reservation)
    how = {"key": short_key(key), "request": request, "door": door, "actor": actor}

    def decide(ledger: LedgerView) -> OfferEvent:
        held = ledger.event(reservation)
        if held is None or held.kind is not EventKind.RESERVED:
            raise RedemptionRefused(Reason.UNKNOWN_CODE, f"There is no reservation '{reservation}'.")
        ending = ledger.ending(reservation)
        if ending is not None and ending.kind is EventKind.RELEASED:
            return ends(till, ending, EventKind.REPEATED, **how)
        if ending is not None and ending.kind is EventKind.REDEEMED:
            raise RedemptionRefused(Reason.USED_UP, f"'{reservation}' was redeemed; give the redemption back instead.")
        if not is_live(ledger, held, till):
            raise RedemptionRefused(Reason.RESERVATION_EXPIRED, f"'{reservation}' has run out; it holds nothing.")
        return ends(till, held, EventKind.RELEASED, **how)

    recorded = till.store.record(short_key(key), decide)
    require_same_request(recorded, replace(recorded.event, request=request))
    return recorded.answer, recorded.replayed


def _with_what_was_reserved(event: OfferEvent, held: OfferEvent) -> OfferEvent:
    """What was not said when redeeming was said when reserving."""
    said = event.value is not None
    return replace(
        event,
        placement=held.placement or event.placement,
        customer=held.customer or event.customer,
        order=held.order or event.order,
        value=event.value if said else held.value,
        currency=event.currency if said else held.currency,
        new_customer=held.new_customer if event.new_customer is None else event.new_customer,
    )


def _differs(till: Till, asked: Claim, held: OfferEvent) -> bool:
    """Whether what is said now contradicts what was reserved."""
    customer = customer_reference(asked.customer, held.offer, till.salt)
    offer = till.offers.get(held.offer)
    where = resolve_placement(offer, asked.placement, held.placement) if offer and asked.placement else None
    return (
        (code_key(asked.code) != code_key(held.code) and bool(asked.code.strip()))
        or (asked.offer is not None and asked.offer != held.offer)
        or any(
            now is not None and then is not None and now != then
            for now, then in ((asked.order, held.order), (customer, held.customer), (where, held.placement))
        )
    )


def _reservation_result(recorded: Recorded, typed: str) -> ReservationResult:
    event = recorded.answer
    reserved = event.kind is EventKind.RESERVED
    return ReservationResult(
        reserved=reserved,
        reservation=event.id if reserved else None,
        offer=event.offer or None,
        placement=event.placement,
        code=tidy(typed),
        at=event.at,
        expires_at=event.expires_at,
        reason=event.reason,
        replayed=recorded.replayed,
    )
