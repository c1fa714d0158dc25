"""The desk's page, wired: what the ledger, the shops, the listeners and the statistics say of each offer, in one
look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.errors import unknown
from bot.model import (
    Chain,
    Comparison,
    CountedDay,
    CountStatus,
    EventKind,
    Interval,
    IssuedCode,
    KeepVerdict,
    Leak,
    Match,
    Offer,
    OfferCount,
    OfferEvent,
    OfferFacts,
    Reason,
)
from bot.offers.counting.counts import NOT_SAID
from bot.offers.counting.daily import INSTANT, start_of
from bot.offers.counting.status import mismatch_of, row_word
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.offers.comparing import Comparing
from bot.wiring.offers.reconciling import Reconciling
from bot.wiring.offers.tracing import Tracing
from config.settings import Settings

SHOWN = 100
"""Events that an offer's page shows; the export has all."""


@dataclass(frozen=True, slots=True)
class Told:
    """A count with its word; ``part`` of it may still change, or does not match."""

    count: int
    status: CountStatus
    part: int

    @property
    def word(self) -> str:
        """``final``, ``provisional``, ``4 provisional`` (that many of the count), ``mismatch 2``."""
        if self.status is CountStatus.MISMATCH:
            return f"mismatch {self.part:,}"
        if self.status is CountStatus.PROVISIONAL and self.part not in {0, self.count}:
            return f"{self.part:,} provisional"
        return str(self.status)


@dataclass(frozen=True, slots=True)
class Row:
    """The counts of an offer at one placement (None: all of them), each with its word."""

    placement: str | None
    today: Told
    week: Told
    total: Told
    counted: OfferCount


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An offer at a glance. ``off``: it was switched off at run time."""

    offer: Offer
    whole: Row
    places: tuple[Row, ...]
    leaks: tuple[Leak, ...]
    keep: KeepVerdict | None
    off: bool


@dataclass(frozen=True, slots=True)
class DayRow:
    """What was redeemed and refused on one local day; ``leaked`` of the redeemed came after the code had leaked. ``gap``:
    not all redemptions of it were told.
    """

    day: date
    redeemed: int
    refused: int
    given_back: int
    leaked: int
    status: CountStatus
    mismatch: int | None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class OfferView:
    """All that one offer's page shows. ``today`` is the local day; ``days`` are without holes from its first on."""

    card: OfferCard
    today: date
    days: tuple[DayRow, ...]
    refusals: Mapping[Reason, int]
    events: tuple[OfferEvent, ...]
    matches: tuple[Match, ...]
    facts: OfferFacts
    chain: Chain
    comparisons: tuple[Comparison, ...]


class Showing:
    """What the desk's pages show of one configuration."""

    def __init__(
        self,
        settings: Settings,
        store: HeardStore,
        clock: Clock,
        reconciling: Reconciling,
        tracing: Tracing,
        comparing: Comparing,
    ) -> None:
        self._offers = {offer.id: offer for offer in settings.offers}
        self._zone = ZoneInfo(settings.timezone)
        self._store = store
        self._clock = clock
        self._reconciling = reconciling
        self._tracing = tracing
        self._comparing = comparing

    @property
    def today(self) -> date:
        """The local day."""
        return self._clock.now().astimezone(self._zone).date()

    def cards(self) -> tuple[OfferCard, ...]:
        """Every configured offer at a glance, in the order of the configuration."""
        rows = self._rows()
        leaks = self._tracing.leaks() if self._offers else ()
        return tuple(self._card(offer, rows[offer.id], leaks) for offer in self._offers.values())

    def rows(self, offer: str | None = None) -> tuple[Row, ...]:
        """The counts of one offer, or of every configured one: the whole first, then its placements."""
        found = self._rows().values() if offer is None else [self._reconciling.counts(self.offer_of(offer).id)]
        return tuple(self._row(row) for rows in found for row in _worth_showing(rows))

    def latest(self, limit: int) -> tuple[OfferEvent, ...]:
        """The last events of all offers, newest first; what nobody's code was is among them."""
        return self._store.latest_events(limit)

    def offer(self, offer: str) -> OfferView:
        """All about one offer. Raises ConfigError for one that is not configured."""
        found = self.offer_of(offer)
        counts = self._reconciling.counts(offer)
        card = self._card(found, counts, self._tracing.leaks(offer))
        days, chain = self._days(found, counts)
        refusals: Counter[Reason] = Counter()
        for (reason, _), number in self._reconciling.refusals(offer).items():
            refusals[reason] += number
        return OfferView(
            card=card,
            today=self.today,
            days=days,
            refusals=dict(refusals.most_common()),
            events=self._store.latest_events(SHOWN, offer=offer),
            matches=self._reconciling.matches(offer),
            facts=self._reconciling.facts(offer),
            chain=chain,
            comparisons=self._comparing.compare_all(about=offer),
        )

    def days(self, offer: str) -> tuple[DayRow, ...]:
        """An offer's days since its start. Raises ConfigError for one that is not configured."""
        found = self.offer_of(offer)
        return self._days(found, self._reconciling.counts(offer))[0]

    def leaked_on(self, offer: str) -> date | None:
        """The local day on which a code of the offer was first seen outside its places."""
        first = min((leak.since for leak in self._tracing.leaks(offer)), default=None)
        return None if first is None else first.astimezone(self._zone).date()

    def after_leak(self) -> Callable[[OfferEvent], bool]:
        """A question to ask of events: is it a redemption with a leaked code, at or after its leak?"""
        return self._tracing.after_leak()

    def events(self, offer: str) -> Iterator[tuple[OfferEvent, bool]]:
        """Every event of an offer, oldest first, and whether it is a redemption after a leak."""
        self.offer_of(offer)
        leaked = self._tracing.after_leak()
        return ((event, leaked(event)) for event in self._store.offer_events(offer=offer))

    def codes(self, offer: str) -> Iterator[IssuedCode]:
        """The codes of an offer, in the order of issue."""
        return self._store.codes(self.offer_of(offer).id)

    def offer_of(self, offer: str) -> Offer:
        """A configured offer. Raises ConfigError for another."""
        found = self._offers.get(offer)
        if found is None:
            raise unknown("offer", offer, self._offers)
        return found

    def _rows(self) -> dict[str, list[OfferCount]]:
        rows: dict[str, list[OfferCount]] = {offer: [] for offer in self._offers}
        for row in self._reconciling.counts():
            rows[row.offer].append(row)
        return rows

    def _card(self, offer: Offer, rows: Iterable[OfferCount], leaks: tuple[Leak, ...]) -> OfferCard:
        whole, *places = map(self._row, _worth_showing(rows))
        switched = self._store.latest_events(1, offer=offer.id, kinds=(EventKind.DISABLED, EventKind.ENABLED), code="")
        return OfferCard(
            offer=offer,
            whole=whole,
            places=tuple(places),
            leaks=tuple(leak for leak in leaks if leak.offer == offer.id),
            keep=self._comparing.keep(offer.id),
            off=offer.disabled or any(event.kind is EventKind.DISABLED for event in switched),
        )

    def _row(self, row: OfferCount) -> Row:
        today = self.today
        monday = today - timedelta(days=today.weekday())
        of_today = [day for day in row.days if day.day == today]
        of_week = [day for day in row.days if monday <= day.day <= today]
        unsettled = row.mismatch or row.provisional or row.gap_days
        settled = _DAYS_STATUS[row.status] if unsettled else CountStatus.FINAL
        total_part = row.mismatch or row.provisional
        return Row(
            row.placement,
            _told(row.today, of_today),
            _told(row.this_week, of_week),
            Told(row.total, settled, total_part),
            row,
        )

    def _days(self, offer: Offer, counts: Sequence[OfferCount]) -> tuple[tuple[DayRow, ...], Chain]:
        """Day by day without holes, from the start or the first event to today or the end; and the chain over them."""
        now, today = self._clock.now(), self.today
        known = {day.day: day for day in counts[0].days}  # the first row is of the whole offer
        starts = [] if offer.starts is None else [offer.starts.astimezone(self._zone).date()]
        first = min([*starts, *known], default=today)
        ended = offer.ends is not None and offer.ends <= now
        last = max(known, default=first) if ended else today
        chain = self._tracing.chain(offer.id, Interval(min(start_of(first, self._zone), now), now + INSTANT), counts)
        leaked: Counter[date] = Counter()
        for row in chain.days:
            leaked[row.day] += row.after_leak
        span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return tuple(_day_row(day, known.get(day), leaked[day], is_open=day == today) for day in span), chain


_DAYS_STATUS = {str(status): status for status in CountStatus}


def _worth_showing(rows: Iterable[OfferCount]) -> Iterator[OfferCount]:
    """Where nothing was redeemed without a place, "not said" has nothing to say."""
    return (row for row in rows if row.placement != NOT_SAID or row.total)


def _told(count: int, days: list[CountedDay]) -> Told:
    """A count of days of which the last is not over."""
    status = row_word(days, is_over=False)
    return Told(count, status, (mismatch_of(days) or 0) if status is CountStatus.MISMATCH else count)


def _day_row(day: date, counted: CountedDay | None, leaked: int, *, is_open: bool) -> DayRow:
    if counted is None:
        status = CountStatus.PROVISIONAL if is_open else CountStatus.FINAL
        return DayRow(day, 0, 0, 0, 0, status, None)
    return DayRow(
        day=day,
        redeemed=counted.redeemed,
        refused=counted.refused,
        given_back=counted.rolled_back,
        leaked=leaked,
        status=counted.status,
        mismatch=counted.mismatch,
        gap=counted.gap,
    )
