"""The outbox: a digest, the marks on what it told and its pending deliveries are one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from sqlite3 import Row

from sqlite_utils import Database

from bot.errors import Outdated
from bot.model import (
    LATE_WITHIN,
    Audience,
    Delivery,
    DeliveryState,
    Digest,
    ScoredMention,
    Window,
)
from bot.store.read import Reading
from bot.store.rows import Values
from bot.store.sql import outbox as sql
from bot.store.sql.read import UNTOLD
from bot.store.values import LATEST, from_json, moment_of, moment_or_none, stamp, stamp_or_none, to_json


class Outbox(Reading):
    """Digests and their deliveries; whatever is written here survives a power cut."""

    def digest_for(self, report: str, window: Window) -> Digest | None:
        """The digest of that report and window, if it was published."""
        with self._read() as db:
            return _digest(db, db.execute(sql.DIGEST_FOR, {"report": report} | _window_values(window)).fetchone())

    def last_digest(self, report: str) -> Digest | None:
        """The latest window's digest of a report."""
        with self._read() as db:
            return _digest(db, db.execute(sql.LAST_DIGEST, {"report": report}).fetchone())

    def digest(self, digest_id: str) -> Digest | None:
        """One digest by id."""
        with self._read() as db:
            return _digest(db, db.execute(sql.DIGEST, {"id": digest_id}).fetchone())

    def untold(self, report: str, window: Window) -> Iterator[ScoredMention]:
        """Scored mentions that this report has not told, of the window or ``late``, newest first."""
        with self._read() as db:
            first = db.execute(sql.FIRST_DIGEST, {"report": report}).fetchone()
        wanted = {
            "report": report,
            "late_since": stamp(window.start - LATE_WITHIN),
            "late_told": first["window_start"] or LATEST,
            "late_collected": first["created_at"] or LATEST,
        }
        end = stamp(window.end)
        for found in self._pages(UNTOLD, wanted | _window_values(window), end):
            if isinstance(found, ScoredMention):
                yield replace(found, late=found.mention.told_at < window.start)

    def publish(self, digest: Digest, deliveries: Sequence[Delivery]) -> Digest:
        """Digest row, marks on what it tells and pending deliveries, in one transaction; the first one wins."""
        with self._write(durable=True) as db:
            if db.execute(sql.ADD_DIGEST, _digest_values(digest)).fetchone() is not None:
                for position, mention in enumerate(dict.fromkeys(digest.mentions)):
                    _tell(db, digest, mention, position)
                for delivery in deliveries:
                    db.execute(sql.ADD_DELIVERY, delivery_values(delivery))
            key = {"report": digest.report} | _window_values(digest.window)
            return _digest_of(db, db.execute(sql.DIGEST_FOR, key).fetchone())

    def digests(self, limit: int) -> tuple[tuple[Digest, tuple[Delivery, ...]], ...]:
        """Digests with their deliveries, newest first."""
        with self._read() as db:
            rows = db.execute(sql.DIGESTS, {"limit": limit}).fetchall()
            return tuple((_digest_of(db, row), _deliveries(db, row["id"])) for row in rows)

    def claim_deliveries(self, now: datetime, limit: int, stale_before: datetime) -> tuple[Delivery, ...]:
        """Due deliveries, marked ``sending``. One whose sender fell silent before ``stale_before`` is ``in_doubt``."""
        wanted = {"now": stamp(now), "limit": limit, "stale_before": stamp(stale_before)}
        with self._write(durable=True) as db:
            claimed = [delivery_of(row) for row in db.execute(sql.CLAIM, wanted)]
        return tuple(sorted(claimed, key=lambda delivery: delivery.id))

    def settle_delivery(self, delivery: Delivery) -> None:
        """Writes a delivery's state, attempts, next attempt, sent time and error."""
        with self._write(durable=True) as db:
            db.execute(sql.SETTLE, delivery_values(delivery))


def _tell(db: Database, digest: Digest, mention: str, position: int) -> None:
    mark = {"report": digest.report, "digest": digest.id, "mention": mention, "position": position}
    if db.execute(sql.TELL, mark).fetchone() is None:
        raise Outdated(f"Mention {mention} was told by another digest of '{digest.report}' meanwhile, or is gone.")


def _window_values(window: Window) -> Values:
    return {"window_start": stamp(window.start), "window_end": stamp(window.end)}


def _digest_values(digest: Digest) -> Values:
    return _window_values(digest.window) | {
        "id": digest.id,
        "report": digest.report,
        "audience": digest.audience.value,
        "timezone": digest.window.timezone,
        "subject_line": digest.subject_line,
        "body": to_json(digest.body),
        "created_at": stamp(digest.created_at),
    }


def _digest(db: Database, row: Row | None) -> Digest | None:
    return None if row is None else _digest_of(db, row)


def _digest_of(db: Database, row: Row) -> Digest:
    return Digest(
        id=row["id"],
        report=row["report"],
        audience=Audience(row["audience"]),
        window=Window(moment_of(row["window_start"]), moment_of(row["window_end"]), row["timezone"]),
        subject_line=row["subject_line"],
        body=from_json(row["body"]),
        created_at=moment_of(row["created_at"]),
        mentions=tuple(told["mention"] for told in db.execute(sql.TOLD, {"digest": row["id"]})),
    )


def _deliveries(db: Database, digest: str) -> tuple[Delivery, ...]:
    return tuple(delivery_of(row) for row in db.execute(sql.DELIVERIES, {"digest": digest}))


def delivery_values(delivery: Delivery) -> Values:
    """A delivery's row."""
    return {
        "id": delivery.id,
        "digest": delivery.digest or None,
        "notice": delivery.notice,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "key": delivery.key,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_attempt_at": stamp_or_none(delivery.next_attempt_at),
        "sent_at": stamp_or_none(delivery.sent_at),
        "error": delivery.error,
    }


def delivery_of(row: Row) -> Delivery:
    """A row's delivery."""
    return Delivery(
        id=row["id"],
        digest=row["digest"] or "",
        notice=row["notice"],
        channel=row["channel"],
        recipient=row["recipient"],
        key=row["key"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_attempt_at=moment_or_none(row["next_attempt_at"]),
        sent_at=moment_or_none(row["sent_at"]),
        error=row["error"],
    )
