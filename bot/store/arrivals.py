"""When things arrive at a target, by the hour: what "silent" is judged by. Inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.model import Item, Target, Unread
from bot.store.rows import target_values
from bot.store.session import Session
from bot.store.sql import notices as sql
from bot.store.values import from_json, to_json

KEPT = 400
"""Hours kept a target: months of a busy source, decades of a quiet one; about four kilobytes."""
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def note_arrivals(db: Session, target: Target, items: Iterable[Item | Unread], now: datetime) -> None:
    """Adds the hours in which items were published, whether they name a subject or not; the newest are kept."""
    latest = _hour_of(now)
    found = {_hour_of(item.published_at) for item in items if item.published_at is not None}
    found = {hour for hour in found if 0 <= hour <= latest}
    if not found:
        return
    row = db.execute(sql.ARRIVALS_OF, target_values(target)).fetchone()
    known = set(from_json(row["hours"])) if row is not None else set()
    kept = sorted(hour for hour in known | found if hour <= latest)[-KEPT:]
    if set(kept) != known:
        db.execute(sql.SET_ARRIVALS, target_values(target) | {"hours": to_json(kept)})


def moments(hours: str) -> tuple[datetime, ...]:
    """The hours of a row as times, oldest first."""
    return tuple(_EPOCH + hour * _HOUR for hour in from_json(hours))


def _hour_of(moment: datetime) -> int:
    return (moment - _EPOCH) // _HOUR
