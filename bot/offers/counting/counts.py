"""Counts of redemptions, derived from the ledger's events each time and never stored.

A redemption counts unless it was given back, on the local day on which it was redeemed, whenever it was told. Counts
stand as of the window's end, or of now while the window is open; days and weeks are the window's local ones. What is
reserved is held, takes from what is left, and is no redemption yet. Source: measurement §8.2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model import CountedDay, CountStatus, DayTally, Match, Offer, OfferCount, Window
from bot.offers.counting.daily import INSTANT, local_day
from bot.offers.counting.rates import poisson_interval, rate_in_words
from bot.offers.counting.status import day_word, mismatch_of, row_word

NOT_SAID = "not said"
"""The placement of a row that counts redemptions whose placement is unknown."""

Held = Mapping[tuple[str, str | None], int]
"""Open reservations by offer and placement."""


@dataclass(slots=True)
class _Row:
    """What happened at one placement of an offer, by local day."""

    days: dict[date, DayTally] = field(default_factory=dict)
    held: int = 0

    def add(self, tally: DayTally) -> None:
        before = self.days.get(tally.day)
        self.days[tally.day] = tally if before is None else _sum(before, tally)

    def redeemed(self, first: date, last: date) -> int:
        return sum(tally.redeemed for day, tally in self.days.items() if first <= day <= last)


def count_offers(
    offers: Sequence[Offer],
    tallies: Iterable[DayTally],
    *,
    window: Window,
    previous: Window,
    now: datetime,
    held: Held | None = None,
    matches: Sequence[Match] = (),
) -> tuple[OfferCount, ...]:
    """Per offer its total row (placement None), then one row a placement; a total is the sum of its placements.

    ``tallies`` are the whole ledger's up to :func:`as_of`, by local day of the window's zone. ``window`` and
    ``previous`` (whole local days) bound ``in_window`` and ``previous_window``; ``today`` and ``this_week`` are the
    last local day and week of the window, or the present ones while it is open. ``matches`` are what shops counted
    themselves. ``per_day`` is the rate over the days that the offer has been live, unknown unless it says when it
    starts: from the first redemption on, every offer would look well. Days with a gap in reporting are no part of it.
    """
    by_offer = _rows(offers, tallies, held or {})
    compared: dict[str, list[Match]] = defaultdict(list)
    for match in matches:
        compared[match.offer].append(match)
    frame = _Frame.of(window, previous, now)
    rows: list[OfferCount] = []
    for offer in offers:
        by_placement = by_offer[offer.id]
        shown: list[tuple[str | None, _Row]] = [(None, _whole(by_placement.values()))]
        if set(by_placement) != {NOT_SAID}:
            shown += by_placement.items()
        rows += [_count(offer, name, row, frame, compared[offer.id]) for name, row in shown]
    return tuple(rows)


def cap_remaining(cap: int, used: int, held: int) -> int:
    """How often an offer may still be redeemed; what is held is not there for others."""
    return max(0, cap - used - held)


def as_of(window: Window, now: datetime) -> datetime:
    """The last instant that a window's counts know of: its own last one, or now while it is open."""
    return min(now, window.end - INSTANT)


def todays_windows(now: datetime, timezone: str) -> tuple[Window, Window]:
    """Today and yesterday, local: the windows for a count that is asked for in between digests."""
    zone = ZoneInfo(timezone)
    day = now.astimezone(zone).date()
    today, yesterday = local_day(day, zone), local_day(day - timedelta(days=1), zone)
    return Window(today.start, today.end, timezone), Window(yesterday.start, yesterday.end, timezone)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The local days that a row's figures are about."""

    at: datetime
    zone: ZoneInfo
    today: date
    monday: date
    window: tuple[date, date]
    previous: tuple[date, date]
    is_over: bool

    @classmethod
    def of(cls, window: Window, previous: Window, now: datetime) -> _Frame:
        zone, at = ZoneInfo(window.timezone), as_of(window, now)
        today = at.astimezone(zone).date()
        return cls(
            at=at,
            zone=zone,
            today=today,
            monday=today - timedelta(days=today.weekday()),
            window=_days_of(window, zone),
            previous=_days_of(previous, zone),
            is_over=now >= window.end,
        )


def _days_of(window: Window, zone: ZoneInfo) -> tuple[date, date]:
    return window.start.astimezone(zone).date(), (window.end - INSTANT).astimezone(zone).date()


def _rows(offers: Sequence[Offer], tallies: Iterable[DayTally], held: Held) -> dict[str, dict[str, _Row]]:
    """What happened by offer and placement. A place that nobody knows gets a row only if something was redeemed or is
    held there: else anybody could make rows by asking.
    """
    rows = {offer.id: {name: _Row() for name in offer.placements or (NOT_SAID,)} for offer in offers}
    known = [tally for tally in tallies if tally.offer in rows]
    for tally in known:
        if tally.redeemed or tally.given_back:
            rows[tally.offer].setdefault(tally.placement or NOT_SAID, _Row())
    for (offer, placement), number in held.items():
        if offer in rows:
            rows[offer].setdefault(placement or NOT_SAID, _Row()).held += number
    for tally in known:
        places = rows[tally.offer]
        place = tally.placement or NOT_SAID
        places.setdefault(place if place in places else NOT_SAID, _Row()).add(tally)
    return rows


def _sum(one: DayTally, other: DayTally) -> DayTally:
    """Two tallies of one day; of no placement in particular."""
    return DayTally(
        one.offer,
        one.day,
        None,
        one.redeemed + other.redeemed,
        one.refused + other.refused,
        one.given_back + other.given_back,
    )


def _whole(rows: Iterable[_Row]) -> _Row:
    whole = _Row()
    for row in rows:
        whole.held += row.held
        for tally in row.days.values():
            whole.add(tally)
    return whole


def _count(offer: Offer, placement: str | None, row: _Row, frame: _Frame, matches: Sequence[Match]) -> OfferCount:
    gaps = _gaps(offer, frame)
    counted = _counted(placement, row, frame, matches, gaps)
    live = _days_live(offer, frame)
    told = None if live is None else live - len(gaps)
    total, rated = (sum(day.redeemed for day in days) for days in (counted, (day for day in counted if not day.gap)))
    low, high = poisson_interval(rated, told) if told else (None, None)
    left = None if offer.cap is None or placement is not None else cap_remaining(offer.cap, total, row.held)
    return OfferCount(
        offer=offer.id,
        name=offer.name,
        kind=offer.kind,
        placement=placement,
        today=row.redeemed(frame.today, frame.today),
        this_week=row.redeemed(frame.monday, frame.today),
        total=total,
        in_window=row.redeemed(*frame.window),
        previous_window=row.redeemed(*frame.previous),
        refused=sum(day.refused for day in counted),
        rolled_back=sum(day.rolled_back for day in counted),
        cap_remaining=left,
        status=row_word(counted, is_over=frame.is_over),
        days_live=live,
        per_day=rated / told if told else None,
        low=low,
        high=high,
        verdict="no day was told in full" if live and not told else _verdict(rated, told),
        held=row.held,
        provisional=sum(day.redeemed for day in counted if day.status is CountStatus.PROVISIONAL),
        mismatch=mismatch_of(counted),
        window_status=row_word([day for day in counted if day.day >= frame.window[0]], is_over=frame.is_over),
        days=counted,
        gap_days=len(gaps),
    )


def _counted(
    placement: str | None, row: _Row, frame: _Frame, matches: Sequence[Match], gaps: Collection[date]
) -> tuple[CountedDay, ...]:
    """Each day on which something happened, on which a shop counted something, or of which not all was told, oldest
    first. What was not told may come yet, or never: the day's count is not final.
    """
    of_day: dict[date, list[Match]] = defaultdict(list)
    for match in matches:
        if match.day <= frame.today and (placement is None or match.placement in (None, placement)):
            of_day[match.day].append(match)
    days = sorted({*row.days, *gaps, *(day for day, found in of_day.items() if any(_tells(one) for one in found))})
    counted = []
    for day in days:
        tally = row.days.get(day)
        is_open = day in gaps or (day == frame.today and not frame.is_over)
        status, mismatch = day_word(of_day.get(day, ()), placement, is_open=is_open)
        counted.append(
            CountedDay(
                day=day,
                redeemed=tally.redeemed if tally else 0,
                refused=tally.refused if tally else 0,
                rolled_back=tally.given_back if tally else 0,
                status=status,
                mismatch=mismatch,
                gap=day in gaps,
            )
        )
    return tuple(counted)


def _tells(match: Match) -> bool:
    """Whether a shop's count of a day on which nothing happened here is news."""
    return match.status is not CountStatus.FINAL


def _verdict(total: int, days: int | None) -> str:
    if days is None:
        return "set ‘starts’ for a rate"
    return rate_in_words(total, days) if days else "not started"


def _days_live(offer: Offer, frame: _Frame) -> int | None:
    """Local days begun since the offer started, until it ended; None without a start."""
    if offer.starts is None:
        return None
    end = _live_until(offer, frame)
    if end < offer.starts:
        return 0
    return (end.astimezone(frame.zone).date() - offer.starts.astimezone(frame.zone).date()).days + 1


def _gaps(offer: Offer, frame: _Frame) -> frozenset[date]:
    """The local days of which not all redemptions were told while the offer was live."""
    end = _live_until(offer, frame)
    if offer.starts is not None and end < offer.starts:
        return frozenset()
    first = date.min if offer.starts is None else offer.starts.astimezone(frame.zone).date()
    last = end.astimezone(frame.zone).date()
    return frozenset(day for day in offer.gaps if first <= day <= last)


def _live_until(offer: Offer, frame: _Frame) -> datetime:
    return min(frame.at, offer.ends - INSTANT) if offer.ends else frame.at
