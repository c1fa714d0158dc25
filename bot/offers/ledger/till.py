"""What every use case of an offer is given: the ledger, the configured offers, the present, and a source of ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.model import Offer
from bot.offers.ledger.guessing import Window
from bot.ports import OfferStore


@dataclass(frozen=True, slots=True)
class Till:
    """The till at one moment. ``salt`` keys the hashes of customers and of requests; ``zone`` says where days begin;
    ``wrong_codes``: how many of them a caller may try in which time.
    """

    store: OfferStore
    offers: Mapping[str, Offer]
    now: datetime
    zone: tzinfo
    new_id: Callable[[], str]
    salt: bytes = b""
    wrong_codes: tuple[Window, ...] = ()
