"""A claim as it is said: what can be is put in order, what cannot be is refused before anything is looked up.

Nothing here knows an offer. A code is never wrong in itself, only unknown: malformed and unknown codes are answered
alike.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.errors import BadClaim
from bot.model import Claim, Door
from bot.model.currency import CURRENCIES
from bot.offers.ledger.codes import LONGEST, code_key

AHEAD = timedelta(minutes=5)
"""How far the clock of whoever tells may be ahead of ours."""
BACK = timedelta(days=31)
"""How late a redemption may be told."""
RECORDS = frozenset({Door.FILE, Door.SHOPIFY, Door.WOOCOMMERCE, Door.SQUARE})
"""Doors through which comes what was written down elsewhere."""
RECORDS_BACK = timedelta(days=3653)
"""How old that may be: ten years."""
MOST = Decimal(10) ** 9
DECIMALS = 4
LONGEST_ORDER = 200
LONGEST_KEY = 255
"""Longer keys are kept as their digest."""


def checked(claim: Claim) -> Claim:
    """The claim with its parts in order: blanks cut, ``at`` in UTC, the currency in capitals, text that can be stored.

    It depends on the claim alone, so that the same request is the same for ever. Raises BadClaim for a time without its
    offset, an amount that is negative, not a number, above a thousand million or has more than four decimals, a
    currency that ISO 4217 does not know, and an order that is empty of sense (control characters) or longer than 200
    characters.
    """
    return replace(
        claim,
        placement=storable((claim.placement or "").strip())[:LONGEST] or None,
        order=_order(claim.order),
        value=None if claim.value is None else _amount(claim.value),
        currency=_currency(claim.currency),
        at=None if claim.at is None else _moment(claim.at),
        key=short_key(claim.key),
        actor=storable(claim.actor or "")[:LONGEST_KEY] or None,
    )


def require_in_time(claim: Claim, now: datetime) -> None:
    """Raises BadClaim for a time more than five minutes ahead or 31 days back (ten years for what was written down
    elsewhere). To be asked only of what was not answered before: an answer stands, however late it is asked for again.
    """
    if claim.at is None:
        return
    if claim.at > now + AHEAD:
        raise BadClaim(f"the redemption is told for {claim.at.isoformat(' ', 'minutes')}, which is yet to come")
    back = RECORDS_BACK if claim.door in RECORDS else BACK
    if claim.at < now - back:
        raise BadClaim(f"the redemption happened more than {back.days:,} days ago; it is too late to tell it")


def short_key(key: str | None) -> str | None:
    """An idempotency key as the ledger keeps it. Raises BadClaim for an empty one."""
    if key is None:
        return None
    kept = storable(key)
    if not kept.strip():
        raise BadClaim("an idempotency key must not be empty")
    return kept if len(kept) <= LONGEST_KEY else f"sha256:{hashlib.sha256(kept.encode()).hexdigest()}"


def fingerprint(kind: str, claim: Claim, salt: bytes, *, about: str | None = None) -> str:
    """What two requests have in common that ask for the same: a keyed hash, so that nobody reads a customer out of it.

    Left out is what does not change what is asked: the key itself, the door and who asks. ``about`` is the reservation
    or redemption that the request is about. HMAC-SHA-256, 128 bits.
    """
    asked = (
        kind,
        about,
        code_key(claim.code),
        claim.offer,
        claim.placement and claim.placement.casefold(),
        (claim.customer or "").strip().casefold() or None,
        claim.order,
        None if claim.value is None else str(claim.value.normalize()),
        claim.currency,
        claim.new_customer,
        None if claim.at is None else claim.at.astimezone(UTC).isoformat(),
    )
    return hmac.new(salt, json.dumps(asked).encode(), hashlib.sha256).hexdigest()[:32]


def customer_reference(customer: str | None, offer: str, salt: bytes) -> str | None:
    """What the ledger keeps of a customer: a keyed hash, different for every offer; None when nobody was named.

    HMAC-SHA-256, 120 bits. With an empty ``salt`` it hides the name from a reader, but not from somebody who tries a
    list of addresses.
    """
    name = (customer or "").strip().casefold()
    if not name:
        return None
    return hmac.new(salt, f"{offer}\0{name}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:30]


def storable(text: str) -> str:
    """Half a surrogate pair cannot be written as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _order(order: str | None) -> str | None:
    kept = storable((order or "").strip())
    if len(kept) > LONGEST_ORDER or not kept.isprintable():
        raise BadClaim(f"an order is named by at most {LONGEST_ORDER} printable characters")
    return kept or None


def _amount(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise BadClaim("an order's value must be a number")
    if value < 0:
        raise BadClaim("an order's value must not be negative; a refund is told by giving the redemption back")
    if value > MOST:
        raise BadClaim(f"an order's value must be at most {MOST:,}")
    # The few digits that are left are exact in any context; an exponent of a million is cut off here.
    kept = value.normalize() + 0
    exponent = kept.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > DECIMALS:
        raise BadClaim(f"an order's value must have at most {DECIMALS} decimals")
    return kept


def _currency(currency: str | None) -> str | None:
    said = (currency or "").strip().upper()
    if said and said not in CURRENCIES:
        raise BadClaim(f"'{storable(said)[:12]}' is not a currency; write its three letters, such as EUR")
    return said or None


def _moment(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise BadClaim("the time of a redemption needs its offset from UTC, such as 2026-03-10T12:00:00Z")
    try:
        return at.astimezone(UTC)
    except OverflowError:  # beyond the calendar once it is in UTC: its edge is as far too early, or as far to come
        return datetime.min.replace(tzinfo=UTC) if at.year == 1 else datetime.max.replace(tzinfo=UTC)
