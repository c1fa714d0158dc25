"""Counting, wired: redeeming, reserving, giving back, issuing codes, and the counts of the day."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import cached_property
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot.errors import unknown
from bot.model import (
    Claim,
    Door,
    EventKind,
    IssuedCode,
    Offer,
    OfferEvent,
    RedemptionResult,
    ReservationResult,
)
from bot.offers.ledger import hints, redeem, reserve, switch
from bot.offers.ledger.finding import find
from bot.offers.ledger.issue import CodeShape, issue
from bot.offers.ledger.till import Till
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.offers.guessing import windows_of
from config.settings import Settings


class Counting:
    """The till of one configuration. Everything that comes in through a door goes through here.

    Redeeming and reserving answer with a result, refused or not, that is in the ledger. Rolling back and releasing
    raise RedemptionRefused. All take an idempotency key and raise KeyReused when it was used for another request,
    BadClaim for what cannot be, and GuessedTooOften after too many wrong codes.
    """

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._offers = {offer.id: offer for offer in settings.offers}
        self._zone = ZoneInfo(settings.timezone)

    def redeem(self, claim: Claim) -> RedemptionResult:
        """One redemption, or the reason why not."""
        return redeem.redeem(self._till(), claim)

    def roll_back(
        self, redemption: str, *, key: str | None = None, door: Door = Door.COMMAND, actor: str | None = None
    ) -> tuple[OfferEvent, bool]:
        """Gives one back; the event, and whether it is answered again."""
        return redeem.roll_back(self._till(), redemption, key=key, door=door, actor=actor)

    def reserve(self, claim: Claim, *, hold: timedelta | None = None) -> ReservationResult:
        """Holds a code for a checkout, or the reason why not."""
        return reserve.reserve(self._till(), claim, hold=hold)

    def redeem_reserved(self, reservation: str, claim: Claim) -> RedemptionResult:
        """Redeems what is held; the claim's code may be empty."""
        return reserve.redeem_reserved(self._till(), reservation, claim)

    def release(
        self, reservation: str, *, key: str | None = None, door: Door = Door.COMMAND, actor: str | None = None
    ) -> tuple[OfferEvent, bool]:
        """Lets a reservation go; the event, and whether it is answered again."""
        return reserve.release(self._till(), reservation, key=key, door=door, actor=actor)

    def expire(self) -> int:
        """Writes down which reservations have run out; how many. They hold nothing even before that."""
        return self._store.expire(self._clock.now(), _new_id)

    def disable(
        self, offer: str, *, code: str | None = None, door: Door = Door.COMMAND, actor: str | None = None
    ) -> OfferEvent:
        """Switches a code, or the whole offer, off from now on."""
        return switch.switch(self._till(), self._offer(offer), on=False, code=code, door=door, actor=actor)

    def enable(
        self, offer: str, *, code: str | None = None, door: Door = Door.COMMAND, actor: str | None = None
    ) -> OfferEvent:
        """Switches on again what was disabled."""
        return switch.switch(self._till(), self._offer(offer), on=True, code=code, door=door, actor=actor)

    def issue(
        self,
        offer: str,
        count: int,
        placement: str | None = None,
        *,
        shape: CodeShape | None = None,
        tell: Callable[[int], None] | None = None,
    ) -> tuple[str, ...]:
        """New unique codes of an offer, as they are printed. Raises ConfigError for a placement that it has not."""
        of, draw = self._offer(offer), secrets.token_bytes
        return issue(self._till(), of, count, random_bytes=draw, placement=placement, shape=shape, tell=tell)

    def codes(self, offer: str) -> tuple[IssuedCode, ...]:
        """The codes of an offer, in the order of issue."""
        return tuple(self._store.codes(offer))

    def hint(self, code: str) -> str | None:
        """What somebody meant who mistyped a code; for signed-in staff only."""
        return hints.hint(self._till(), code)

    def events(
        self, limit: int, *, offer: str | None = None, kinds: Collection[EventKind] = (), code: str | None = None
    ) -> tuple[OfferEvent, ...]:
        """The last events of the ledger, newest first; ``code`` in any spelling."""
        kept = None if code is None else find(self._till(), Claim(code, offer), self._clock.now()).code
        return self._store.latest_events(limit, offer=offer, kinds=kinds, code=kept)

    def _till(self) -> Till:
        now, wrong_codes = self._clock.now(), windows_of(self._settings.web)
        return Till(self._store, self._offers, now, self._zone, _new_id, self._salt, wrong_codes)

    @cached_property
    def _salt(self) -> bytes:
        return self._store.salt()

    def _offer(self, offer: str) -> Offer:
        found = self._offers.get(offer)
        if found is None:
            raise unknown("offer", offer, self._offers)
        return found


def _new_id() -> str:
    return f"r_{uuid4().hex[:16]}"
