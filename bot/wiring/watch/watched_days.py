"""The days that alerts judge, wired: what others said of a subject day by day, and which days were looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model import Interval, Target
from bot.model.alert import AlertKind, AlertRule, Counting, DayNumbers, DayTold
from bot.offers.counting.daily import local_day
from bot.ports import Clock, LocalDay
from bot.store.verbs import HeardStore
from bot.wiring.listen.listening import QUIET_COVERAGE, Listening
from config.settings import Settings

_DAY = timedelta(days=1)


class WatchedDays:
    """One look at the store: the same days are counted once, however many rules ask for them."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, listening: Listening) -> None:
        self._store = store
        self._listening = listening
        self._zone = ZoneInfo(settings.timezone)
        self.now = clock.now()
        self._told: dict[tuple[str, float, int], tuple[DayTold, ...]] = {}
        self._looked: dict[int, Mapping[str, tuple[float | None, ...]]] = {}
        self._shares: dict[tuple[str, int], tuple[float | None, ...]] = {}

    @property
    def today(self) -> date:
        """The local day that is not over."""
        return self.now.astimezone(self._zone).date()

    def days(self, number: int) -> tuple[LocalDay, ...]:
        """The last ``number`` local days, today the last."""
        return tuple(local_day(self.today - _DAY * back, self._zone) for back in reversed(range(number)))

    def series(self, rule: AlertRule, subject: str, number: int) -> tuple[DayNumbers, ...]:
        """The last ``number`` days as the rule counts them, today the last and not over.

        A day on which nothing looked is missing, and no day without a story; one that was looked at in part, or of which
        something is known all the same, is not whole: what it has is a least.
        """
        told = self.told(subject, rule.confidence, number)
        shares = self.coverage(subject, number)
        return tuple(
            _numbers(rule, day, share, is_over=day.day < self.today) for day, share in zip(told, shares, strict=True)
        )

    def told(self, subject: str, confidence: float, number: int) -> tuple[DayTold, ...]:
        """What others said of the subject on each day."""
        key = subject, confidence, number
        if key not in self._told:
            self._told[key] = self._store.days_told(subject, self.days(number), confidence)
        return self._told[key]

    def coverage(self, subject: str, number: int) -> tuple[float | None, ...]:
        """How much of each day was looked at; None where nothing looked at all, or nothing did so yet.

        A source counts by how much of what is said of the subject it brings; one that was not there yet does not.
        """
        key = subject, number
        if key not in self._shares:
            days = self.days(number)
            weights = self._store.told_by_source(subject, days[0].start, days[-1].end)
            known = {source: weights.get(source, 0) for source in self._by_source(number)}
            if not any(known.values()):
                known = dict.fromkeys(known, 1)
            self._shares[key] = tuple(
                _weighted([(known[source], shares[place]) for source, shares in self._by_source(number).items()])
                for place in range(number)
            )
        return self._shares[key]

    def added(self, first: date) -> tuple[str, ...]:
        """Sources that were listened to for the first time since ``first``: they raise a level, not the voice."""
        began: dict[str, datetime] = {}
        for state in self._listening.known():
            if state.first_polled is not None:
                source = state.target.source
                began[source] = min(began.get(source, state.first_polled), state.first_polled)
        return tuple(sorted(name for name, at in began.items() if at.astimezone(self._zone).date() > first))

    def _by_source(self, number: int) -> Mapping[str, tuple[float | None, ...]]:
        if number not in self._looked:
            days = self.days(number)
            covered = self._store.covered(days[0].start, self.now)
            states = {state.target: state.first_polled for state in self._listening.known()}
            targets: dict[str, list[tuple[float | None, ...]]] = {}
            for target, first in states.items():
                targets.setdefault(target.source, []).append(_shares(covered, target, first, days, self.now))
            self._looked[number] = {
                source: tuple(_weighted([(1, row[place]) for row in rows]) for place in range(number))
                for source, rows in targets.items()
            }
        return self._looked[number]


def _numbers(rule: AlertRule, told: DayTold, share: float | None, *, is_over: bool) -> DayNumbers:
    unlooked = share == 0 and not told.mentions  # what came in all the same is there, as a least
    if share is None or unlooked:
        return DayNumbers(told.day, None, whole=False)
    whole = is_over and share >= QUIET_COVERAGE
    if rule.kind is AlertKind.NEGATIVE_SURGE:
        return DayNumbers(told.day, told.negative, told.toned, whole)
    if rule.kind is AlertKind.CONTRARY_MESSAGE:
        return DayNumbers(told.day, told.contrary, told.stories, whole)
    count = told.mentions if rule.counting is Counting.MENTIONS else told.stories
    return DayNumbers(told.day, count, whole=whole)


def _shares(
    covered: Mapping[Target, Sequence[Interval]], target: Target, first: datetime | None, days: Sequence[LocalDay],
    now: datetime,
) -> tuple[float | None, ...]:  # fmt: skip
    """How much of each day, as far as it is over, a target covered; None for a day before it was there."""
    seconds = [0.0] * len(days)
    place = 0
    for one in covered.get(target, ()):
        start, end = one.start, one.end
        while place < len(days) and days[place].end <= start:
            place += 1
        for at in range(place, len(days)):
            if days[at].start >= end:
                break
            seconds[at] += (min(end, days[at].end) - max(start, days[at].start)).total_seconds()
    shares: list[float | None] = []
    for day, looked in zip(days, seconds, strict=True):
        length = (min(day.end, now) - day.start).total_seconds()
        there = looked > 0 or (first is not None and first < day.start)
        shares.append(min(1.0, looked / length) if there and length > 0 else None)
    return tuple(shares)


def _weighted(shares: Sequence[tuple[float, float | None]]) -> float | None:
    """The mean of the known shares by their weights; where those that are known weigh nothing, their plain mean."""
    known = [(weight, share) for weight, share in shares if share is not None]
    total = sum(weight for weight, _ in known)
    if not known:
        return None
    if total == 0:
        return sum(share for _, share in known) / len(known)
    return sum(weight * share for weight, share in known) / total
