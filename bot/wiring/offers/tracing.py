"""Tracing, wired: codes in what others say, what leaked, and the chain from words to redemptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.digest.notices.leaks import announce_leaks
from bot.digest.notices.sources import Desk
from bot.model import (
    Chain,
    CountStatus,
    EventKind,
    Flag,
    Interval,
    Leak,
    Named,
    Notice,
    OfferCount,
    OfferEvent,
    OfferKind,
    Reach,
    Sighting,
    Standing,
)
from bot.model.alert import AlertKind
from bot.offers.counting.counts import NOT_SAID
from bot.offers.counting.daily import INSTANT, local_days
from bot.offers.tracing.chain import DayWord, trace
from bot.offers.tracing.flags import find_flags
from bot.offers.tracing.leaks import cluster, find_leaks, is_active, seen_outside
from bot.offers.tracing.places import DEAL_HOSTS, Home
from bot.offers.tracing.watch_codes import CodeWatch, watch_codes
from bot.ports import Clock, Switch
from bot.score.bracket import story_reach
from bot.store.verbs import HeardStore
from bot.wiring.listen.listening import never
from bot.wiring.offers.reconciling import Reconciling
from bot.wiring.tell.channels import Channels
from config.settings import Settings


class Tracing:
    """The desk that follows codes."""

    def __init__(
        self, settings: Settings, store: HeardStore, clock: Clock, channels: Channels, reconciling: Reconciling
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._channels = channels
        self._reconciling = reconciling
        self._offers = {offer.id: offer for offer in settings.offers}
        self._watch = CodeWatch(settings.offers, _home(settings))

    def look(self, *, stop: Callable[[], bool] = never) -> int:
        """Looks for codes in what is new; how many sightings were kept."""
        return watch_codes(self._store, self._watch, stop=stop)

    def sightings(self, offer: str | None = None) -> tuple[Sighting, ...]:
        """Where codes and names of an offer, or of all configured ones, were seen."""
        return tuple(one for one in self._store.sightings(offer) if one.offer in self._offers)

    def leaks(self, offer: str | None = None) -> tuple[Leak, ...]:
        """Every code that was active when it was seen outside its places, the latest leak first."""
        seen = self.sightings(offer)
        outside = {one.code for one in _outside(seen)}
        if not outside:
            return ()
        issued = {code: at for code, (_, _, at) in self._store.issued_codes(outside).items()}
        around = self._store.redeemed_around
        return find_leaks(self._settings.offers, seen, self._switches(seen), around, issued, self._clock.now())

    def leaked_since(self, offer: str) -> datetime | None:
        """From when on what is redeemed with the offer's phrase is after a leak; None without one.

        Of an offer with unique codes each code leaks by itself: see :meth:`leaked_codes`.
        """
        if self._offers[offer].kind is OfferKind.UNIQUE_CODES:
            return None
        return min(self.leaked_codes(offer).values(), default=None)

    def leaked_codes(self, offer: str) -> Mapping[str, datetime]:
        """Since when each leaked code of the offer is out, by the code as the ledger's events have it."""
        return {code: since for (_, code), since in self._leaked(offer).items()}

    def after_leak(self) -> Callable[[OfferEvent], bool]:
        """A question to ask of events: is it a redemption with a leaked code, at or after its leak?"""
        leaked = self._leaked()

        def asked(event: OfferEvent) -> bool:
            since = leaked.get((event.offer, event.code))
            return since is not None and event.kind is EventKind.REDEEMED and event.at >= since

        return asked

    def announce(self) -> tuple[Notice, ...]:
        """Writes the notices of leaks that are due into the outbox; they go out with the next deliveries.

        Where an alert of leaks is configured, that one tells of them instead (:mod:`bot.wiring.watch.alarming`).
        """
        if any(rule.kind is AlertKind.CODE_LEAK for rule in self._settings.alerts):
            return ()
        desk = Desk(
            names={offer.id: offer.name for offer in self._settings.offers},
            recipients=[
                (name, to) for name in self._settings.notice_channels for to in self._channels[name].recipients
            ],
            timezone=self._settings.timezone,
        )
        erasures = self._store.erasures_known()
        return announce_leaks(self._store, self._store, self.untold_leaks(), desk, self._clock.now(), erasures)

    def untold_leaks(self) -> tuple[Leak, ...]:
        """The leaks of those running offers of which a sighting outside its places was told to nobody yet."""
        now = self._clock.now()
        untold = {(one.offer, one.code, cluster(one)) for one in _outside(self.sightings())} - self._store.leaks_told()
        running = {offer for offer, _, _ in untold if is_active(self._offers[offer], now)}
        return tuple(leak for offer in sorted(running) for leak in self.leaks(offer))

    def flags(self) -> tuple[Flag, ...]:
        """What else stands out in the ledger now."""
        zone = ZoneInfo(self._settings.timezone)
        return find_flags(self._settings.offers, self._store.offer_events(), self._clock.now(), zone)

    def chain(self, offer: str, window: Interval, counts: Sequence[OfferCount] | None = None) -> Chain:
        """What was said of an offer over a window, whom that reached, and what was redeemed.

        ``counts`` are those of the offer as of now, where they were read already.
        """
        days = local_days(window.start, window.end - INSTANT, ZoneInfo(self._settings.timezone))
        inside = [replace(one, start=max(one.start, window.start)) for one in days]
        leaks = self.leaks(offer)
        return trace(
            self._offers[offer],
            self._store.sightings(offer),
            self._store.day_groups(offer, inside, {leak.code: leak.since for leak in leaks}),
            leaks,
            window=window,
            word=_word(self._reconciling.counts(offer) if counts is None else counts),
            reach_of=self._reach_of,
        )

    def _leaked(self, offer: str | None = None) -> Mapping[tuple[str, str], datetime]:
        """Since when which code of which offer is out; nothing is counted for it."""
        seen = tuple(_outside(self.sightings(offer)))
        found = seen_outside(self._settings.offers, seen, self._switches(seen))
        return {code: outside[0].at for code, outside in found.items()}

    def _switches(self, sightings: Iterable[Sighting]) -> tuple[Switch, ...]:
        return self._store.switches(sorted({one.offer for one in sightings}), self._clock.now())

    def _reach_of(self, placements: Iterable[tuple[str, Reach]]) -> tuple[Reach, int]:
        return story_reach(placements, self._settings.audience_universe)


def _word(counts: Iterable[OfferCount]) -> DayWord:
    """How each day's count stands beside the shops' own; a day of which nothing is known is not over."""
    words = {(day.day, row.placement): day.status.value for row in counts for day in row.days}

    def word(day: date, placement: str | None) -> str:
        found = words.get((day, placement or NOT_SAID)) or words.get((day, None))
        return found or CountStatus.PROVISIONAL.value

    return word


def _outside(sightings: Iterable[Sighting]) -> Iterator[Sighting]:
    return (one for one in sightings if one.named is Named.CODE and one.standing is Standing.OUTSIDE)


def _home(settings: Settings) -> Home:
    own = [subject for subject in settings.subjects if subject.own]
    return Home(
        handles=tuple(handle for subject in own for handle in subject.handles),
        domains=tuple(domain for subject in own for domain in subject.domains),
        deal_hosts=DEAL_HOSTS if settings.deal_hosts is None else settings.deal_hosts,
    )
