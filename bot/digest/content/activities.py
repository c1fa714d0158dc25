"""What was done on purpose, as marks on every chart over time and as a line of words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.digest import wording
from bot.digest.plain import shorten
from bot.model.impact import Activity
from bot.phrases import joined

_NAME = 60
_MARK = 32
_NAMED = 5


def marks_of(activities: Sequence[Activity], first: date, last: date, timezone: str) -> list[dict[str, str]]:
    """A mark on the day on which each activity began, of those between two days."""
    return [
        {"day": day.isoformat(), "text": shorten(one.name, _MARK), "kind": shorten(one.kind, _MARK)}
        for one, day, _ in _within(activities, first, last, timezone)
        if day >= first
    ]


def done_text(activities: Sequence[Activity], span: tuple[date, date], timezone: str) -> str:
    """``Done in this time: Kitchen opens (press release, Tue 7 July).``; empty where nothing was."""
    done = list(_within(activities, *span, timezone))
    named = [
        f"{shorten(one.name, _NAME)} ({_kind(one)}{wording.days_label(day, end)})" for one, day, end in done[-_NAMED:]
    ]
    more = [f"{len(done) - _NAMED} earlier"] if len(done) > _NAMED else []
    return f"Done in this time: {joined([*more, *named])}." if named else ""


def _kind(one: Activity) -> str:
    """What kind of activity it is, unless its name says so."""
    kind = shorten(one.kind.replace("-", " "), _MARK)
    return "" if kind.casefold() in one.name.casefold() else f"{kind}, "


def _within(
    activities: Sequence[Activity], first: date, last: date, timezone: str
) -> Iterator[tuple[Activity, date, date]]:
    """Activities that touch the days, in order of their beginning, with their own first and last day."""
    zone = ZoneInfo(timezone)
    for one in sorted(activities, key=lambda activity: (activity.starts, activity.id)):
        begun = one.starts.astimezone(zone).date()
        ended = begun if one.ends is None else (one.ends - timedelta(microseconds=1)).astimezone(zone).date()
        if begun <= last and max(begun, ended) >= first:
            yield one, begun, max(begun, ended)
