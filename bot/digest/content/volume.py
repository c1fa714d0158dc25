"""How much was said: against the period before and the same days of the weeks before, and day by day. Pure.

Counts are compared as counts: a change in per cent is told only where both sides have enough stories for one, and what
is usual on a weekday only where enough of those days were looked at throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from bot.digest import wording
from bot.digest.content.activities import done_text, marks_of
from bot.digest.content.links import Links
from bot.digest.figures import change_percent, count
from bot.digest.sending.windows import days_in
from bot.model import Period, Report, Window
from bot.model.digest import ToneCount
from bot.model.impact import Activity
from bot.phrases import plural

WEEKS = 4
"""Weeks back that the same weekday is compared with."""
LEAST_WEEKS = 3
"""Of those, the fewest that must have been looked at throughout."""
DAYS = {Period.DAY: 28, Period.WEEK: 56, Period.MONTH: 92}
"""Local days that the chart shows, by a digest's period."""
CHART = "volume"
LEAST_DAYS = 4
"""Fewer days are read faster in words than off a chart."""


@dataclass(frozen=True, slots=True)
class History:
    """Stories by others over time: in the window, the one before, the same days of the weeks before (the last week
    first; none but for a day's digest), and on each local day up to the window's end, oldest first.
    """

    now: ToneCount
    before: ToneCount
    weeks: tuple[ToneCount, ...] = ()
    days: tuple[ToneCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: the counts of the stretches that were looked at throughout, of ``asked`` in all."""

    counts: tuple[int, ...]
    asked: int

    @property
    def median(self) -> float | None:
        """The middle one; None where too few were looked at to say."""
        return median(self.counts) if len(self.counts) >= LEAST_WEEKS else None


def volume_row(
    history: History | None,
    report: Report,
    window: Window,
    before: str,
    activities: Sequence[Activity],
    links: Links,
    *,
    unlooked: str = "",
    unlooked_before: str = "",
) -> dict[str, Any] | None:
    """Counts and their comparison in figures and words; None where nothing is known. ``before`` names that period.

    ``unlooked`` and ``unlooked_before`` say of a time that hardly any of it was looked at.
    """
    if history is None:
        return None
    usual, days = _usual(history.weeks, "stories"), known_days(history.days)
    return {
        "stories": history.now.stories,
        "negative": history.now.negative,
        "looked": history.now.looked,
        "previous": {
            "stories": history.before.stories,
            "negative": history.before.negative,
            "looked": history.before.looked,
        },
        "weekdays": None if not history.weeks else {
            "stories": list(usual.counts),
            "median": usual.median,
            "asked": usual.asked,
        },
        "text": _now_words(history, before, unlooked, unlooked_before),
        "weekdays_text": _weekday_words(history, window) if report.period is Period.DAY else "",
        "days_text": _day_words(days, window.timezone),
        "done_text": done_text(activities, _span(days, window), window.timezone),
        "evidence": links.mentions(window),
    }  # fmt: skip


def volume_chart(history: History | None, activities: Sequence[Activity], timezone: str) -> dict[str, Any] | None:
    """The chart of the days as data, for mail, page and export alike; None where there are few."""
    days = () if history is None else known_days(history.days)
    if len(days) < LEAST_DAYS:
        return None
    zone = ZoneInfo(timezone)
    first, last = (_day(days[place], zone) for place in (0, -1))
    return {
        "name": CHART,
        "kind": "days",
        "title": "Stories by others a day",
        "alt": f"A bar for each day, {wording.days_label(first, last)}: stories by others and their tone.",
        "unit": "stories",
        "days": [
            {
                "day": _day(one, zone).isoformat(),
                "negative": one.negative,
                "neutral": one.neutral,
                "positive": one.positive,
                "unknown": one.unknown,
                "looked": one.looked,
            }
            for one in days
        ],
        "marks": marks_of(activities, first, last, timezone),
    }


def known_days(days: Sequence[ToneCount]) -> tuple[ToneCount, ...]:
    """The days from the first of which anything is known; before it Heard was not there."""
    begun = next((place for place, one in enumerate(days) if one.looked or one.stories), len(days))
    return tuple(days[begun:])


def _usual(stretches: Sequence[ToneCount], what: str) -> Usual:
    return Usual(tuple(getattr(one, what) for one in stretches if one.looked), len(stretches))


def _now_words(history: History, before: str, unlooked: str, unlooked_before: str) -> str:
    """``20 stories by others, 6 of them negative. Mon 13 July: 17, 3 negative.``"""
    now, then = history.now, history.before
    told = f"{'At least ' if not now.looked else ''}{plural(now.stories, 'story', 'stories')} by others"
    if not now.stories:
        told = "No story by others was found" + ("" if now.looked else ", and not everything was looked at")
    told += f", {_negative_words(now)}." if now.stories else "."
    if not now.stories and unlooked:
        told = f"{unlooked.capitalize()}, so how much was said is not known."
    if not then.stories and unlooked_before:
        return f"{told} {before}: {unlooked_before}."
    if not then.looked:
        return f"{told} {before}: {count(then.stories)}, but not everything was looked at then."
    if not then.stories:
        return f"{told} {before}: none."
    change = change_percent(now.stories, then.stories) if now.looked else ""
    return f"{told} {before}: {count(then.stories)}, {count(then.negative)} negative{f' ({change})' if change else ''}."


def _negative_words(now: ToneCount) -> str:
    """``6 of them negative``; that none is, is said beside how many have no tone yet."""
    unknown = f", {count(now.unknown)} not scored" if now.unknown else ""
    if now.stories == 1:
        return "a negative one" if now.negative else "not scored" if now.unknown else "not a negative one"
    return f"{count(now.negative)} of them negative" if now.negative else f"none of them negative{unknown}"


def _weekday_words(history: History, window: Window) -> str:
    """``The last 4 Tuesdays: 15 to 22, 18 in the middle; 1 to 4 negative.``"""
    first, last = days_in(window)
    name = f"{wording.weekday(first)}s" if first == last else f"{wording.weekday(first)}s to {wording.weekday(last)}s"
    usual, negative = _usual(history.weeks, "stories"), _usual(history.weeks, "negative")
    if usual.median is None or negative.median is None:
        seen = f"{len(usual.counts)} of the last {usual.asked} were looked at throughout"
        return f"Against other {name}: too few to say, {seen}." if usual.asked else ""
    weeks = f"The last {usual.asked} {name}"
    if len(usual.counts) < usual.asked:
        weeks = f"{len(usual.counts)} of the last {usual.asked} {name}, those looked at throughout"
    return f"{weeks}: {_range(usual)}; negative: {_range(negative)}."


def _range(usual: Usual) -> str:
    low, high = min(usual.counts), max(usual.counts)
    if low == high:
        return f"{count(low)} each"
    return f"{count(low)} to {count(high)}, median {usual.median:g}"


def _day_words(days: Sequence[ToneCount], timezone: str) -> str:
    """What the chart shows: how many days, the busiest, and how many were not fully looked at."""
    seen = [one for one in days if one.looked]
    if not seen:
        return ""
    zone = ZoneInfo(timezone)
    busiest = max(seen, key=lambda one: one.stories)
    told = f"The {plural(len(days), 'day')} to {wording.day_label(_day(days[-1], zone))}"
    if not busiest.stories:
        told += ": nothing by others on any day that was looked at"
    else:
        told += f": most on {wording.day_label(_day(busiest, zone))}, {plural(busiest.stories, 'story', 'stories')}"
    unseen = len(days) - len(seen)
    return told + (f"; {plural(unseen, 'day was', 'days were')} not fully looked at." if unseen else ".")


def _span(days: Sequence[ToneCount], window: Window) -> tuple[date, date]:
    """The first and last day that are told of."""
    zone = ZoneInfo(window.timezone)
    first, last = days_in(window)
    return (min(first, _day(days[0], zone)), last) if days else (first, last)


def _day(one: ToneCount, zone: ZoneInfo) -> date:
    return (one.stretch.start + timedelta(seconds=1)).astimezone(zone).date()
