"""What somebody meant who mistyped a code: staff are told, programs never (they would learn codes by guessing)."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from bot.model import Offer, OfferKind
from bot.offers.ledger.codes import KEY_ALPHABET, code_key
from bot.offers.ledger.till import Till

SHORTEST = 6
"""Characters of a key that is long enough for one of them to be a slip. Source: measurement §8.1."""


def hint(till: Till, code: str) -> str | None:
    """The one code that is a single character away (changed, missing or too many) from what was typed.

    None when there is none, or more than one, or when the typed code itself is known. Phrases are shown as configured,
    unique codes as they are printed.
    """
    key = code_key(code)
    if len(key) < SHORTEST:
        return None
    phrases = {offer.code: code_key(offer.code) for offer in till.offers.values() if _is_phrase(offer) and offer.code}
    near = {phrase for phrase, other in phrases.items() if Levenshtein.distance(key, other, score_cutoff=1) <= 1}
    issued = till.store.issued_among(neighbours(key) | {key})
    if key in phrases.values() or any(found.code == key for found in issued):
        return None
    near |= {found.printed or found.code.upper() for found in issued}
    return near.pop() if len(near) == 1 else None


def neighbours(key: str) -> frozenset[str]:
    """Every key that is one edit away: some 60 for each character, which is cheaper to look up than all codes."""
    cuts = [(key[:place], key[place:]) for place in range(len(key) + 1)]
    shorter = {head + tail[1:] for head, tail in cuts if tail}
    changed = {head + char + tail[1:] for head, tail in cuts if tail for char in KEY_ALPHABET}
    longer = {head + char + tail for head, tail in cuts for char in KEY_ALPHABET}
    return frozenset((shorter | changed | longer) - {key})


def _is_phrase(offer: Offer) -> bool:
    return offer.kind is OfferKind.CODE_PHRASE and bool(offer.code) and not offer.disabled
