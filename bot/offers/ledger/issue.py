"""Issuing unique codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.errors import ConfigError
from bot.model import IssuedCode, Offer, OfferKind
from bot.offers.ledger.codes import ALPHABET, CODE_LENGTH, new_codes, printable_alphabet
from bot.offers.ledger.judge import resolve_placement
from bot.offers.ledger.till import Till

AT_ONCE = 10_000
"""Codes that are written in one transaction: well under a second, so that no till waits long for its turn."""


@dataclass(frozen=True, slots=True)
class CodeShape:
    """How new codes look. ``length`` is that of the random part, between ``prefix`` and check character."""

    prefix: str = ""
    length: int = CODE_LENGTH
    alphabet: str = ALPHABET


def issue(
    till: Till,
    offer: Offer,
    count: int,
    *,
    random_bytes: Callable[[int], bytes],
    placement: str | None = None,
    shape: CodeShape | None = None,
    tell: Callable[[int], None] | None = None,
) -> tuple[str, ...]:
    """Issues ``count`` new unique codes and returns them as they are printed.

    ``random_bytes``: ``secrets.token_bytes``. ``tell`` hears how many are done. Raises ConfigError for an offer whose
    code is a phrase (a code of its own would escape the phrase's limits), for a placement that is not the offer's (no
    count would show it), and as :func:`~bot.offers.ledger.codes.new_codes` does.
    """
    if offer.kind is not OfferKind.UNIQUE_CODES:
        raise ConfigError(
            f"offer '{offer.id}' is redeemed by its phrase; codes are for offers with kind = \"unique-codes\""
        )
    shape = shape or CodeShape()
    alphabet = printable_alphabet(shape.alphabet)
    where = resolve_placement(offer, placement, None) if placement else None
    if where is not None and offer.placements and where not in offer.placements:
        raise ConfigError(f"offer '{offer.id}' has no placement '{where}'; configured: {', '.join(offer.placements)}")
    before = till.store.issued_count(offer.id)
    new_codes(0, random_bytes, prefix=shape.prefix, length=shape.length, alphabet=alphabet, taken=before + count)
    issued: list[str] = []
    while len(issued) < count:
        some = min(AT_ONCE, count - len(issued))
        keys = new_codes(some, random_bytes, prefix=shape.prefix, length=shape.length, alphabet=alphabet, taken=before)
        # What was issued before, for this offer or another, stays as it is; so many are drawn anew.
        new = till.store.issue(offer.id, [IssuedCode(key, where, printed=code) for key, code in keys.items()], till.now)
        issued.extend(code for key, code in keys.items() if key in new)
        if tell is not None:
            tell(len(issued))
    return tuple(issued)
