"""Comparing, wired: which offer works better, what a comparison would find, and whether to keep an offer up.

The verdicts bring numpy, which few commands need, so that they are imported where they are asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.errors import unknown
from bot.model import Block, Comparison, KeepVerdict, Offer, Plan
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.offers.tracing import Tracing
from config.settings import Settings

if TYPE_CHECKING:
    from bot.offers.verdicts.arms import Leaks


class Comparing:
    """The statistician of one configuration's offers."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, tracing: Tracing) -> None:
        self._offers = {offer.id: offer for offer in settings.offers}
        self._zone = ZoneInfo(settings.timezone)
        self._store = store
        self._clock = clock
        self._tracing = tracing

    def compare(self, a: str, b: str) -> Comparison:
        """Two offers, or placements such as ``truffle:counter``. Raises ConfigError for what is not configured."""
        from bot.offers.verdicts.compare import compare_offers  # noqa: PLC0415 see above
        from bot.offers.verdicts.family import side_of  # noqa: PLC0415 see above

        ids = {side_of(side, self._offers).offer.id for side in (a, b)}
        now = self._clock.now()
        return compare_offers(self._store, self._offers, a, b, now=now, zone=self._zone, leaks=self._leaks(ids))

    def compare_all(self, about: str | None = None) -> tuple[Comparison, ...]:
        """Every pair that the configuration means to compare, or every one with the offer ``about``."""
        from bot.offers.verdicts.compare import compare_all  # noqa: PLC0415 see above

        now, leaks = self._clock.now(), self._leaks(self._offers)
        return compare_all(self._store, self._offers, now=now, zone=self._zone, leaks=leaks, about=about)

    def keep(self, offer: str) -> KeepVerdict:
        """Whether to keep an offer up. Raises ConfigError for one that is not configured."""
        from bot.offers.verdicts.compare import judge_offer  # noqa: PLC0415 see above

        of = self._offer(offer)
        now, leaks = self._clock.now(), self._leaks({offer})
        return judge_offer(self._store, of, now=now, zone=self._zone, leaks=leaks)

    def plan(
        self,
        *,
        rate: float,
        lift: float,
        days: int | None = None,
        power: float = 0.8,
        dispersion: float | None = None,
        arms: int = 2,
    ) -> Plan:
        """What a comparison would find, before it starts. Raises ConfigError for what cannot be planned."""
        from bot.offers.verdicts.power import plan  # noqa: PLC0415 see above

        return plan(rate=rate, lift=lift, days=days, power=power, dispersion=dispersion, arms=arms)

    def blocks(self, a: str, b: str, count: int) -> tuple[Block, ...]:
        """Which of two offers is announced first, block by block. Raises ConfigError for what is not configured, or has
        no blocks.
        """
        from bot.offers.verdicts.blocks import blocks  # noqa: PLC0415 see above

        return blocks(self._offer(a), self._offer(b), count=count, now=self._clock.now(), zone=self._zone)

    def _offer(self, offer: str) -> Offer:
        found = self._offers.get(offer)
        if found is None:
            raise unknown("offer", offer, self._offers)
        return found

    def _leaks(self, offers: Collection[str]) -> Leaks:
        """What leaked of these offers, as the desk that follows codes has it."""
        from bot.offers.verdicts.arms import Leaks  # noqa: PLC0415 see above

        since = {offer: self._tracing.leaked_since(offer) for offer in offers}
        known = {offer: moment for offer, moment in since.items() if moment is not None}
        return Leaks(known, {offer: self._tracing.leaked_codes(offer) for offer in offers})
