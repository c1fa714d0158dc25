"""How much of a source to read for its money: limits, what they leave, and the stages of thinning. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.errors import BudgetSpent
from bot.listen.polling import day_start, month_after
from bot.model import FREE, Allowance, Cost, DayCount, Forecast, Limits, Reconciliation, Source, Stage, Subject

EASE = 1.25
"""To read more again, what is left must hold so many times what is expected; to read less, less than once."""
RESERVE_SHARE = 0.1
"""The most of a limit that is kept for counting to the period's end once nothing can be read any more."""
COUNT_EVERY = timedelta(hours=6)
"""How often is counted while nothing is read."""
HOURS = 24
TOLERANCE = 0.02
TOLERANCE_POSTS = 10
"""A day's figures agree within two in a hundred, or ten posts: the platform's de-duplication is a soft promise."""
DUST = 1e-9
"""Sums of dollars that differ by less are the same."""
DAY = timedelta(days=1)
ONE_READ = Cost(1)

STAGE_WORDS: Mapping[Stage, str] = {
    Stage.FULL: "everything is read",
    Stage.NO_AUTHORS: "authors are not looked up, so followers stay unknown and nothing is found by who wrote it (author:)",
    Stage.FEWER: "authors are not looked up, so nothing is found by author:, and subjects of lower priority are read once a day",
    Stage.COUNTS: "nothing is read; how much is said is counted",
    Stage.REST: "nothing is read or counted until the budget is renewed",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: what it allows in a period, what of it is spent; reads or dollars. ``until``: when it is renewed."""

    name: str
    most: float
    spent: float
    until: datetime

    @property
    def left(self) -> float:
        """What is left; never below zero."""
        return max(0.0, self.most - self.spent)

    @property
    def in_money(self) -> bool:
        """Whether it is of dollars, not of reads."""
        return self.name.startswith("usd")


@dataclass(frozen=True, slots=True)
class Prices:
    """The highest cost of a post with its author and without, of the smallest page, and of counting once."""

    full: Cost = ONE_READ
    thin: Cost = ONE_READ
    page: Cost = ONE_READ
    counting: Cost = FREE


@dataclass(frozen=True, slots=True)
class Means:
    """What can be left out: authors, subjects of lower priority, all but counts."""

    authors: bool = False
    lower: bool = False
    counts: bool = False


def limits_of(limits: Limits, today: Cost, this_month: Cost, now: datetime) -> tuple[Limit, ...]:
    """The limits that are set, with what is spent of each."""
    tomorrow, next_month = day_start(now) + DAY, month_after(now)
    known = (
        ("usd_per_day", limits.usd_per_day, today.usd, tomorrow),
        ("usd_per_month", limits.usd_per_month, this_month.usd, next_month),
        ("reads_per_day", limits.reads_per_day, today.reads, tomorrow),
        ("reads_per_month", limits.reads_per_month, this_month.reads, next_month),
    )
    return tuple(Limit(name, most, spent, until) for name, most, spent, until in known if most is not None)


def allowance(source: Source, today: Cost, this_month: Cost, *, reserve: float = 0.0) -> Allowance:
    """What one poll may still use of the source's budget, less a ``reserve`` of dollars; never below zero."""
    limits = source.limits
    reads = [
        most - spent
        for most, spent in ((limits.reads_per_day, today.reads), (limits.reads_per_month, this_month.reads))
        if most is not None
    ]
    usd = [
        most - spent - reserve
        for most, spent in ((limits.usd_per_day, today.usd), (limits.usd_per_month, this_month.usd))
        if most is not None
    ]
    return Allowance(max(0, min(reads)) if reads else None, max(0.0, min(usd)) if usd else None)


def refuse_if_spent(limits: Iterable[Limit], most: Cost = FREE) -> None:
    """Raises BudgetSpent, until the last of the limits that do not hold ``most`` any more is renewed."""
    spent = [limit for limit in limits if _is_short(limit, most)]
    if spent:
        last = max(spent, key=lambda limit: limit.until)
        period = "this month's" if last.name.endswith("month") else "today's"
        raise BudgetSpent(f"{period} budget ({last.name}) is spent", until=last.until)


def _is_short(limit: Limit, most: Cost) -> bool:
    wanted = most.usd if limit.in_money else most.reads
    return limit.left <= DUST or limit.left + DUST < wanted


def reserve_of(limits: Sequence[Limit], counting: Cost, now: datetime) -> float:
    """Dollars that are kept for counting, every six hours to the period's end, a tenth of a limit at most."""
    wanted = [
        min(limit.most * RESERVE_SHARE, counting.usd * ((limit.until - now) / COUNT_EVERY))
        for limit in limits
        if limit.in_money
    ]
    return max(wanted, default=0.0)


def stage_of(
    limits: Sequence[Limit], posts: Mapping[datetime, float], prices: Prices, means: Means, before: Stage, now: datetime
) -> Stage:
    """How much to read: the thinnest stage that any limit asks for, of those that this source has.

    ``posts`` are those expected until each limit's renewal; ``before`` is the stage that today's last poll had.
    """
    reserve = reserve_of(limits, prices.counting, now) if means.counts else 0.0
    asked = (_asked_by(limit, posts.get(limit.until, 0.0), prices, reserve, before) for limit in limits)
    worst = max(asked, key=lambda stage: stage.rank, default=Stage.FULL)
    if worst is Stage.COUNTS and not means.counts:
        worst = Stage.REST
    if worst is Stage.FEWER and not means.lower:
        worst = Stage.NO_AUTHORS
    if worst is Stage.NO_AUTHORS and not means.authors:
        worst = Stage.FULL
    return worst


def _asked_by(limit: Limit, posts: float, prices: Prices, reserve: float, before: Stage) -> Stage:
    def of(cost: Cost) -> float:
        return cost.usd if limit.in_money else cost.reads

    def holds(need: float, stage: Stage) -> bool:
        return need * (EASE if before.rank >= stage.rank else 1.0) <= free + DUST

    free = limit.left - (reserve if limit.in_money else 0.0)
    if limit.in_money and _is_short(limit, prices.counting):
        return Stage.REST
    if free <= DUST or not holds(of(prices.page), Stage.COUNTS):
        return Stage.COUNTS
    if not holds(posts * of(prices.thin), Stage.FEWER):
        return Stage.FEWER
    return Stage.FULL if holds(posts * of(prices.full), Stage.NO_AUTHORS) else Stage.NO_AUTHORS


def disagrees(day: Reconciliation) -> bool:
    """Whether the platform's figure of a day is further from ours than rounding and late posts explain."""
    return abs(day.difference or 0) > max(TOLERANCE_POSTS, TOLERANCE * day.ours)


def next_threshold(
    limit: Limit, stage: Stage, posts: float, prices: Prices, means: Means, reserve: float
) -> tuple[Stage, float] | None:
    """The next thinner stage of this source, and the rest of the limit (reads or dollars) under which it begins."""

    def of(cost: Cost) -> float:
        return cost.usd if limit.in_money else cost.reads

    kept = reserve if limit.in_money and means.counts else 0.0
    stages = (
        (Stage.NO_AUTHORS, means.authors, posts * of(prices.full) + kept),
        (Stage.FEWER, means.lower, posts * of(prices.thin) + kept),
        (Stage.COUNTS, means.counts, of(prices.page) + kept),
        (Stage.REST, True, of(prices.counting) if means.counts else of(prices.page)),
    )
    return next(((coming, at) for coming, has, at in stages if has and coming.rank > stage.rank), None)


def put_off_first(subjects: Sequence[Subject]) -> frozenset[str]:
    """The subjects to read less often when money gets short: all below the highest priority; an own brand ranks first.

    None where all rank alike.
    """
    ranks = {subject.id: (subject.priority, subject.own) for subject in subjects}
    highest = max(ranks.values(), default=None)
    return frozenset(name for name, rank in ranks.items() if rank != highest)


def posts_by_day(counts: Mapping[date, DayCount], read: Mapping[date, int], now: datetime) -> dict[date, float]:
    """Posts of each complete UTC day that is known: as counted, where all its hours were, else as they were read.

    Between the first day that was read and yesterday, a day without reading had nothing to read.
    """
    today = now.astimezone(UTC).date()
    days: dict[date, float] = {}
    if read:
        first = min(read)
        # the first day was begun somewhere in its middle
        days = {first + n * DAY: float(read.get(first + n * DAY, 0)) for n in range(1, (today - first).days)}
    whole = {day: float(count.posts) for day, count in counts.items() if count.hours >= HOURS and day < today}
    return days | whole


def in_money(posts: Forecast, spent: float, each: float) -> Forecast:
    """A forecast of posts as what a limit's period will have cost when it ends."""
    return Forecast(spent + posts.median * each, spent + posts.low * each, spent + posts.high * each, posts.days)


def runs_out(limit: Limit, posts_per_day: float, each: float, now: datetime) -> datetime | None:
    """When a limit ends at this pace; None where it lasts until it is renewed."""
    pace = posts_per_day * each
    if pace <= 0:
        return None
    end = now + min(limit.left / pace, 400.0) * DAY
    return end if end < limit.until else None
