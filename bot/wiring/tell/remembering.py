"""How much was said over time, wired: a digest's window beside the one before, the same weekday, and the days."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.digest.content.health import covered_share
from bot.digest.content.volume import DAYS, WEEKS, History
from bot.digest.sending.windows import days_in, start_of_day
from bot.model import Interval, Period, Report, Target, Window
from bot.store.verbs import HeardStore
from bot.wiring.listen.listening import QUIET_COVERAGE

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


def history(
    store: HeardStore,
    targets: Collection[Target],
    own: Collection[str],
    report: Report,
    window: Window,
    before: Window,
    kept_since: datetime | None = None,
) -> History:
    """Stories by others about the ``own`` subjects in the window, the one before, the same days of the weeks before
    (for a day's digest) and on each day; each with whether the ``targets`` were looked at throughout.

    ``kept_since``: of what was collected before then the numbers are gone, so that no count of that time is whole.
    """
    first, last = days_in(window)
    zone = window.timezone
    weeks = range(1, WEEKS + 1) if report.period is Period.DAY else ()
    shifted = [_stretch(first - week * _WEEK, last - week * _WEEK, zone) for week in weeks]
    days = [last - place * _DAY for place in reversed(range(max(DAYS[report.period], (last - first).days + 1)))]
    stretches = [window.interval, before.interval, *shifted, *(_stretch(day, day, zone) for day in days)]
    counted = store.tone_counts(own, stretches)
    covered = store.covered(min(one.start for one in stretches), window.end)
    now, then, *rest = (
        replace(one, looked=_is_kept(one.stretch, kept_since) and _looked(one.stretch, targets, covered))
        for one in counted
    )
    weeks_before, each_day = rest[: len(shifted)], rest[len(shifted) :]
    real = tuple(one for one in each_day if one.stretch.start < one.stretch.end)  # a zone may have skipped a day
    return History(now, then, tuple(weeks_before), real)


def _stretch(first: date, last: date, zone: str) -> Interval:
    return Interval(start_of_day(first, zone), start_of_day(last + _DAY, zone))


def _is_kept(stretch: Interval, since: datetime | None) -> bool:
    return since is None or stretch.start >= since


def _looked(stretch: Interval, targets: Collection[Target], covered: Mapping[Target, Sequence[Interval]]) -> bool:
    """Whether each source covered so much of it that a low count means something."""
    shares: dict[str, list[float]] = {}
    for target in targets:
        shares.setdefault(target.source, []).append(covered_share(covered.get(target, ()), stretch))
    return bool(shares) and all(sum(found) / len(found) >= QUIET_COVERAGE for found in shares.values())
