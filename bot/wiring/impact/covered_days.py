"""Which local days were looked at, source by source, wired: a day on which nobody looked has no count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.impact.lift_series import DAY
from bot.impact.voice_alike import STEADY
from bot.model import Interval
from bot.offers.counting.daily import start_of
from bot.store.verbs import HeardStore

THERE = 0.75
"""The least part of the days around an activity that a source must have covered to be counted at all."""


class CoveredDays:
    """The covered part of each local day of ``[first, end)`` at each of ``sources``."""

    def __init__(self, store: HeardStore, sources: Collection[str], first: date, end: date, zone: ZoneInfo) -> None:
        self._store = store
        self._sources = sources
        self._first = first
        self._end = end
        self._zone = zone

    def whole(self, day: date, sources: Collection[str]) -> bool:
        """Whether each of these sources looked throughout that day, but for a tenth of it."""
        return bool(sources) and all(self._shares[one].get(day, 0.0) >= STEADY for one in sources)

    def steady(self, first: date, end: date) -> frozenset[str]:
        """The sources that looked on most days of ``[first, end)``: others began later, or were off."""
        days = [first + n * DAY for n in range((end - first).days)]
        return frozenset(
            source
            for source in self._shares
            if sum(self.whole(day, (source,)) for day in days) >= THERE * len(days) > 0
        )

    @cached_property
    def _shares(self) -> Mapping[str, Mapping[date, float]]:
        """By source: the mean over its targets of what each covered of a day, from its first coverage on."""
        span = start_of(self._first, self._zone), start_of(self._end, self._zone)
        by_source: dict[str, list[dict[date, float]]] = {source: [] for source in self._sources}
        for target, parts in self._store.covered(*span).items():
            if target.source in by_source and parts:
                seconds: dict[date, float] = {}
                for part in parts:
                    self._spread(part, seconds)
                by_source[target.source].append(seconds)
        return {source: self._mean(targets) for source, targets in by_source.items()}

    def _spread(self, part: Interval, seconds: dict[date, float]) -> None:
        """Adds a covered stretch to the local days that it touches."""
        start = part.start
        while start < part.end:
            day = start.astimezone(self._zone).date()
            over = min(part.end, start_of(day + DAY, self._zone))
            seconds[day] = seconds.get(day, 0.0) + (over - start).total_seconds()
            start = over

    def _mean(self, targets: Collection[Mapping[date, float]]) -> Mapping[date, float]:
        """The mean share of each day over the targets that were there by then."""
        begun = [(min(seconds), seconds) for seconds in targets]
        shares: dict[date, float] = {}
        for n in range((self._end - self._first).days):
            day = self._first + n * DAY
            there = [seconds.get(day, 0.0) for since, seconds in begun if since <= day]
            length = (start_of(day + DAY, self._zone) - start_of(day, self._zone)).total_seconds()
            if there:
                shares[day] = sum(there) / len(there) / length
        return shares
