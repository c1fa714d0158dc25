"""What lifts are judged from, wired: the series that an activity names, its control, and the days that were covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.impact.lift import HISTORY, LEAST_BEFORE, Case, Event, lift, unnamed
from bot.impact.lift_control import touched_by
from bot.impact.lift_series import DAY, WEEK, Series, daily, from_points
from bot.model import Interval, Offer
from bot.model.impact import Activity, Lift, SeriesKind, SeriesName
from bot.offers.counting.daily import INSTANT, local_days, start_of
from bot.phrases import joined
from bot.ports.voice_store import ToldStory
from bot.store.verbs import HeardStore
from bot.wiring.impact.covered_days import CoveredDays
from bot.wiring.impact.looks import told_by_others
from config.settings import Settings


class NoSeries(ValueError):
    """There is no such series; the text says why."""


class _Span(NamedTuple):
    """The local days ``[first, end)`` that are read, of which those from ``near`` on must have been looked at."""

    first: date
    near: date
    end: date


@dataclass(frozen=True)
class LiftCases:
    """One configuration's activities with the figures around them, as of one moment."""

    settings: Settings
    store: HeardStore
    now: datetime
    zone: ZoneInfo

    def lift(self, activity: Activity) -> Lift:
        """What came after one activity that has begun."""
        event, until = self._event(activity), self._day(self.now)
        span = _Span(event.start - HISTORY * WEEK, event.start - LEAST_BEFORE * WEEK, min(event.end + WEEK, until))
        name = SeriesName.parse(activity.series or SeriesKind.STORIES)
        control = self._control(activity, name)
        try:
            series = self._series(name, span)
            beside = self._series(control, span) if control else None
        except NoSeries as error:
            return unnamed(event, str(name), str(error))
        others = tuple(self._event(one) for one in self.settings.activities if one.id != activity.id)
        touched = self._touched(name, control, event) if control else ""
        return lift(Case(event, series, beside, others, until, touched=touched))

    def _control(self, activity: Activity, name: SeriesName) -> SeriesName | None:
        """The one that the activity names; for stories, if it names none, those about all competitors."""
        if activity.control is not None:
            return SeriesName.parse(activity.control)
        return _RIVALS if name.kind is SeriesKind.STORIES and self._subjects(_RIVALS) else None

    def _series(self, name: SeriesName, span: _Span) -> Series:
        match name.kind:
            case SeriesKind.STORIES:
                return self._stories(name, span)
            case SeriesKind.REDEMPTIONS:
                offers = {one.id: one for one in self.settings.offers}
                return self._redemptions(name, offers[name.of], span)
            case SeriesKind.OBSERVED:
                return self._observed(name, span)

    def _stories(self, name: SeriesName, span: _Span) -> Series:
        """Stories by others, at sources that were there all along, on days that they covered."""
        subjects, sources = self._subjects(name), self._covered.steady(span.near, span.end)
        first: dict[tuple[str, str], date] = {}
        for one in self._told:  # oldest first
            if one.subject in subjects and one.source in sources:
                first.setdefault((one.subject, one.story), self._day(one.told_at))
        found = [self._day(moment) for one in subjects if (moment := self._found.get(one)) is not None]
        since = max(found) if found and len(found) == len(subjects) else date.max

        def covered(day: date) -> bool:
            return day > since and self._covered.whole(day, sources)

        label = f"stories about {self._called(subjects)}"
        return daily((str(name), label, "stories"), first.values(), span.first, span.end, covered)

    def _redemptions(self, name: SeriesName, offer: Offer, span: _Span) -> Series:
        """Redemptions that stand, on days on which the offer ran and all were told."""
        first, end = (start_of(day, self.zone) for day in (span.first, span.end))
        counts: Counter[date] = Counter()
        for tally in self.store.day_tallies([offer.id], local_days(first, end - INSTANT * 2, self.zone)):
            counts[tally.day] += tally.redeemed
        began = offer.starts or self.store.first_event([offer.id])
        since, until = self._day(began) if began else date.max, self._day(offer.ends) if offer.ends else date.max

        def covered(day: date) -> bool:
            return since <= day < until and day not in offer.gaps

        label = f"redemptions of {offer.name}"
        return daily((str(name), label, "redemptions"), counts.elements(), span.first, span.end, covered)

    def _observed(self, name: SeriesName, span: _Span) -> Series:
        """Figures that one provider brought by one method. Raises NoSeries where there are none, or several's."""
        found = [
            one
            for one in self.store.observations(name.of, name.metric)
            if name.provider in ("", one.provider) and self._day(one.window_end) > span.first
        ]
        makers = sorted({f"{one.provider} by {one.method_id} {one.method_version}" for one in found})
        if len(makers) != 1:
            said = f"come from {joined(makers)}, which are never mixed" if makers else "were never brought"
            raise NoSeries(f"figures of {name.metric} for {name.of} {said}")
        first, *_ = found
        points = {(self._day(one.window_start), self._day(one.window_end)): one.value for one in found}
        try:
            series = from_points((str(name), f"{first.unit} of {name.of} by {first.provider}", first.unit), points)
        except ValueError as error:
            raise NoSeries(str(error)) from error
        if series is None:
            raise NoSeries(f"figures of {name.metric} for {name.of} are neither all of a day nor all of a week")
        return series

    def _touched(self, name: SeriesName, control: SeriesName, event: Event) -> str:
        """Whether what is told of the control in these weeks tells of the own subjects too."""
        if control.kind is not SeriesKind.STORIES or str(name) == str(control):
            return ""
        ours = (
            self._subjects(name) if name.kind is SeriesKind.STORIES else self._subjects(SeriesName(SeriesKind.STORIES))
        )
        theirs = self._during(self._subjects(control), event)
        return touched_by(len(theirs & self._during(ours, event)), len(theirs), self._called(ours))

    def _during(self, subjects: Sequence[str], event: Event) -> set[str]:
        return {
            one.story
            for one in self._told
            if one.subject in subjects and event.start <= self._day(one.told_at) < event.end
        }

    def _subjects(self, name: SeriesName) -> tuple[str, ...]:
        """Whom a series of stories is about: the own subjects, all competitors, or the one that it names."""
        if name == _RIVALS:
            return tuple(one.id for one in self.settings.subjects if not one.own)
        return (name.of,) if name.of else tuple(one.id for one in self.settings.subjects if one.own)

    def _called(self, subjects: Sequence[str]) -> str:
        return joined([one.name for one in self.settings.subjects if one.id in subjects])

    def _event(self, activity: Activity) -> Event:
        return Event(activity.id, activity.name, self._day(activity.starts), activity.weeks)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    @cached_property
    def _first_day(self) -> date:
        """The first day that any activity asks for."""
        begun = [one for one in self.settings.activities if one.starts < self.now]
        return min(self._event(one).start for one in begun) - HISTORY * WEEK

    @cached_property
    def _told(self) -> tuple[ToldStory, ...]:
        whole = Interval(start_of(self._first_day, self.zone), self.now)
        (told,) = told_by_others(self.store, self.settings.subjects, whole)
        return told

    @cached_property
    def _found(self) -> dict[str, datetime]:
        return dict(self.store.first_found([one.id for one in self.settings.subjects]))

    @cached_property
    def _covered(self) -> CoveredDays:
        sources = [one.id for one in self.settings.sources]
        return CoveredDays(self.store, sources, self._first_day, self._day(self.now) + DAY, self.zone)


_RIVALS = SeriesName(SeriesKind.STORIES, "*")
"""The stories about all competitors together."""
