"""Which codes are ours: the configured phrases, and what was issued."""

from __future__ import annotations

from bot.model import Offer, OfferKind
from bot.offers.ledger.codes import code_key
from bot.store.verbs import HeardStore
from config.settings import Settings


class OwnCodes:
    """The codes of one configuration and its database."""

    def __init__(self, settings: Settings, store: HeardStore) -> None:
        self._store = store
        self._phrases: dict[str, set[str]] = {}
        for offer in settings.offers:
            if phrase := _phrase(offer):
                self._phrases.setdefault(phrase, set()).add(offer.id)

    def has(self, code: str, offer: str | None = None) -> bool:
        """Whether a code, however it is spelled, is one of ours; with ``offer``, one of that offer's."""
        key = code_key(code)
        if key in self._phrases:
            return offer is None or offer in self._phrases[key]
        issued = self._store.find_code(key) if key else None
        return issued is not None and offer in {None, issued[0]}


def _phrase(offer: Offer) -> str:
    return code_key(offer.code) if offer.kind is OfferKind.CODE_PHRASE and offer.code else ""
