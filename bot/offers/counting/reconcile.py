"""A shop's own count of a day held against the ledger's: do they agree? Pure.

Shops lag: Shopify says of its own counter that it "might be lower than the actual number", and deliveries come again
for two days. So a difference is a mismatch only :data:`LAG` after the day ended; until then the count is provisional.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from bot.model import CountStatus, Match, Offer, ShopCount
from bot.offers.counting.daily import INSTANT, local_days
from bot.ports import Redeemed

LAG = timedelta(hours=48)
"""How long after a day its count may still come in or be corrected."""

KEPT_FOR = timedelta(days=7)
"""How long after its last count a shop is expected to send the next; one spot check is no promise."""


def judge(count: ShopCount, ours: Redeemed, *, now: datetime) -> Match:
    """How a shop's count of a day stands to ours at ``now``; candidates are still to be named where the two differ."""
    differ = difference(count, ours)
    status, why = _word(count, ours.number, differ, now)
    return Match(
        offer=count.offer,
        provider=count.provider,
        day=count.day,
        ours=ours.number,
        theirs=count.count,
        status=status,
        placement=count.placement,
        code=count.code,
        mismatch=differ or None,
        why=why,
    )


def difference(count: ShopCount, ours: Redeemed) -> int | None:
    """How many redemptions do not match; None where the shop gave no figure.

    Where it lists its orders, each must be ours: a redemption of ours that names no order may be any of them.
    """
    if count.count is None:
        return None
    apart = abs(count.count - ours.number)
    if count.orders is None:
        return apart
    theirs = {order_key(order, count.provider) for order in count.orders}
    mine = Counter(order_key(order, count.provider) for order in ours.orders)
    unnamed = ours.number - mine.total()
    return max(apart, len(theirs - set(mine)) - unnamed, (mine - Counter(theirs)).total())


def order_key(order: str, shop: str) -> str:
    """What all spellings of an order of that shop have in common: ``#1001`` and ``crumbs:1001:2`` are ``1001``.

    An order that a webhook told is kept under its shop's name, and with the turn in which it was redeemed anew.
    """
    key, prefix = order.strip().casefold(), f"{shop.casefold()}:"
    if key.startswith(prefix):
        key = key.removeprefix(prefix).partition(":")[0]
    return key.lstrip("#")


def awaited(
    counts: Sequence[ShopCount], offers: Mapping[str, Offer], zone: tzinfo, now: datetime
) -> tuple[ShopCount, ...]:
    """The days whose counts are still to come from shops that count: of what is over for less than :data:`LAG`.

    A shop counts every day once it has begun, until it has said nothing for :data:`KEPT_FOR` or the offer is over.
    Counts of single codes promise nothing.
    """
    told: dict[tuple[str, str, str | None], list[ShopCount]] = defaultdict(list)
    for count in counts:
        if count.code is None and count.offer in offers:
            told[count.offer, count.provider, count.placement].append(count)
    return tuple(one for series in told.values() for one in _missing(series, offers[series[0].offer], zone, now))


def _missing(series: Sequence[ShopCount], offer: Offer, zone: tzinfo, now: datetime) -> Iterator[ShopCount]:
    known = {count.day for count in series}
    until = min(now, offer.ends - INSTANT) if offer.ends else now
    for day in local_days(max(now - LAG, min(count.start for count in series)), until, zone):
        before = [count for count in series if count.day < day.day]
        if day.day in known or not before or now >= day.end + LAG:
            continue
        if day.day - max(count.day for count in before) <= KEPT_FOR:
            yield replace(before[-1], day=day.day, start=day.start, end=day.end, count=None, orders=None, at=None)


def _word(count: ShopCount, ours: int, differ: int | None, now: datetime) -> tuple[CountStatus, str]:
    """The word for a day's count, and why."""
    words = (
        (now < count.end, CountStatus.PROVISIONAL, "the day is not over"),
        (count.at is None, CountStatus.PROVISIONAL, "the shop’s count is not in yet"),
        (count.count is None, CountStatus.FINAL, "the shop has no figure for it"),
        (not differ, CountStatus.FINAL, "equal"),
        (now < count.end + LAG, CountStatus.PROVISIONAL, "the shop may lag, or ours may still come in"),
        (count.count == ours, CountStatus.MISMATCH, "as many, but not the same orders"),
        ((count.count or 0) > ours, CountStatus.MISMATCH, "the shop counted more"),
    )
    found = ((status, why) for holds, status, why in words if holds)
    return next(found, (CountStatus.MISMATCH, "the shop counted fewer"))
