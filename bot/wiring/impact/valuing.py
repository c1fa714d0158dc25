"""The value ledger, wired: what tills, accounts and offers know of money, beside people and words that have no
price.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.impact.providers import lies_within, tallies_of_money
from bot.impact.value import build_ledger
from bot.impact.value_wording import earned_lines, said_lines, touched_lines
from bot.model import Interval, Offer
from bot.model.aims import Funnel
from bot.model.impact import Measured
from bot.model.observation import MARGIN, MONEY
from bot.model.value import Amount, Column, Count, ValueLedger
from bot.offers.counting.daily import INSTANT, local_days
from bot.phrases import plural
from bot.ports import LocalDay, Redemption
from bot.store.verbs import HeardStore
from config.settings import Settings

Measure = Callable[[Sequence[Mapping[str, Any]], Interval], Sequence[Measured]]
"""Tells the figures of measures over a window."""


class Valuing:
    """The value ledger of one configuration."""

    def __init__(self, settings: Settings, store: HeardStore, measure: Measure) -> None:
        self._settings = settings
        self._store = store
        self._measure = measure

    def ledger(self, window: Interval, funnel: Funnel) -> ValueLedger:
        """What was earned and spent over a window, who was touched, what was said; ``funnel`` is that of the window."""
        observed = [one for metric in MONEY for one in self._store.observations(metric=metric)]
        money = tallies_of_money(observed, window, self._settings.impact.record)
        redeemed = {offer.id: tuple(self._redeemed(offer, window)) for offer in self._settings.offers}
        spent = [cost for offer in self._settings.offers for cost in self._cost(offer, window, redeemed[offer.id])]
        turnover = [one for offer in self._settings.offers for one in _turnover(offer, redeemed[offer.id])]
        found = build_ledger(window, money, spent, turnover, funnel, self._said(window))
        return replace(found, lines=(*earned_lines(found), *touched_lines(found), *said_lines(found)))

    def is_told(self, window: Interval) -> bool:
        """Whether anybody measured what was earned in the window; nothing else is asked for that."""
        return any(lies_within(one, window) for one in self._store.observations(metric=MARGIN))

    def _redeemed(self, offer: Offer, window: Interval) -> Iterator[Redemption]:
        found = self._store.standing_redemptions(offer.id, window.end)
        return (one for one in found if window.start <= one.at < window.end)

    def _cost(self, offer: Offer, window: Interval, redeemed: Sequence[Redemption]) -> Iterator[Amount]:
        """What the offer cost in the window, by what one redemption and one day of it cost; nothing for one at rest."""
        daily, ran = offer.fixed_cost_per_day, self._ran(offer, window)
        days = None if offer.starts is None else len(ran)
        untold = sum(one.day in offer.gaps for one in ran) if offer.unit_cost != 0 else 0
        if not redeemed and not untold and (days == 0 or daily == 0):
            return
        what = f"cost of {offer.name}"
        if offer.unit_cost is None:
            yield Amount(what, offer.currency, None, why="set unit_cost of the offer")
        elif offer.currency is None:
            yield Amount(what, None, None, why="set currency of the offer")
        elif daily is None:
            yield Amount(what, offer.currency, None, why="set fixed_cost_per_day of the offer (0 is a value)")
        elif daily and days is None:
            yield Amount(what, offer.currency, None, why="set starts of the offer: a daily cost runs since then")
        else:
            value = Decimal(str(offer.unit_cost)) * len(redeemed) + Decimal(str(daily)) * (days or 0)
            source = "unit_cost × redemptions" + (" + fixed_cost_per_day × days" if daily else "")
            why = f"of {plural(untold, 'day')} not all redemptions were told (gaps)" if untold else ""
            yield Amount(what, offer.currency, float(value), source=source, why=why)

    def _ran(self, offer: Offer, window: Interval) -> tuple[LocalDay, ...]:
        """The local days of the window on which the offer ran; all of them until it ends where nobody said since when."""
        start, end = max(window.start, offer.starts or window.start), min(window.end, offer.ends or window.end)
        return local_days(start, end - INSTANT, ZoneInfo(self._settings.timezone)) if start < end else ()

    def _said(self, window: Interval) -> Iterator[Count]:
        """How far each message came through, and how others spoke."""
        messages = {f"Net pull-through of ‘{row.id}’": {"metric": "net_pull_through", "message": row.id}
                    for row in self._settings.messages}  # fmt: skip
        asked = {**messages, "Net tone of stories by others": {"metric": "net_tone"}}
        for what, found in zip(asked, self._measure(list(asked.values()), window), strict=True):
            yield Count(Column.INDIRECT, what, found.value, "net share", found.low, found.high, why=found.why)


def _turnover(offer: Offer, redeemed: Iterable[Redemption]) -> Iterator[Amount]:
    """What was bought with the offer's codes, by currency; nothing where no till said."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in redeemed:
        if one.value is not None and one.currency is not None:
            sums[one.currency] += one.value
    for currency, value in sorted(sums.items()):
        yield Amount(f"orders with a code of {offer.name}", currency, float(value), source="order values from the till")
