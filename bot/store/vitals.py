"""What whoever watches over Heard asks of the store: few rows each, however much is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.model import PollReport
from bot.model.vitals import Backlog, PollTally, TaskMark
from bot.store.connection import Base
from bot.store.session import Session
from bot.store.sql import vitals as sql
from bot.store.values import moment_of, moment_or_none, stamp, stamp_or_none

KEEP_MARKS = timedelta(days=7)
"""How long a host that is gone is remembered; a container has a new name each time."""
MOST_COUNTED = 1_000
"""So many at most are counted of what waits: whoever asks wants to know whether it is kept up with."""


class Vitals(Base):
    """What :class:`bot.ports.vital_store.VitalStore` asks."""

    def mark_tasks(self, marks: Sequence[TaskMark], now: datetime) -> None:
        """Writes these marks over older ones of the same host and task; hosts that are long gone are forgotten."""
        with self._write() as db:
            for mark in marks:
                values = {
                    "host": mark.host,
                    "task": mark.task,
                    "every": mark.every.total_seconds(),
                    "at": stamp(mark.at),
                    "took": None if mark.took is None else mark.took.total_seconds(),
                    "succeeded_at": stamp_or_none(mark.succeeded_at),
                }
                db.execute(sql.MARK, values)
            # A mark from beyond was written while the clock ran ahead, and would call everything after it late or
            # never.
            db.execute(sql.FORGET_MARKS, {"before": stamp(now - KEEP_MARKS), "beyond": stamp(now + KEEP_MARKS)})

    def task_marks(self) -> tuple[TaskMark, ...]:
        """Every host's marks."""
        with self._read() as db:
            rows = db.execute(sql.MARKS).fetchall()
        return tuple(
            TaskMark(
                row["host"],
                row["task"],
                timedelta(seconds=row["every"]),
                moment_of(row["at"]),
                None if row["took"] is None else timedelta(seconds=row["took"]),
                moment_or_none(row["succeeded_at"]),
            )
            for row in rows
        )

    def touch(self) -> None:
        """Writes a row as it is. Raises StoreError where the database cannot be written, for want of room or rights."""
        with self._write() as db:
            db.execute(sql.TOUCH, {})

    def poll_tallies(self) -> tuple[PollTally, ...]:
        """Polls of each source since the beginning, by how they ended."""
        with self._read() as db:
            return tuple(PollTally(*row) for row in db.execute(sql.POLL_TALLIES).fetchall())

    def unscored_backlog(self) -> Backlog:
        """Mentions that wait for their score, counted up to :data:`MOST_COUNTED`; when the oldest was collected."""
        with self._read() as db:
            row = db.execute(sql.UNSCORED, {"most": MOST_COUNTED}).fetchone()
        return Backlog(row["number"], moment_or_none(row["oldest"]))

    def unsent_backlog(self, now: datetime) -> Backlog:
        """Deliveries whose time has come and that have not arrived; since when the oldest is due."""
        with self._read() as db:
            row = db.execute(sql.UNSENT, {"now": stamp(now)}).fetchone()
        return Backlog(row["number"], moment_or_none(row["oldest"]))

    def rechecks_due(self, now: datetime) -> Mapping[str, Backlog]:
        """By platform: items that it should have been asked about by now and that nobody has in hand, counted up to
        :data:`MOST_COUNTED`; since when the oldest is due.
        """
        with self._read() as db:
            rows = db.execute(sql.RECHECKS_DUE, {"now": stamp(now), "most": MOST_COUNTED}).fetchall()
        return {row["platform"]: Backlog(row["number"], moment_or_none(row["oldest"])) for row in rows}

    def deliveries_counted(self) -> Mapping[tuple[str, str], int]:
        """How many deliveries there are, by channel and state."""
        with self._read() as db:
            return {(row["channel"], row["state"]): row["number"] for row in db.execute(sql.DELIVERIES).fetchall()}

    def leaks_counted(self) -> Mapping[str, int]:
        """How many leaks of each offer's codes were told."""
        with self._read() as db:
            return {row["offer"]: row["number"] for row in db.execute(sql.LEAKS).fetchall()}

    def raised_counted(self, since: datetime) -> Mapping[str, int]:
        """How many alerts of each rule were raised since then."""
        with self._read() as db:
            return {row["rule"]: row["number"] for row in db.execute(sql.RAISED, {"since": stamp(since)}).fetchall()}


def count_poll(db: Session, report: PollReport) -> None:
    """Adds a poll to its source's tallies; inside the caller's transaction."""
    db.execute(
        sql.COUNT_POLL,
        {
            "source": report.target.source,
            "state": report.state.value,
            "error_kind": report.error_kind or "",
            "fetched": report.fetched,
            "new": report.new,
        },
    )
