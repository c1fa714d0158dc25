"""Counting, wired: redeeming, giving back, issuing codes, and the counts of the day."""

from __future__ import annotations

import secrets
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot.model import OfferCount, OfferEvent, RedemptionResult
from bot.offers.counts import count_offers, todays_windows
from bot.offers.redeem import issue, redeem, roll_back
from bot.ports import Clock
from bot.store.sqlite import SqliteStore
from config.settings import Settings


class Counting:
    """The till of one configuration."""

    def __init__(self, settings: Settings, store: SqliteStore, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._offers = {offer.id: offer for offer in settings.offers}

    def redeem(
        self,
        code: str,
        *,
        offer: str | None = None,
        placement: str | None = None,
        customer: str | None = None,
        key: str | None = None,
    ) -> RedemptionResult:
        """One redemption, or the reason why not."""
        return redeem(
            self._store,
            self._offers,
            code,
            now=self._clock.now(),
            zone=ZoneInfo(self._settings.timezone),
            new_id=_new_id,
            offer=offer,
            placement=placement,
            customer=customer,
            key=key,
            salt=self._store.salt(),
        )

    def roll_back(self, redemption: str) -> OfferEvent:
        """Gives one back."""
        return roll_back(self._store, redemption, now=self._clock.now(), new_id=_new_id)

    def issue(self, offer: str, count: int, placement: str | None, *, prefix: str, length: int) -> tuple[str, ...]:
        """New unique codes of an offer."""
        return issue(
            self._store,
            self._offers[offer],
            count,
            now=self._clock.now(),
            pick=secrets.choice,
            placement=placement,
            prefix=prefix,
            length=length,
        )

    def counts(self) -> tuple[OfferCount, ...]:
        """Counts as of now: today beside yesterday."""
        now, zone = self._clock.now(), self._settings.timezone
        today, yesterday = todays_windows(now, zone)
        events = self._store.offer_events()
        return count_offers(self._settings.offers, events, window=today, previous=yesterday, now=now)


def _new_id() -> str:
    return f"r_{uuid4().hex[:16]}"
