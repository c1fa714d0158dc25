"""Counts of redemptions, derived from the ledger's events each time and never stored.

A redemption counts unless it was given back, at the time it was redeemed. Counts stand as of the window's end, or of
now while the window is open; days and weeks are the window's local ones. Source: measurement §8.2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model import EventKind, Offer, OfferCount, OfferEvent, Window
from bot.offers.ledger import since_in_zone
from bot.offers.rates import poisson_interval, rate_in_words

NOT_SAID = "not said"
"""The placement of a row that counts redemptions whose placement is unknown."""

_INSTANT = timedelta(microseconds=1)


@dataclass(slots=True)
class _Tally:
    """What happened at one placement of an offer."""

    redeemed: list[datetime] = field(default_factory=list)
    refused: int = 0
    rolled_back: int = 0

    def since(self, start: datetime, end: datetime | None = None) -> int:
        return sum(start <= at and (end is None or at < end) for at in self.redeemed)


def count_offers(
    offers: Sequence[Offer],
    events: Iterable[OfferEvent],
    *,
    window: Window,
    previous: Window,
    now: datetime,
) -> tuple[OfferCount, ...]:
    """Per offer its total row (placement None), then one row a placement; a total is the sum of its placements.

    ``events`` are the whole ledger's up to now. ``window`` and ``previous`` bound ``in_window`` and
    ``previous_window``; ``today`` and ``this_week`` are the last local day and week of the window, or the present ones
    while it is open. ``status`` is "provisional" until the window has ended, then "final". ``per_day`` is the rate
    over the days that the offer has been live, unknown unless it says when it starts: from the first redemption on,
    every offer would look well.
    """
    as_of = min(now, window.end - _INSTANT)
    tallies = _tallies(offers, events, as_of)
    rows: list[OfferCount] = []
    for offer in offers:
        days = _days_live(offer, as_of, window.timezone)
        by_placement = tallies[offer.id]
        whole = _sum(by_placement.values())
        shown: list[tuple[str | None, _Tally]] = [(None, whole)]
        if set(by_placement) != {NOT_SAID}:
            shown += by_placement.items()
        rows += [_row(offer, name, tally, days, (window, previous), now) for name, tally in shown]
    return tuple(rows)


def todays_windows(now: datetime, timezone: str) -> tuple[Window, Window]:
    """Today and yesterday, local: the windows for a count that is asked for in between digests."""
    zone = ZoneInfo(timezone)
    today = since_in_zone(now, zone).day
    yesterday = since_in_zone(today - _INSTANT, zone).day
    midnight = today.astimezone(zone) + timedelta(days=1)
    return Window(today, midnight.astimezone(UTC), timezone), Window(yesterday, today, timezone)


def _tallies(offers: Sequence[Offer], events: Iterable[OfferEvent], as_of: datetime) -> dict[str, dict[str, _Tally]]:
    """Tallies by offer and placement."""
    known = list(events)
    returned = {event.refers_to for event in known if event.kind is EventKind.ROLLED_BACK}
    tallies = {offer.id: {name: _Tally() for name in offer.placements or (NOT_SAID,)} for offer in offers}
    refused: dict[tuple[str, str], int] = defaultdict(int)
    for event in known:
        if event.at > as_of or event.offer not in tallies:
            continue
        place = event.placement or NOT_SAID
        if event.kind is EventKind.REDEEMED:
            tally = tallies[event.offer].setdefault(place, _Tally())
            if event.id in returned:
                tally.rolled_back += 1
            else:
                tally.redeemed.append(event.at)
        elif event.kind is EventKind.REFUSED:
            refused[event.offer, place] += 1
    for (offer, place), count in refused.items():
        # A place that nobody knows and where nothing was redeemed gets no row of its own.
        row = place if place in tallies[offer] else NOT_SAID
        tallies[offer].setdefault(row, _Tally()).refused += count
    return tallies


def _sum(tallies: Iterable[_Tally]) -> _Tally:
    whole = _Tally()
    for tally in tallies:
        whole.redeemed += tally.redeemed
        whole.refused += tally.refused
        whole.rolled_back += tally.rolled_back
    return whole


def _row(
    offer: Offer, placement: str | None, tally: _Tally, days: int | None, windows: tuple[Window, Window], now: datetime
) -> OfferCount:
    window, previous = windows
    since = since_in_zone(min(now, window.end - _INSTANT), ZoneInfo(window.timezone))
    total = len(tally.redeemed)
    low, high = poisson_interval(total, days) if days else (None, None)
    return OfferCount(
        offer=offer.id,
        name=offer.name,
        kind=offer.kind,
        placement=placement,
        today=tally.since(since.day),
        this_week=tally.since(since.week),
        total=total,
        in_window=tally.since(window.start, window.end),
        previous_window=tally.since(previous.start, previous.end),
        refused=tally.refused,
        rolled_back=tally.rolled_back,
        cap_remaining=max(0, offer.cap - total) if offer.cap is not None and placement is None else None,
        status="final" if now >= window.end else "provisional",
        days_live=days,
        per_day=total / days if days else None,
        low=low,
        high=high,
        verdict=_verdict(total, days),
    )


def _verdict(total: int, days: int | None) -> str:
    if days is None:
        return "set ‘starts’ for a rate"
    return rate_in_words(total, days) if days else "not started"


def _days_live(offer: Offer, as_of: datetime, timezone: str) -> int | None:
    """Local days begun since the offer started, until it ended; None without a start."""
    if offer.starts is None:
        return None
    end = min(as_of, offer.ends - _INSTANT) if offer.ends else as_of
    if end < offer.starts:
        return 0
    zone = ZoneInfo(timezone)
    return (end.astimezone(zone).date() - offer.starts.astimezone(zone).date()).days + 1
