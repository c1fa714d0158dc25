"""The use cases of an offer: issuing codes, redeeming one, giving one back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.errors import ConfigError, KeyReused
from bot.model import EventKind, Offer, OfferEvent, OfferKind, Reason, RedemptionResult, Usage
from bot.offers.codes import CODE_LENGTH, LONGEST, code_key, new_codes, tidy
from bot.offers.ledger import judge, resolve_placement, since_in_zone
from bot.ports import OfferStore


@dataclass(frozen=True, slots=True)
class _Found:
    """What a typed code leads to: an offer or a reason why not, and the code as the ledger keeps it."""

    code: str
    offer: Offer | None = None
    offer_id: str = ""
    issued_for: str | None = None
    reason: Reason | None = None


def redeem(
    store: OfferStore,
    offers: Mapping[str, Offer],
    code: str,
    *,
    now: datetime,
    zone: tzinfo,
    new_id: Callable[[], str],
    offer: str | None = None,
    placement: str | None = None,
    customer: str | None = None,
    key: str | None = None,
    salt: bytes = b"",
) -> RedemptionResult:
    """Redeems ``code`` once, or records why not; either way the answer is an event of the ledger.

    ``offers`` are the configured ones by id; ``offer`` narrows the search to one. Caps are judged in the transaction
    that writes. The same ``key`` gives the same answer again, ``replayed``. Of ``customer`` only a keyed hash is kept
    (:func:`customer_reference`). Raises KeyReused when the key was used for another request.
    """
    said = _said(placement)
    found = _find(store, offers, code, offer, said, now)
    where = resolve_placement(found.offer, said, found.issued_for) if found.offer else said
    event = OfferEvent(
        id=new_id(),
        offer=found.offer_id,
        kind=EventKind.REDEEMED,
        at=now,
        code=found.code,
        placement=where,
        customer=customer_reference(customer, found.offer_id, salt),
        key=None if key is None else _storable(key),
    )

    def verdict(usage: Usage) -> Reason | None:
        if found.offer is None or found.reason is not None:
            return found.reason
        return judge(found.offer, usage, placement=where, issued_for=found.issued_for, customer=event.customer, now=now)

    written, replayed = store.append(event, since_in_zone(now, zone), verdict)
    if replayed:
        _require_same_request(written, event, offer=offer, placement=said)
    return _result(written, code, replayed=replayed)


def roll_back(store: OfferStore, redemption: str, *, now: datetime, new_id: Callable[[], str]) -> OfferEvent:
    """Gives a redemption back; both events stay in the ledger.

    Raises RedemptionRefused: ``already_rolled_back``, or ``unknown_code`` when there is no such redemption.
    """
    return store.roll_back(redemption, new_id(), now)


def issue(
    store: OfferStore,
    offer: Offer,
    count: int,
    *,
    now: datetime,
    pick: Callable[[str], str],
    placement: str | None = None,
    prefix: str = "",
    length: int = CODE_LENGTH,
) -> tuple[str, ...]:
    """Issues ``count`` new unique codes and returns them as they are printed.

    ``pick`` chooses one character: ``secrets.choice``. Raises ConfigError for an offer whose code is a phrase (a code
    of its own would escape the phrase's limits), and as :func:`~bot.offers.codes.new_codes` does.
    """
    if offer.kind is not OfferKind.UNIQUE_CODES:
        raise ConfigError(
            f"offer '{offer.id}' is redeemed by its phrase; codes are for offers with kind = \"unique-codes\""
        )
    where = resolve_placement(offer, placement, None) if placement else None
    taken = {code for code, _placement, _used in store.codes(offer.id)}
    issued: list[str] = []
    while len(issued) < count:
        fresh = new_codes(count - len(issued), pick, prefix=prefix, length=length, taken=taken)
        keys = {code_key(code): code for code in fresh}
        if store.issue(offer.id, [(key, where) for key in keys], now) < len(keys):
            # Another offer has some of them already; those stay its own and are drawn anew.
            keys = {key: code for key, code in keys.items() if (store.find_code(key) or ("",))[0] == offer.id}
        taken.update(map(code_key, fresh))
        issued.extend(keys.values())
    return tuple(issued)


def customer_reference(customer: str | None, offer: str, salt: bytes) -> str | None:
    """What the ledger keeps of a customer: a keyed hash, different for every offer; None when nobody was named.

    HMAC-SHA-256, 120 bits. With an empty ``salt`` it hides the name from a reader, but not from somebody who tries a
    list of addresses.
    """
    name = (customer or "").strip().casefold()
    if not name:
        return None
    return hmac.new(salt, f"{offer}\0{name}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:30]


def _find(
    store: OfferStore, offers: Mapping[str, Offer], code: str, wanted: str | None, placement: str | None, now: datetime
) -> _Found:
    key = code_key(code)
    asked = wanted if wanted is not None and wanted in offers else ""
    unknown = _Found(tidy(code), offer_id=asked, reason=Reason.UNKNOWN_CODE)
    if not key:
        return unknown
    said = [
        offer
        for offer in offers.values()
        if offer.kind is OfferKind.CODE_PHRASE and offer.code and code_key(offer.code) == key
        if wanted is None or offer.id == wanted
    ]
    if said:
        # Two offers may share a phrase, one a season or one a place: the one that can be redeemed is meant.
        chosen = min(said, key=lambda offer: _would_refuse(offer, placement, now))
        return _Found(tidy(chosen.code or ""), chosen, chosen.id)
    issued = store.find_code(key)
    if issued is None or (wanted is not None and issued[0] != wanted):
        return unknown
    offer_id, issued_for = issued
    if offer_id not in offers:  # its offer was taken out of the configuration
        return _Found(key, None, offer_id, issued_for, Reason.DISABLED)
    return _Found(key, offers[offer_id], offer_id, issued_for)


def _would_refuse(offer: Offer, placement: str | None, now: datetime) -> bool:
    where = resolve_placement(offer, placement, None)
    return judge(offer, Usage(), placement=where, issued_for=None, customer=None, now=now) is not None


def _said(placement: str | None) -> str | None:
    return _storable((placement or "").strip())[:LONGEST] or None


def _storable(text: str) -> str:
    """Half a surrogate pair cannot be written as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _require_same_request(first: OfferEvent, again: OfferEvent, *, offer: str | None, placement: str | None) -> None:
    """``offer`` and ``placement`` are what was said this time; what was not said may have been found."""
    same = (
        code_key(first.code) == code_key(again.code)
        and (offer is None or first.offer in {"", offer})
        and (placement is None or first.placement == again.placement)
        and (first.customer is None) == (again.customer is None)
        and (first.offer != again.offer or first.customer == again.customer)
    )
    if not same:
        raise KeyReused("this idempotency key was used before, for another code, offer, placement or customer")


def _result(event: OfferEvent, typed: str, *, replayed: bool) -> RedemptionResult:
    redeemed = event.kind is EventKind.REDEEMED
    return RedemptionResult(
        redeemed=redeemed,
        redemption=event.id if redeemed else None,
        offer=event.offer or None,
        placement=event.placement,
        code=tidy(typed),
        at=event.at,
        reason=event.reason,
        replayed=replayed,
    )
