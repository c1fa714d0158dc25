"""What whoever watches over Heard asks of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.model.vitals import Backlog, PollTally, TaskMark


class VitalStore(Protocol):
    """Marks of tasks, tallies of polls, what waits; few rows each, however much is stored."""

    def mark_tasks(self, marks: Sequence[TaskMark], now: datetime) -> None:
        """Writes these marks over older ones of the same host and task; hosts that are long gone are forgotten."""
        ...

    def task_marks(self) -> tuple[TaskMark, ...]:
        """Every host's marks."""
        ...

    def touch(self) -> None:
        """Writes, and changes nothing. Raises StoreError where the database cannot be written."""
        ...

    def poll_tallies(self) -> tuple[PollTally, ...]:
        """Polls of each source since the beginning, by how they ended."""
        ...

    def unscored_backlog(self) -> Backlog:
        """Mentions that wait for their score, not all of them counted; when the oldest was collected."""
        ...

    def unsent_backlog(self, now: datetime) -> Backlog:
        """Deliveries whose time has come and that have not arrived; since when the oldest is due."""
        ...

    def rechecks_due(self, now: datetime) -> Mapping[str, Backlog]:
        """By platform: items that it should have been asked about by now, not all of them counted."""
        ...

    def deliveries_counted(self) -> Mapping[tuple[str, str], int]:
        """How many deliveries there are, by channel and state."""
        ...

    def leaks_counted(self) -> Mapping[str, int]:
        """How many leaks of each offer's codes were told."""
        ...

    def raised_counted(self, since: datetime) -> Mapping[str, int]:
        """How many alerts of each rule were raised since then."""
        ...
