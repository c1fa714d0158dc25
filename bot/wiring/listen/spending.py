"""Budgets, wired: how each source stands with its money, for people and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.listen.budget import Limit, disagrees, in_money, next_threshold, put_off_first, runs_out
from bot.listen.polling import day_start, month_after, month_start
from bot.listen.spending import Plan, Spending
from bot.model import FREE, Cost, DayCost, Forecast, Query, Reconciliation, Source, Stage, Target
from bot.ports import Clock, Connector, Paid
from bot.store.verbs import HeardStore
from config.settings import Settings

DAY = timedelta(days=1)
RECONCILED_DAYS = 7


@dataclass(frozen=True, slots=True)
class SubjectCost:
    """What a subject's searches cost this month, and the mentions that they brought."""

    subject: str
    cost: Cost
    mentions: int

    @property
    def per_mention(self) -> float | None:
        """US dollars a mention; None without any."""
        return self.cost.usd / self.mentions if self.mentions else None


@dataclass(frozen=True, slots=True)
class LimitOutlook:
    """A limit, what its period will have cost at its end, when it runs out, and where the next stage begins."""

    limit: Limit
    forecast: Forecast | None
    runs_out: datetime | None
    next_stage: Stage | None
    below: float | None


@dataclass(frozen=True, slots=True)
class SourceBudget:
    """How one source stands. ``paid``: reading it can cost money; ``counted``: posts of this month, as counted."""

    source: Source
    paid: bool
    today: DayCost
    month: DayCost
    limits: tuple[LimitOutlook, ...]
    stage: Stage
    since: datetime | None
    counted: int | None
    subjects: tuple[SubjectCost, ...]
    reconciled: tuple[Reconciliation, ...]


class Budgets:
    """The money of one configuration."""

    def __init__(
        self,
        settings: Settings,
        store: HeardStore,
        clock: Clock,
        connectors: Mapping[Target, Connector],
        queries: tuple[Query, ...],
    ) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._connectors, self._queries = connectors, queries

    def standing(self) -> tuple[SourceBudget, ...]:
        """Every source, in the order of the configuration. Asks nobody."""
        targets = {target.source: target for target in reversed(tuple(self._connectors))}
        return tuple(self._of(row, targets[row.id]) for row in self._settings.sources if row.id in targets)

    def thinned(self) -> tuple[tuple[Source, Stage, datetime], ...]:
        """The sources that are not read in full for want of money, and since when."""
        noted = ((source, self._store.stage(source.id)) for source in self._settings.sources if source.limits)
        return tuple((source, *found) for source, found in noted if found is not None and found[0] is not Stage.FULL)

    def disagreeing(self) -> tuple[tuple[Source, Reconciliation], ...]:
        """The days of the last week on which a platform's figures differ from ours by more than chance."""
        since = (self._clock.now() - RECONCILED_DAYS * DAY).date()
        rows = ((source, day) for source in self._settings.sources for day in self._store.reconciled(source.id, since))
        return tuple((source, day) for source, day in rows if disagrees(day))

    def spent_this_month(self) -> Cost:
        """What all sources cost since the month began (UTC); reads that cost nothing are not billed."""
        since = month_start(self._clock.now())
        spent = (self._store.spent(source.id, since) for source in self._settings.sources)
        return sum((one for one in spent if one.usd), FREE)

    def _of(self, source: Source, target: Target) -> SourceBudget:
        store, now = self._store, self._clock.now()
        connector = self._connectors[target]
        put_off = put_off_first(self._settings.subjects)
        spending = Spending(store, self._clock, source, target, connector, self._queries, put_off)
        plan, noted = spending.plan(), store.stage(source.id)
        stage = noted[0] if noted is not None and source.limits else Stage.FULL
        days = store.day_costs(source.id, month_start(now))
        paid = isinstance(connector, Paid)
        counts = store.counted_days(source.id, month_start(now)) if paid else {}
        shares = store.cost_shares(source.id, month_start(now)).items() if paid else ()
        return SourceBudget(
            source=source,
            paid=paid,
            today=days.get(day_start(now).date(), DayCost()),
            month=_together(days),
            limits=tuple(_outlook(limit, plan, spending, stage, now) for limit in plan.limits),
            stage=stage,
            since=noted[1] if noted is not None and source.limits else None,
            counted=sum(count.posts for count in counts.values()) if counts else None,
            subjects=tuple(SubjectCost(subject, cost, mentions) for subject, (cost, mentions) in shares),
            reconciled=store.reconciled(source.id, (now - RECONCILED_DAYS * DAY).date()),
        )


def _outlook(limit: Limit, plan: Plan, spending: Spending, stage: Stage, now: datetime) -> LimitOutlook:
    prices = plan.prices
    cost = prices.full if stage is Stage.FULL else prices.thin
    each = cost.usd if limit.in_money else cost.reads
    coming = plan.coming.get(limit.until, 0.0)
    following = next_threshold(limit, stage, coming, prices, spending.means, plan.reserve)
    forecast = None
    if plan.posts_left is not None and limit.until == month_after(now):
        forecast = in_money(plan.posts_left, limit.spent, each)
    days = (limit.until - now) / DAY
    pace = coming / days if days > 0 else 0.0
    return LimitOutlook(limit, forecast, runs_out(limit, pace, each, now), *(following or (None, None)))


def _together(days: Mapping[date, DayCost]) -> DayCost:
    values = days.values()
    return DayCost(
        booked=sum((day.booked for day in values), FREE),
        most=sum((day.most for day in values), FREE),
        in_doubt=sum((day.in_doubt for day in values), FREE),
        posts=sum(day.posts for day in values),
    )
