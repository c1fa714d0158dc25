"""Voices, wired: the own subjects' share of what is said, and what came after an activity.

The statistics bring numpy and statsmodels, which few commands need, so that they are imported where they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.impact.share_of_voice import HISTORY, Told, share_of_voice
from bot.impact.voice_alike import Ground, common_ground
from bot.model import Interval, Query, Target
from bot.model.impact import Activity, Lift, SeriesKind, SeriesName, ShareOfVoice
from bot.ports import Clock, Connector
from bot.store.verbs import HeardStore
from bot.wiring.impact.looks import limits_of, looks_at, told_by_others
from config.settings import Settings


class Voices:
    """The statistician of one configuration's share of voice and lifts."""

    def __init__(
        self,
        settings: Settings,
        store: HeardStore,
        clock: Clock,
        queries: tuple[Query, ...],
        connectors: Mapping[Target, Connector],
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._queries = queries
        self._targets = tuple(connectors)

    def share_of_voice(
        self, window: Interval, previous: Interval | None = None, *, source: str | None = None
    ) -> ShareOfVoice:
        """Own subjects against competitors in stories by others, at all sources that are alike or ``source`` alone."""
        store, subjects = self._store, self._settings.subjects
        if len({one.own for one in subjects}) < 2:  # noqa: PLR2004 own ones and others: nothing needs to be read
            return share_of_voice(subjects, Told((), None, ()), Ground(()), window)
        history = Interval(window.end - HISTORY, window.end)
        span = Interval(min(history.start, previous.start if previous else window.start), window.end)
        looks = looks_at(self._settings, store, self._queries, self._targets, span, window, source=source)
        first, limits = store.first_found([one.id for one in subjects]), limits_of(self._queries)
        ground = common_ground(subjects, looks, window, first_found=first, limits=limits)
        now, earlier, *before = told_by_others(store, subjects, window, history, *([previous] if previous else []))
        return share_of_voice(subjects, Told(now, next(iter(before), None), earlier), ground, window, previous)

    def lifts(self, as_of: datetime | None = None, *, due: Interval | None = None) -> tuple[Lift, ...]:
        """What came after each configured activity that has begun, as of now or of ``as_of``, oldest activity first.

        With ``due`` only of those whose planned weeks ended in that window: each is news once.
        """
        now = as_of or self._clock.now()
        zone = ZoneInfo(self._settings.timezone)
        begun = [one for one in self._settings.activities if one.starts < now]
        begun = [one for one in begun if due is None or _ended(one, due, zone)]
        if not begun:
            return ()
        from bot.wiring.impact.lift_cases import LiftCases  # noqa: PLC0415 see above

        cases = LiftCases(self._settings, self._store, now, zone)
        return tuple(cases.lift(one) for one in sorted(begun, key=lambda one: (one.starts, one.id)))


def _ended(activity: Activity, window: Interval, zone: ZoneInfo) -> bool:
    """Whether its planned weeks were over first in the window, at its very end included.

    Figures that come by the week have weeks of their own, the last of which may end up to six days later.
    """
    weekly = any(
        name and SeriesName.parse(name).kind is SeriesKind.OBSERVED for name in (activity.series, activity.control)
    )
    last = activity.starts.astimezone(zone).date() + timedelta(weeks=activity.weeks, days=6 if weekly else 0)
    return window.start < datetime.combine(last, time(0), tzinfo=zone) <= window.end
