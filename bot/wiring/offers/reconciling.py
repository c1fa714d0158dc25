"""Reconciling, wired: the ledger's counts by day and placement, held against what the shops count themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model import LateTally, Match, OfferCount, OfferFacts, Reason, Shop, ShopCount, Window
from bot.offers.counting.candidates import AROUND, candidates
from bot.offers.counting.counterfile import read_counts
from bot.offers.counting.counts import as_of, count_offers, todays_windows
from bot.offers.counting.daily import INSTANT, local_days
from bot.offers.counting.facts import facts_of
from bot.offers.counting.late import late_tallies
from bot.offers.counting.reconcile import awaited, judge
from bot.offers.counting.shopcounts import METRIC, shop_counts, to_observation
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.impact.observing import Observed
from config.settings import Settings

LATELY = timedelta(days=28)
"""How far back differences are shown with their candidates unless somebody asks for more."""


class Reconciling:
    """The counts of one configuration's offers, and how far they can be relied on."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock) -> None:
        self._offers = {offer.id: offer for offer in settings.offers}
        self._shops: Mapping[str, Shop] = {shop.id: shop for shop in settings.shops}
        self._timezone = settings.timezone
        self._zone = ZoneInfo(settings.timezone)
        self._store = store
        self._clock = clock

    def counts(self, offer: str | None = None) -> tuple[OfferCount, ...]:
        """Counts as of now: today beside yesterday; with ``offer`` those of a configured one alone."""
        return self.counts_in(*todays_windows(self._clock.now(), self._timezone), offer=offer)

    def counts_in(self, window: Window, previous: Window, *, offer: str | None = None) -> tuple[OfferCount, ...]:
        """Counts as of the end of ``window``, or of now while it is open, beside the window before."""
        now, ids = self._clock.now(), list(self._offers) if offer is None else [offer]
        until = as_of(window, now)
        first = self._store.first_event(ids)
        days = local_days(first, until, ZoneInfo(window.timezone)) if first else ()
        return count_offers(
            tuple(self._offers[one] for one in ids),
            self._store.day_tallies(ids, days),
            window=window,
            previous=previous,
            now=now,
            held=self._store.held(ids, until),
            matches=self._matches(now, offer=offer, name=False),
        )

    def matches(self, offer: str | None = None, since: datetime | None = None) -> tuple[Match, ...]:
        """What shops counted beside what the ledger holds, oldest day first, with candidates where the two differ.

        Without ``since`` that of :data:`LATELY`.
        """
        now = self._clock.now()
        return self._matches(now, offer=offer, since=since or now - LATELY, name=True)

    def refusals(self, offer: str, since: datetime | None = None) -> Mapping[tuple[Reason, str | None], int]:
        """Refusals by reason and placement, most first; of codes that are nobody's for the offer ``""``."""
        start = since or self._store.first_event([offer])
        return self._store.refusals(offer, start, self._clock.now() + INSTANT) if start else {}

    def facts(self, offer: str) -> OfferFacts:
        """Who redeemed an offer so far, and what came with it."""
        now, known = self._clock.now(), self._offers[offer]
        today, yesterday = todays_windows(now, self._timezone)
        whole, *_ = count_offers((known,), (), window=today, previous=yesterday, now=now)
        return facts_of(known, whole.days_live, self._store.standing_redemptions(offer, now))

    def late(self, after: int, before: datetime) -> tuple[LateTally, ...]:
        """What was told after that event of the ledger and changes counts of the time before ``before``."""
        return late_tallies(self._store.changes_after(after, before), self._offers, self._zone)

    def take_in(self, body: bytes) -> Observed:
        """Adds what shops counted, from a CSV list; a count that comes again corrects the one before it.

        Raises ConfigError when it is no such list.
        """
        now = self._clock.now()
        read = read_counts(body, self._offers, self._zone, now)
        new, corrected = self._store.add_observations(
            [to_observation(count, method=method, timezone=self._timezone, now=now) for count, method in read.good]
        )
        return Observed(new, corrected, len(read.good) - new, read.bad)

    def _matches(
        self, now: datetime, *, name: bool, offer: str | None = None, since: datetime | None = None
    ) -> tuple[Match, ...]:
        told = shop_counts(self._store.observations(metric=METRIC.id), self._shops)
        known = [one for one in told if one.offer in self._offers and offer in (None, one.offer)]
        wanted = [*known, *awaited(known, self._offers, self._zone, now)]
        wanted = sorted((one for one in wanted if since is None or one.end > since), key=_by_day)
        matched = [
            (count, judge(count, ours, now=now))
            for count, ours in zip(wanted, self._store.redeemed_as(wanted), strict=True)
        ]
        return tuple(self._named(count, match) if name else match for count, match in matched)

    def _named(self, count: ShopCount, match: Match) -> Match:
        """The match with the candidates named, where the two counts differ."""
        if match.mismatch is None:
            return match
        around = self._store.events_between(count.offer, count.start - AROUND, count.end + AROUND)
        return replace(match, candidates=candidates(count, around))


def _by_day(count: ShopCount) -> tuple[date, str, str, str, str]:
    return count.day, count.offer, count.provider, count.placement or "", count.code or ""
