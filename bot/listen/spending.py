"""The use case of spending: before a poll reconcile, count and decide how much to read; during it, a purse.

Nothing here knows a platform: what costs money says so by being :class:`bot.ports.Paid`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from bot.errors import SourceError
from bot.listen import budget
from bot.listen.budget import Limit, Means, Prices
from bot.listen.forecast import MOST_DAYS, forecast
from bot.listen.polling import day_start, month_after, month_start
from bot.model import Allowance, Cost, Forecast, Interval, Query, Source, Stage, Target
from bot.ports import BudgetStore, Clock, Connector, ListenStore, Paid

COUNT_DAILY = timedelta(hours=24)
COUNT_BACK = timedelta(days=7)
"""How far back the first count reaches: a week, which a forecast can stand on."""
COUNT_SHARE = 0.1
"""Counting once a day may take no more of a month's dollars than this, or it is left out while there is reading."""
DAYS_A_MONTH = 30
RECONCILED_DAYS = 7
"""How many complete days are compared with the platform's figures; it may correct them late."""

log = logging.getLogger("heard.budget")


class Books(ListenStore, BudgetStore, Protocol):
    """The parts of the store that spending needs."""


class SourcePurse:
    """A poll's hold on its source's budget; what others spend meanwhile is seen. One request at a time."""

    def __init__(self, store: Books, clock: Clock, source: Source, target: Target, reserve: float = 0.0) -> None:
        self._store, self._clock, self._source, self._target = store, clock, source, target
        self._reserve = reserve
        self._charge: int | None = None

    def left(self) -> Allowance:
        """What is left now, less the reserve."""
        now = self._clock.now()
        today = self._store.spent(self._source.id, day_start(now))
        return budget.allowance(
            self._source, today, self._store.spent(self._source.id, month_start(now)), reserve=self._reserve
        )

    def set_aside(self, most: Cost, what: str = "") -> None:
        """Writes down the most that the coming request costs; raises BudgetSpent where that would pass a limit."""
        now = self._clock.now()

        def judge(today: Cost, this_month: Cost) -> None:
            budget.refuse_if_spent(budget.limits_of(self._source.limits, today, this_month, now), most)

        self._charge = self._store.open_charge(self._target, most, now, judge, what=what, instead=self._charge)

    def take(self) -> int | None:
        """The charge of the request whose answer is about to be saved."""
        charge, self._charge = self._charge, None
        return charge


@dataclass(frozen=True, slots=True)
class Plan:
    """How a source stands: its limits, the posts to come, and how much of it is read."""

    stage: Stage
    limits: tuple[Limit, ...]
    posts_left: Forecast | None
    """Posts expected until the month ends; None: too few days are known."""
    prices: Prices
    reserve: float
    coming: Mapping[datetime, float]
    """Posts expected until each limit's renewal."""


class Spending:
    """One source's budget through one poll."""

    def __init__(
        self,
        store: Books,
        clock: Clock,
        source: Source,
        target: Target,
        connector: Connector,
        queries: Sequence[Query],
        put_off: frozenset[str] = frozenset(),
    ) -> None:
        self._store, self._clock, self._source, self._target = store, clock, source, target
        self._queries, self._put_off = queries, put_off
        self._paid = connector if isinstance(connector, Paid) else None
        self.purse = SourcePurse(store, clock, source, target)

    def begin(self) -> Allowance:
        """What the poll may use, with the stage that was decided for it, which is noted.

        Compares figures with the platform's once a day and counts when it is time. Raises BudgetSpent where there is
        neither reading nor counting any more.
        """
        if not self._source.limits:
            return Allowance(purse=self.purse)
        if self._paid is not None:
            self._reconcile(self._paid)
            if self._may_count_daily(self._paid):
                self._count(self._paid, COUNT_DAILY)
        plan = self.plan()
        return self._enter(plan.stage, plan)

    def fall_back(self) -> Allowance:
        """The allowance once the reading money has run out during a poll: counts only, where that is possible.

        Raises BudgetSpent where it is not.
        """
        plan = self.plan()
        only = Stage.COUNTS if self._paid is not None else Stage.REST
        return self._enter(max(plan.stage, only, key=lambda stage: stage.rank), plan)

    @property
    def means(self) -> Means:
        """What of this source can be left out."""
        paid = self._paid
        return Means(
            authors=paid is not None and paid.reads_authors,
            lower=paid is not None and bool(self._put_off),
            counts=paid is not None,
        )

    def plan(self) -> Plan:
        """How the source stands now, and the stage that follows from it."""
        now, source = self._clock.now(), self._source
        limits = budget.limits_of(
            source.limits,
            self._store.spent(source.id, day_start(now)),
            self._store.spent(source.id, month_start(now)),
            now,
        )
        daily = self._daily(now)
        coming = {until: _expected(daily, now, until) for until in {limit.until for limit in limits}}
        prices, means = self._prices(), self.means
        noted = self._store.stage(source.id)
        before = noted[0] if noted is not None and noted[1] >= day_start(now) else Stage.FULL
        stage = budget.stage_of(limits, coming, prices, means, before, now)
        reserve = budget.reserve_of(limits, prices.counting, now)
        return Plan(stage, limits, forecast(daily, now, month_after(now)), prices, reserve, coming)

    def _enter(self, stage: Stage, plan: Plan) -> Allowance:
        now = self._clock.now()
        self._store.set_stage(self._source.id, stage, now)
        if stage is Stage.REST:
            # what is spent is named by its limit; a rest for want of counting money lasts as long
            budget.refuse_if_spent(plan.limits, plan.prices.page)
            budget.refuse_if_spent(plan.limits, plan.prices.counting)
        if stage is Stage.COUNTS and self._paid is not None:
            self._count(self._paid, budget.COUNT_EVERY)
        self.purse = SourcePurse(self._store, self._clock, self._source, self._target, plan.reserve)
        left = self.purse.left()
        put_off = self._put_off if stage is Stage.FEWER else frozenset()
        return Allowance(left.reads, left.usd, stage, put_off, self.purse)

    def _daily(self, now: datetime) -> dict[date, float]:
        since = day_start(now) - timedelta(days=MOST_DAYS)
        counts = self._store.counted_days(self._source.id, since)
        costs = self._store.day_costs(self._source.id, since)
        read = {day: cost.posts if self._paid is not None else cost.booked.reads for day, cost in costs.items()}
        return budget.posts_by_day(counts, read, now)

    def _prices(self) -> Prices:
        paid = self._paid
        if paid is None:
            return Prices()
        return Prices(
            full=paid.cost_of(1, authors=paid.reads_authors),
            thin=paid.cost_of(1, authors=False),
            page=paid.cost_of(paid.smallest_page, authors=False),
            counting=paid.counting_cost(self._queries),
        )

    def _may_count_daily(self, paid: Paid) -> bool:
        most = self._source.limits.usd_per_month
        return most is None or paid.counting_cost(self._queries).usd * DAYS_A_MONTH <= most * COUNT_SHARE

    def _count(self, paid: Paid, every: timedelta) -> None:
        """Counts what was said since it was last counted, when it is time; what fails is tried with the next poll."""
        now = self._clock.now()
        known = self._store.counted_days(self._source.id, now - COUNT_BACK)
        # what was counted while the clock ran ahead does not put off counting until then
        last = max((count.last for count in known.values() if count.last <= now), default=now - COUNT_BACK)
        if now - last < every:
            return
        purse = SourcePurse(self._store, self._clock, self._source, self._target)
        try:
            for volume in paid.count(self._queries, Interval(last, now), Allowance(purse=purse)):
                self._store.save_volume(self._target, volume, self._clock.now(), charge=purse.take())
        except SourceError as error:
            log.info("count source=%s error=%s: %s", self._source.id, type(error).__name__, error)

    def _reconcile(self, paid: Paid) -> None:
        """Compares the last complete days with the platform's figures, once a UTC day."""
        now = self._clock.now()
        today = now.astimezone(UTC).date()
        days = [today - timedelta(days=back) for back in range(RECONCILED_DAYS, 0, -1)]
        asked = [row.asked_at for row in self._store.reconciled(self._source.id, days[0])]
        read = self._store.day_costs(self._source.id, day_start(now) - timedelta(days=RECONCILED_DAYS))
        began = min(read, default=today)
        days = [day for day in days if day >= began]
        if not days or any(moment.astimezone(UTC).date() == today for moment in asked):
            return
        platform: Mapping[date, int] = {}
        reason = None
        try:
            platform = paid.usage(RECONCILED_DAYS + 1)
        except SourceError as error:
            reason = f"{type(error).__name__}: {error}"
        price = paid.cost_of(1, authors=False)
        self._store.reconcile(self._target, platform, days, price, now, reason or "the platform named no figure")


def _expected(daily: dict[date, float], now: datetime, until: datetime) -> float:
    """Posts to come: the forecast's median; with too few days for one, their mean; of none known, nothing."""
    found = forecast(daily, now, until)
    if found is not None:
        return found.median
    return sum(daily.values()) / len(daily) * ((until - now) / timedelta(days=1)) if daily else 0.0
