"""What the restore of a backup left to be decided."""

from __future__ import annotations

from datetime import datetime

from bot.model import Interval
from bot.store.connection import Base
from bot.store.sql import restored as sql
from bot.store.values import moment_of, stamp


class AfterRestore(Base):
    """Held deliveries, and the last restore."""

    def restored(self) -> Interval | None:
        """From when the last restored backup was to when it was restored: what was done then is not known here."""
        with self._read() as db:
            told = {row["name"]: moment_of(row["value"]) for row in db.execute(sql.RESTORED)}
        if len(told) < len(("restored_from", "restored_at")) or told["restored_at"] <= told["restored_from"]:
            return None
        return Interval(told["restored_from"], told["restored_at"])

    def release_held(self, report: str | None, now: datetime) -> int:
        """Lets the held deliveries of a report (None: of notices) go out; how many."""
        with self._write(durable=True) as db:
            statement = sql.RELEASE_NOTICES if report is None else sql.RELEASE
            values = {"now": stamp(now)} | ({} if report is None else {"report": report})
            return int(db.execute(statement, values).rowcount)
