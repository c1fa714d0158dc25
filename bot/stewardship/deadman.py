"""When the address outside may hear that all is well."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.model.vitals import TaskMark
from bot.stewardship.vitals import BEAT, GRACE, latest

NEEDED = ("collect", "score", "deliver", BEAT)
"""What a listening bot cannot do without; the beat shows that the database takes what is written."""


def not_well(marks: Iterable[TaskMark], now: datetime) -> tuple[str, ...]:
    """The needed tasks that have not ended a run well lately, by name."""
    known = latest(marks)
    return tuple(task for task in NEEDED if task not in known or not _is_well(known[task], now))


def is_time(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether the next ping is due; also where the clock was set back since the last."""
    return last is None or not last <= now < last + every


def _is_well(mark: TaskMark, now: datetime) -> bool:
    return mark.succeeded_at is not None and mark.succeeded_at >= now - mark.every - GRACE
