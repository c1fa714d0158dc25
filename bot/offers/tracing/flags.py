"""What stands out in the ledger: too many at once, another mix than usual, guessing, caps run into. Pure.

Source: measurement §8.5. Facts with their numbers; what they mean is for people to say. Each is held against the same
offer's own past, never against a person.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from bot.model import EventKind, Flag, FlagKind, Interval, Offer, OfferEvent, Reason

DAY = timedelta(days=1)
HISTORY = 56
"""Days that a day's count is held against …"""
GUARD = 3
"""… but for the last ones before it, which may belong to the same wave."""
LEARNING = 28
"""Days of history under which nothing is flagged."""
FEWEST = 5
"""A day with fewer redemptions is never a wave."""
WAVE = 0.005
"""How improbable a count must be (upper tail)."""
OTHER_MIX = 0.001
"""How improbable a mix must be."""
MIX_DAYS, MIX_BEFORE = 7, 28
GUESSES = 10
"""Different wrong codes within an hour from one source."""


def find_flags(
    offers: Sequence[Offer], events: Iterable[OfferEvent], now: datetime, zone: ZoneInfo
) -> tuple[Flag, ...]:
    """Everything that stands out at ``now``: in the last whole day, week and hour."""
    known = [event for event in events if event.at <= now]
    returned = {event.refers_to for event in known if event.kind is EventKind.ROLLED_BACK}
    redeemed: dict[str, list[OfferEvent]] = defaultdict(list)
    for event in known:
        if event.kind is EventKind.REDEEMED and event.id not in returned:
            redeemed[event.offer].append(event)
    today = now.astimezone(zone).date()
    found: list[Flag] = []
    for offer in offers:
        own = redeemed[offer.id]
        found += [*_waves(offer, own, today, zone), *_mixes(offer, own, now), *_caps(offer, known, now)]
    return (*found, *_guesses(known, now))


def _waves(offer: Offer, redeemed: Sequence[OfferEvent], today: date, zone: ZoneInfo) -> Iterator[Flag]:
    """The last whole day and the one that runs, against the offer's usual day."""
    by_day = Counter(event.at.astimezone(zone).date() for event in redeemed)
    if not by_day:
        return
    began = min(by_day) if offer.starts is None else min(offer.starts.astimezone(zone).date(), *by_day)
    for day in (today - DAY, today):
        past = [day - (GUARD + back) * DAY for back in range(1, HISTORY + 1)]
        counts = [by_day[one] for one in past if one >= began]
        count = by_day[day]
        if count < FEWEST or len(counts) < LEARNING:
            continue
        usual, spread = usual_day(counts)
        p = upper_tail(count, usual, spread)
        if p < WAVE:
            start = datetime(day.year, day.month, day.day, tzinfo=zone)
            words = f"{count} redeemed on {day:%A %d %B}; about {usual:.1f} a day is usual"
            yield Flag(FlagKind.VELOCITY, offer.id, Interval(start, start + DAY), count, usual, p, words)


def usual_day(counts: Sequence[int]) -> tuple[float, float]:
    """The robust mean of daily counts and the dispersion φ ≥ 1 around it (variance over mean).

    Days that lie far above are weighed down by (2.58 / r)², twice over, as in measurement §9.1.
    """
    mean = max(median(counts), 0.1)
    spread = 1.0
    for _ in range(2):
        weights = [_weight((count - mean) / math.sqrt(spread * mean)) for count in counts]
        mean = max(math.fsum(w * c for w, c in zip(weights, counts, strict=True)) / math.fsum(weights), 0.1)
        squares = math.fsum(w * (c - mean) ** 2 / mean for w, c in zip(weights, counts, strict=True))
        spread = max(1.0, squares / max(1.0, math.fsum(weights) - 1))
    return mean, spread


def upper_tail(count: int, mean: float, spread: float) -> float:
    """The probability of ``count`` or more on a usual day: negative binomial, Poisson where ``spread`` is 1."""
    from scipy.stats import nbinom, poisson  # noqa: PLC0415 heavy, and only waves need it

    if spread <= 1.0:
        return float(poisson.sf(count - 1, mean))
    size = mean / (spread - 1)
    return float(nbinom.sf(count - 1, size, 1 / spread))


def _mixes(offer: Offer, redeemed: Sequence[OfferEvent], now: datetime) -> Iterator[Flag]:
    """The last seven days' share of new customers, and their placements, against the 28 days before."""
    recent = [event for event in redeemed if now - MIX_DAYS * DAY <= event.at <= now]
    earlier = [event for event in redeemed if now - (MIX_DAYS + MIX_BEFORE) * DAY <= event.at < now - MIX_DAYS * DAY]
    if not recent or not earlier:
        return
    period = Interval(now - MIX_DAYS * DAY, now)
    fresh, usual = (Counter(bool(one.new_customer) for one in part if one.new_customer is not None)
                    for part in (recent, earlier))  # fmt: skip
    p = mix_p(fresh, usual)
    if p is not None and p < OTHER_MIX:
        share, before = (part[True] / part.total() for part in (fresh, usual))
        words = f"{100 * share:.0f} % of {fresh.total()} were new customers in the last 7 days; {100 * before:.0f} % of {usual.total()} in the 28 days before"
        yield Flag(FlagKind.SHAPE, offer.id, period, share, before, p, words)
    places, before_places = (Counter(one.placement or "not said" for one in part) for part in (recent, earlier))
    p = mix_p(places, before_places)
    if p is not None and p < OTHER_MIX:
        moved = max(places, key=lambda name: places[name] / len(recent) - before_places[name] / len(earlier))
        share, before = places[moved] / len(recent), before_places[moved] / len(earlier)
        words = f"{moved}: {100 * share:.0f} % of {len(recent)} in the last 7 days; {100 * before:.0f} % of {len(earlier)} in the 28 days before"
        yield Flag(FlagKind.SHAPE, offer.id, period, share, before, p, words)


def mix_p(recent: Mapping[Any, int], earlier: Mapping[Any, int]) -> float | None:
    """How probable so different a mix is by chance: Fisher's exact test for two kinds, χ² for more; None for one."""
    kinds = [kind for kind in dict.fromkeys((*recent, *earlier)) if recent.get(kind, 0) + earlier.get(kind, 0)]
    if len(kinds) < 2 or not sum(recent.values()) or not sum(earlier.values()):  # noqa: PLR2004 two kinds are a mix
        return None
    from scipy.stats import chi2_contingency, fisher_exact  # noqa: PLC0415 heavy, and only mixes need it

    table = [[part.get(kind, 0) for kind in kinds] for part in (recent, earlier)]
    if len(kinds) == 2:  # noqa: PLR2004 Fisher's test is of two by two
        return float(fisher_exact(table).pvalue)
    return float(chi2_contingency(table).pvalue)


def _caps(offer: Offer, events: Sequence[OfferEvent], now: datetime) -> Iterator[Flag]:
    """Customers that were refused in the last day because they had used the offer up."""
    period = Interval(now - DAY, now)
    refused = [
        event
        for event in events
        if event.offer == offer.id and event.reason is Reason.CUSTOMER_CAP and period.start <= event.at <= now
    ]
    customers = len({event.customer for event in refused})
    if refused:
        words = f"{len(refused)} refused in the last day to {customers} who had used it {offer.per_customer or 1} times"
        yield Flag(FlagKind.CAP, offer.id, period, len(refused), offer.per_customer, None, words)


def _guesses(events: Sequence[OfferEvent], now: datetime) -> Iterator[Flag]:
    """Sources that tried ten different wrong codes or more within an hour of the last day; the hour with the most."""
    by_source: dict[str, list[OfferEvent]] = defaultdict(list)
    for event in events:
        if event.kind is EventKind.REFUSED and event.reason is Reason.UNKNOWN_CODE and event.at >= now - DAY:
            by_source[event.actor or str(event.door or "not known")].append(event)
    for source, tried in sorted(by_source.items()):
        tried.sort(key=lambda event: event.at)
        most, since = 0, tried[0].at
        first, counted = 0, Counter[str]()
        for event in tried:
            counted[event.code] += 1
            while tried[first].at <= event.at - timedelta(hours=1):
                counted -= Counter([tried[first].code])
                first += 1
            if len(counted) > most:
                most, since = len(counted), tried[first].at
        if most >= GUESSES:
            hour = Interval(since, since + timedelta(hours=1))
            words = f"{most} different wrong codes within an hour from {source}"
            yield Flag(FlagKind.GUESS, "", hour, most, GUESSES, None, words, source)


def _weight(residual: float) -> float:
    return 1.0 if residual <= 2.58 else (2.58 / residual) ** 2  # noqa: PLR2004 the 99 % point, named in the source
