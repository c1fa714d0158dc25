"""The use cases of verdicts: comparing offers, and judging whether to keep them up, on what the ledger holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from bot.model import Comparison, KeepVerdict, Offer
from bot.offers.counting.daily import local_days
from bot.offers.verdicts.arms import NO_LEAKS, History, Leaks
from bot.offers.verdicts.comparison import compare
from bot.offers.verdicts.family import pairs_of, pairs_with, side_of
from bot.offers.verdicts.keep import keep
from bot.ports import TallyStore


def compare_offers(
    store: TallyStore,
    offers: Mapping[str, Offer],
    a: str,
    b: str,
    *,
    now: datetime,
    zone: tzinfo,
    leaks: Leaks = NO_LEAKS,
) -> Comparison:
    """Compares two offers or placements (``truffle:counter``). Raises ConfigError for what is not configured."""
    one, other = side_of(a, offers), side_of(b, offers)
    histories = {of: history(store, of, now, zone, leaks) for of in {one.offer.id, other.offer.id}}
    return compare(one, other, histories, now=now, zone=zone, pairs=pairs_with(one, other, offers), leaks=leaks)


def compare_all(
    store: TallyStore,
    offers: Mapping[str, Offer],
    *,
    now: datetime,
    zone: tzinfo,
    leaks: Leaks = NO_LEAKS,
    about: str | None = None,
) -> tuple[Comparison, ...]:
    """Every pair that the configuration means to compare; only those with the offer ``about`` where one is given."""
    pairs = [(a, b) for a, b in pairs_of(offers) if about in {None, a.offer.id, b.offer.id}]
    histories = {of: history(store, of, now, zone, leaks) for of in {side.offer.id for pair in pairs for side in pair}}
    return tuple(
        compare(a, b, histories, now=now, zone=zone, pairs=pairs_with(a, b, offers), leaks=leaks) for a, b in pairs
    )


def judge_offer(
    store: TallyStore, offer: Offer, *, now: datetime, zone: tzinfo, leaks: Leaks = NO_LEAKS
) -> KeepVerdict:
    """Whether to keep one offer up."""
    return keep(offer, history(store, offer.id, now, zone, leaks), now=now, zone=zone, leaks=leaks)


def history(store: TallyStore, offer: str, now: datetime, zone: tzinfo, leaks: Leaks) -> History:
    """What the ledger holds of an offer until now."""
    first = store.first_event([offer])
    days = local_days(first, now, zone) if first else ()
    return History(
        redeemed=store.day_groups(offer, days, leaks.codes.get(offer, {}), customers=True),
        capped=store.capped_days(offer, days),
        switches=store.switches([offer], now),
    )
