"""The till, wired: one claim, and all that the person at the counter needs to be told about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import BadClaim, GuessedTooOften, KeyReused, RedemptionRefused
from bot.model import Claim, Door, EventKind, Offer, OfferEvent, Reason, RedemptionResult
from bot.offers.counting.counts import cap_remaining
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.offers.counting import Counting
from config.settings import Settings

GIVE_BACK_WITHIN = timedelta(minutes=10)
"""How long the till itself may give back what it redeemed; later that is the community manager's."""
SHIFT = timedelta(hours=12)
"""How far back the till remembers what it did."""
_SHOWN = (EventKind.REDEEMED, EventKind.REFUSED, EventKind.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class Served:
    """What became of one claim at the till.

    ``result`` None: it was not judged, because of ``problem`` (in words) or because its form was used before for
    another (``form_reused``). ``offer`` None: unknown, or no longer configured. ``left`` is what remains of the
    offer's cap. ``used`` is the redemption that used the code up; ``hint`` a code that may have been meant;
    ``given_back`` the event of one that was given back. ``retry_after``: seconds until another wrong code may be tried.
    """

    now: datetime
    result: RedemptionResult | None = None
    offer: Offer | None = None
    left: int | None = None
    used: OfferEvent | None = None
    hint: str | None = None
    problem: str = ""
    form_reused: bool = False
    retry_after: int | None = None
    given_back: OfferEvent | None = None


@dataclass(frozen=True, slots=True)
class TillState:
    """What the till's page needs before anything is asked; ``currency`` None: offers have none, or several."""

    placements: tuple[str, ...]
    currency: str | None
    recent: tuple[OfferEvent, ...] = field(default=())


class Serving:
    """The till of one configuration."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, counting: Counting) -> None:
        self._store = store
        self._clock = clock
        self._counting = counting
        self._offers = {offer.id: offer for offer in settings.offers}
        self._placements = tuple(dict.fromkeys(place for offer in settings.offers for place in offer.placements))
        currencies = {offer.currency for offer in settings.offers if offer.currency}
        self._currency = currencies.pop() if len(currencies) == 1 else None

    def till(self, actor: str, shown: int = 5) -> TillState:
        """The till as it stands, with the last things that happened at it."""
        return TillState(self._placements, self._currency, self.recent(actor, shown) if shown else ())

    def recent(self, actor: str, limit: int) -> tuple[OfferEvent, ...]:
        """The last of ``actor``'s redemptions, refusals and returns at the till, newest first."""
        return self._store.latest_events(limit, kinds=_SHOWN, actor=actor, since=self._clock.now() - SHIFT)

    def serve(self, claim: Claim) -> Served:
        """Judges one claim from the till."""
        now = self._clock.now()
        try:
            result = self._counting.redeem(claim)
        except GuessedTooOften as error:
            return Served(now, retry_after=error.retry_after)
        except KeyReused:
            return Served(now, form_reused=True)
        except BadClaim as error:
            return Served(now, problem=f"{str(error).rstrip('.')}. Nothing was redeemed.")
        return Served(
            now,
            result,
            offer=self._offers.get(result.offer or ""),
            left=self._left(result.offer, now) if result.redeemed else None,
            used=self._last_use(claim, result.offer) if result.reason is Reason.USED_UP else None,
            hint=self._counting.hint(claim.code) if result.reason is Reason.UNKNOWN_CODE else None,
        )

    def give_back(self, redemption: str, *, key: str | None, actor: str) -> Served:
        """Gives back what this very till redeemed in the last minutes."""
        now = self._clock.now()
        mine = next((event for event in self.recent(actor, 50) if event.id == redemption), None)
        if mine is None or mine.kind is not EventKind.REDEEMED or now - (mine.told_at or mine.at) > GIVE_BACK_WITHIN:
            return Served(now, problem="This can no longer be given back here.")
        try:
            event, _ = self._counting.roll_back(redemption, key=key, door=Door.TILL, actor=actor)
        except RedemptionRefused:
            return Served(now, problem="This was given back before. Nothing was changed.")
        except KeyReused:
            return Served(now, form_reused=True)
        return Served(now, offer=self._offers.get(mine.offer), given_back=event)

    def _left(self, offer: str | None, now: datetime) -> int | None:
        cap = self._offers[offer].cap if offer in self._offers else None
        if offer is None or cap is None:
            return None
        return cap_remaining(cap, self._store.uses(offer), sum(self._store.held([offer], now).values()))

    def _last_use(self, claim: Claim, offer: str | None) -> OfferEvent | None:
        uses = self._counting.events(1, offer=offer, kinds=(EventKind.REDEEMED,), code=claim.code)
        return uses[0] if uses else None
