"""The use cases of a redemption: redeeming a code, giving it back.

An order is counted once for a code, whatever the number of deliveries: the second claim of the same order is answered
with the first redemption, and once that was given back, refused. An order that holds a reservation of the code redeems
that reservation.
"""

from __future__ import annotations

from dataclasses import replace

from bot.errors import BadClaim, GuessedTooOften, KeyReused, RedemptionRefused
from bot.model import Claim, Door, EventKind, Offer, OfferEvent, Reason, RedemptionResult
from bot.offers.ledger.claims import checked, customer_reference, fingerprint, require_in_time, short_key
from bot.offers.ledger.codes import code_key, tidy
from bot.offers.ledger.finding import Found, find
from bot.offers.ledger.guessing import allowance
from bot.offers.ledger.judge import counted_since, judge, resolve_placement
from bot.offers.ledger.till import Till
from bot.ports import LedgerView, Recorded

TYPED_AT = frozenset({Door.API, Door.TILL})
"""Doors at which codes are typed in, and may be guessed."""


def redeem(till: Till, claim: Claim) -> RedemptionResult:
    """Redeems a code once, or records why not; either way the answer is an event of the ledger.

    Caps are judged in the transaction that writes, days and windows by ``claim.at``. The same ``claim.key`` gives the
    same answer for ever, ``replayed``. Of the customer only a keyed hash is kept. Raises KeyReused when the key was
    used for another request, BadClaim for what cannot be, and GuessedTooOften after too many wrong codes.
    """
    asked = checked(claim)
    found = find(till, asked, asked.at or till.now)
    event = draft(till, asked, found, EventKind.REDEEMED)

    def decide(ledger: LedgerView) -> OfferEvent:
        require_may_try(till, ledger, asked)
        require_possible(till, asked, event, found)
        if found.offer is None or found.reason is not None:
            return refused(event, found.reason)
        earlier, held = of_same_order(ledger, event)
        if earlier is not None:
            return told_again(ledger, event, earlier, wanted=asked.offer)
        if held is not None and held.offer == event.offer and is_live(ledger, held, till):
            return judged(till, ledger, replace(event, refers_to=held.id), found.offer, found.issued_for, held)
        return judged(till, ledger, event, found.offer, found.issued_for)

    recorded = till.store.record(event.key, decide)
    require_same_request(recorded, event, claim=asked)
    return redemption_result(recorded, claim.code)


def roll_back(
    till: Till, redemption: str, *, key: str | None = None, door: Door | None = None, actor: str | None = None
) -> tuple[OfferEvent, bool]:
    """Gives a redemption back, with its use of every cap; both events stay in the ledger.

    Returns the event, and whether the same ``key`` was answered with it before. Raises RedemptionRefused:
    ``already_rolled_back``, or ``unknown_code`` when there is no such redemption; KeyReused for another request under
    the same key.
    """
    request = fingerprint("roll_back", Claim(""), till.salt, about=redemption)

    def decide(ledger: LedgerView) -> OfferEvent:
        first = ledger.event(redemption)
        if first is None or first.kind is not EventKind.REDEEMED:
            raise RedemptionRefused(Reason.UNKNOWN_CODE, f"There is no redemption '{redemption}'.")
        if ledger.ending(redemption) is not None:
            raise RedemptionRefused(Reason.ALREADY_ROLLED_BACK, f"'{redemption}' was given back before.")
        return ends(till, first, EventKind.ROLLED_BACK, key=short_key(key), request=request, door=door, actor=actor)

    recorded = till.store.record(short_key(key), decide)
    require_same_request(recorded, replace(recorded.event, request=request))
    return recorded.answer, recorded.replayed


def draft(till: Till, asked: Claim, found: Found, kind: EventKind) -> OfferEvent:
    """The event that a checked claim would become."""
    currency = asked.currency or (found.offer.currency if found.offer else None)
    return OfferEvent(
        id=till.new_id(),
        offer=found.offer_id,
        kind=kind,
        at=min(asked.at or till.now, till.now),
        code=found.code,
        placement=resolve_placement(found.offer, asked.placement, found.issued_for) if found.offer else asked.placement,
        customer=customer_reference(asked.customer, found.offer_id, till.salt),
        key=asked.key,
        told_at=till.now,
        order=asked.order,
        value=asked.value,
        currency=None if asked.value is None else currency,
        new_customer=asked.new_customer,
        door=asked.door,
        actor=asked.actor,
        request=fingerprint(str(kind), asked, till.salt),
    )


def require_may_try(till: Till, ledger: LedgerView, asked: Claim) -> None:
    """Raises GuessedTooOften when whoever asks has named too many codes that there are not.

    Asked where the answer is written, so that many claims at the same moment get no more than one after the other; and
    only of those who type codes in: a shop's orders, and what was written down elsewhere, are no guesses.
    """
    if asked.actor is None or asked.door not in TYPED_AT or not till.wrong_codes:
        return
    since = till.now - max(span for span, _ in till.wrong_codes)
    left = allowance(ledger.guesses(asked.actor, since), till.now, till.wrong_codes)
    if left.spent:
        raise GuessedTooOften(left.limit, left.reset)


def require_possible(till: Till, asked: Claim, event: OfferEvent, found: Found) -> None:
    """Raises BadClaim for what cannot be told now: a time too far off, an amount whose currency nobody knows.

    Asked when a new event is decided on, not before: what has an answer keeps it, though the offer or the clock may
    have moved on.
    """
    require_in_time(asked, till.now)
    if event.value is not None and event.currency is None and found.offer is not None:
        raise BadClaim("an order's value needs its currency")


def judged(
    till: Till,
    ledger: LedgerView,
    event: OfferEvent,
    offer: Offer,
    issued_for: str | None,
    held: OfferEvent | None = None,
) -> OfferEvent:
    """The event if the offer's rules allow it, else refused with the reason.

    ``held`` is the reservation that is redeemed by it: its own use is left out, and the offer's window is judged by the
    time at which it was made, because what was held is honoured.
    """
    asked = event if offer.per_customer is not None else replace(event, customer=None)
    since = counted_since(offer, event.at, till.zone)
    reason = judge(
        offer,
        ledger.usage(asked, since, till.now, own=held.id if held else None),
        placement=event.placement,
        issued_for=issued_for,
        customer=event.customer,
        at=held.at if held else event.at,
    )
    return event if reason is None else refused(event, reason)


def of_same_order(ledger: LedgerView, event: OfferEvent) -> tuple[OfferEvent | None, OfferEvent | None]:
    """The redemption, and the last reservation, that the same order has of the same code."""
    if event.order is None:
        return None, None
    key = code_key(event.code)
    same = [earlier for earlier in ledger.of_order(event.order) if code_key(earlier.code) == key]
    redeemed = (earlier for earlier in same if earlier.kind is EventKind.REDEEMED)
    held = (earlier for earlier in reversed(same) if earlier.kind is EventKind.RESERVED)
    return next(redeemed, None), next(held, None)


def told_again(ledger: LedgerView, event: OfferEvent, first: OfferEvent, *, wanted: str | None) -> OfferEvent:
    """What a claim becomes whose order or reservation was redeemed as ``first`` before."""
    if wanted is not None and wanted != first.offer:
        return refused(event, Reason.ORDER_MISMATCH)
    if ledger.ending(first.id) is not None:
        return refused(event, Reason.ALREADY_ROLLED_BACK)
    return replace(event, kind=EventKind.REPEATED, refers_to=first.id)


def is_live(ledger: LedgerView, held: OfferEvent, till: Till) -> bool:
    """Whether a reservation still holds its use, by the clock."""
    return held.expires_at is not None and till.now < held.expires_at and ledger.ending(held.id) is None


def refused(event: OfferEvent, reason: Reason | None) -> OfferEvent:
    """The same event as one that was refused; it refers to nothing and holds nothing."""
    return replace(event, kind=EventKind.REFUSED, reason=reason, refers_to=None, expires_at=None)


def ends(till: Till, first: OfferEvent, kind: EventKind, **how: object) -> OfferEvent:
    """The event that ends a reservation or undoes a redemption; it repeats what that was about."""
    return replace(
        first,
        id=till.new_id(),
        kind=kind,
        at=till.now,
        told_at=till.now,
        refers_to=first.id,
        **how,  # type: ignore[arg-type]  # fields of an event
    )


def require_same_request(recorded: Recorded, again: OfferEvent, *, claim: Claim | None = None) -> None:
    """Raises KeyReused when the key's first event was asked for otherwise."""
    first = recorded.event
    if first.request is not None:
        same = first.request == again.request
    else:  # written before requests were kept: what the event itself says must do
        same = claim is not None and _looks_the_same(first, again, claim)
    if not same:
        raise KeyReused("this idempotency key was used before, for another request")


def _looks_the_same(first: OfferEvent, again: OfferEvent, claim: Claim) -> bool:
    """What was not said this time may have been found then."""
    return (
        code_key(first.code) == code_key(again.code)
        and (claim.offer is None or first.offer in {"", claim.offer})
        and (claim.placement is None or first.placement == again.placement)
        and (first.customer is None) == (again.customer is None)
        and (first.offer != again.offer or first.customer == again.customer)
    )


def redemption_result(recorded: Recorded, typed: str) -> RedemptionResult:
    """What the redeemer is told: the same for ever for what is the same event."""
    event = recorded.answer
    redeemed = event.kind is EventKind.REDEEMED
    return RedemptionResult(
        redeemed=redeemed,
        redemption=event.id if redeemed else None,
        offer=event.offer or None,
        placement=event.placement,
        code=tidy(typed) or tidy(event.code),
        at=event.at,
        reason=event.reason,
        replayed=recorded.replayed,
    )
