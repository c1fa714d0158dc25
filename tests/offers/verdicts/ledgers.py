"""Small ledgers for verdicts: daily counts become events, at noon local time, oldest first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.model import EventKind, Exposure, Offer, OfferEvent, OfferKind, Reason
from bot.offers.verdicts.arms import NO_LEAKS, History, Leaks
from bot.ports import DayGroup, Switch

ZONE = ZoneInfo("Europe/Berlin")
START = date(2026, 3, 1)  # the clock changes on the 29th


def local(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ZONE).astimezone(UTC)


def after(days: int, hour: int = 8) -> datetime:
    """The morning after so many whole days since the start."""
    return local(START + timedelta(days=days), hour)


def offer(name: str, **more) -> Offer:
    settings = {
        "starts": local(START),
        "exposure": Exposure.PARALLEL,
        "unit_cost": 0.8,
        "fixed_cost_per_day": 1.0,
        "margin": 6.0,
        "currency": "EUR",
    }
    return Offer(id=name, name=name.title(), kind=OfferKind.CODE_PHRASE, code=name, **settings | more)


A, B = offer("truffle"), offer("brownie")


def redemptions(of: str, counts: Iterable[int], start: date = START, **more) -> list[OfferEvent]:
    return [
        OfferEvent(
            id=f"{of}-{day}-{number}-{more.get('placement')}",
            offer=of,
            kind=EventKind.REDEEMED,
            at=local(start + timedelta(days=day), 12) + timedelta(seconds=number),
            code=of,
            **more,
        )
        for day, count in enumerate(counts)
        for number in range(count)
    ]


def with_purchases(events: Sequence[OfferEvent], every: int, new: bool | None = None) -> list[OfferEvent]:
    """Every so many-th redemption came with a purchase, and the others are known to have come without one."""
    return [
        replace(event, value=Decimal(12 if number % every == 0 else 0), new_customer=new)
        for number, event in enumerate(events)
    ]


def given_back(event: OfferEvent, at: datetime) -> OfferEvent:
    return replace(event, id=f"back-{event.id}", kind=EventKind.ROLLED_BACK, at=at, refers_to=event.id)


def refused(of: str, day: int, reason: Reason = Reason.DAY_CAP) -> OfferEvent:
    at = local(START + timedelta(days=day), 18)
    return OfferEvent(id=f"no-{of}-{day}", offer=of, kind=EventKind.REFUSED, at=at, code=of, reason=reason)


def histories(
    events: Sequence[OfferEvent], now: datetime, leaks: Leaks = NO_LEAKS, zone: ZoneInfo = ZONE
) -> Mapping[str, History]:
    """The history of each offer, folded from the events up to now; the store's queries are held against it."""
    known = [event for event in events if event.at <= now]
    return {of: history_of(of, known, leaks.codes.get(of, {}), zone) for of in (A.id, B.id)}


def history_of(of: str, events: Iterable[OfferEvent], leaked: Mapping[str, datetime], zone: tzinfo) -> History:
    """What these events say of one offer, by local day."""
    events = [event for event in events if event.offer == of]
    returned = {event.refers_to for event in events if event.kind is EventKind.ROLLED_BACK}
    groups: Counter[DayGroup] = Counter()
    customers: dict[DayGroup, list[str]] = defaultdict(list)
    for event in events:
        if event.kind is not EventKind.REDEEMED or event.id in returned:
            continue
        day = event.at.astimezone(zone).date()
        since = leaked.get(event.code)
        late = since is not None and event.at >= since
        attached = None if event.order is None else True
        attached = attached if event.value is None else event.value > 0
        group = DayGroup(day, 0, event.placement, event.new_customer, attached, late)
        groups[group] += 1
        if event.customer is not None:
            customers[group].append(event.customer)
    caps = {Reason.DAY_CAP, Reason.WEEK_CAP}
    return History(
        redeemed=tuple(
            one._replace(number=number, customers=tuple(customers[one]))
            for one, number in sorted(groups.items(), key=lambda row: row[0].day)
        ),
        capped=tuple(
            (event.at.astimezone(zone).date(), event.placement)
            for event in events
            if event.kind is EventKind.REFUSED and event.reason in caps
        ),
        switches=tuple(
            Switch(event.offer, event.at, event.code, event.kind is EventKind.ENABLED)
            for event in events
            if event.kind in {EventKind.DISABLED, EventKind.ENABLED}
        ),
    )
