"""Whether the bot's tasks run as they should, judged by their marks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from bot.model.vitals import TaskMark

BEAT = "beat"
"""The task that writes the marks of all the others down."""
BEAT_GRACE = timedelta(seconds=75)
"""How late the beat may be: a database that is busy for a minute is no dead bot."""
GRACE = timedelta(minutes=15)
"""How late any other task may be: a backlog takes a while, and a slow host holds up a round of polls for a minute."""


def latest(marks: Iterable[TaskMark]) -> Mapping[str, TaskMark]:
    """Each task's newest mark, of whichever host: what several workers share is done when one of them does it."""
    found: dict[str, TaskMark] = {}
    for mark in marks:
        known = found.get(mark.task)
        if known is None or known.at < mark.at:
            found[mark.task] = mark
    return found


def late(marks: Iterable[TaskMark], now: datetime) -> tuple[str, ...]:
    """The tasks that should have run again by now, by name."""
    return tuple(sorted(mark.task for mark in latest(marks).values() if mark.at < now - mark.every - _grace(mark)))


def _grace(mark: TaskMark) -> timedelta:
    return BEAT_GRACE if mark.task == BEAT else GRACE


class Pulse:
    """What the tasks of one bot did last, in memory; safe to use from several threads."""

    def __init__(self, host: str, every: Mapping[str, float], now: Callable[[], datetime]) -> None:
        self._now = now
        begun = now()
        self._marks = {task: TaskMark(host, task, timedelta(seconds=pause), begun) for task, pause in every.items()}
        self._lock = Lock()

    def ran(self, task: str, began: datetime, *, well: bool) -> None:
        """Notes that a run of the task, which ``began`` then, has ended now."""
        now = self._now()
        with self._lock:
            mark = self._marks[task]
            succeeded_at = now if well else mark.succeeded_at
            self._marks[task] = replace(mark, at=now, took=max(now - began, timedelta()), succeeded_at=succeeded_at)

    def marks(self) -> tuple[TaskMark, ...]:
        """Every task's mark."""
        with self._lock:
            return tuple(self._marks.values())
