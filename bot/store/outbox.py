"""The outbox: a digest, the marks on what it told and its pending deliveries are one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

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
from bot.model.digest import LONGEST_WAIT, Attempt
from bot.store.erasure.meanwhile import expect_nothing_erased
from bot.store.erasure.redaction import mentions_in
from bot.store.read import Reading
from bot.store.rows import Values
from bot.store.session import Row, Session
from bot.store.sql import outbox as sql
from bot.store.sql.read import UNTOLD
from bot.store.values import LATEST, from_json, moment_of, moment_or_none, stamp, stamp_or_none, to_json

LOGGED = 30
"""Attempts that are remembered of one delivery; it is given up after fewer."""
LOGGED_FOR = timedelta(days=90)


class Outbox(Reading):
    """Digests and their deliveries; whatever is written here survives a power cut."""

    def digest_for(self, report: str, window: Window) -> Digest | None:
        """The digest of that report and window, if it was published."""
        with self._read() as db:
            return _digest(db, db.execute(sql.DIGEST_FOR, {"report": report} | _window_values(window)).fetchone())

    def last_digest(self, report: str, before: datetime | None = None) -> Digest | None:
        """The latest window's digest of a report, of those that ended by ``before``."""
        wanted = {"report": report, "before": LATEST if before is None else stamp(before)}
        with self._read() as db:
            return _digest(db, db.execute(sql.LAST_DIGEST, wanted).fetchone())

    def digest(self, digest_id: str) -> Digest | None:
        """One digest by id."""
        with self._read() as db:
            return _digest(db, db.execute(sql.DIGEST, {"id": digest_id}).fetchone())

    def untold(self, report: str, window: Window, *, again: bool = False) -> Iterator[ScoredMention]:
        """Scored mentions that this report has not told, of the window or ``late``, newest first."""
        told = {"report": report, "told_before": stamp(window.start) if again else LATEST}
        with self._read() as db:
            first = db.execute(sql.FIRST_DIGEST, told).fetchone()
        wanted = told | {
            "late_since": stamp(window.start - LATE_WITHIN),
            "late_told": first["window_start"] or LATEST,
            "late_collected": first["created_at"] or LATEST,
        }
        end = stamp(window.end)
        for found in self._pages(UNTOLD, wanted | _window_values(window), end):
            if isinstance(found, ScoredMention):
                yield replace(found, late=found.mention.told_at < window.start)

    def publish(self, digest: Digest, deliveries: Sequence[Delivery], erasures: int | None = None) -> Digest:
        """Digest row, marks on what it tells and pending deliveries, in one transaction; the first one wins.

        Raises Outdated where what it tells was erased after the log had that many ``erasures``.
        """
        with self._write(durable=True) as db:
            if db.execute(sql.ADD_DIGEST, _digest_values(digest)).fetchone() is not None:
                for position, mention in enumerate(dict.fromkeys(digest.mentions)):
                    _tell(db, digest, mention, position)
                for delivery in deliveries:
                    db.execute(sql.ADD_DELIVERY, delivery_values(delivery))
                # Whom a leak was seen with stands in a line that names no mention: there any erasure counts.
                named = None if _tells_of_leaks(digest) else {*digest.mentions, *mentions_in(digest.body)}
                expect_nothing_erased(db, erasures, named)
            key = {"report": digest.report} | _window_values(digest.window)
            return digest_of(db, db.execute(sql.DIGEST_FOR, key).fetchone())

    def digests(self, limit: int, after: str | None = None) -> tuple[tuple[Digest, tuple[Delivery, ...]], ...]:
        """Digests with their deliveries, newest first; those that follow the digest ``after`` in that order."""
        with self._read() as db:
            rows = db.execute(sql.DIGESTS, {"limit": limit, "after": after}).fetchall()
            return tuple((digest_of(db, row), deliveries_of(db, row["id"])) for row in rows)

    def digests_of(self, report: str, limit: int) -> tuple[Digest, ...]:
        """A report's digests, the newest window first."""
        with self._read() as db:
            rows = db.execute(sql.DIGESTS_OF, {"report": report, "limit": limit}).fetchall()
            return tuple(digest_of(db, row) for row in rows)

    def feed_turn(self, report: str, *, anew: bool = False) -> int:
        """Which turn the address of a report's feed is in, the first from now on if it had none; ``anew``: the next."""
        with self._write(durable=True) as db:
            return int(db.execute(sql.ADD_FEED, {"report": report, "more": int(anew)}).fetchone()["turn"])

    def feed_turns(self) -> Mapping[str, int]:
        """The reports whose feed has an address, and the turn of each."""
        with self._read() as db:
            return {row["report"]: int(row["turn"]) for row in db.execute(sql.FEED_TURNS)}

    def claim_deliveries(self, now: datetime, limit: int, stale_before: datetime) -> tuple[Delivery, ...]:
        """Due deliveries, marked ``sending``. One whose sender fell silent before ``stale_before`` is ``in_doubt``, and
        what that one did counts as an attempt. What a clock that ran ahead dated beyond any wait is due.
        """
        wanted = {"now": stamp(now), "limit": limit, "stale_before": stamp(stale_before)}
        wanted["beyond"] = stamp(now + LONGEST_WAIT)
        with self._write(durable=True) as db:
            claimed = [delivery_of(row) for row in db.execute(sql.CLAIM, wanted)]
        return tuple(sorted(claimed, key=lambda delivery: delivery.id))

    def settle_delivery(
        self, delivery: Delivery, attempt: Attempt | None = None, instead: Sequence[Delivery] = ()
    ) -> tuple[Delivery, ...]:
        """Writes a delivery's state, attempts, next attempt, sent time and error, with a line in the log of attempts.

        ``instead`` are deliveries by another channel, written in the same transaction; those that were, returned. One
        is left out where that recipient has, or is still to get, the same digest or notice by any channel.
        """
        with self._write(durable=True) as db:
            db.execute(sql.SETTLE, delivery_values(delivery))
            if attempt is not None:
                _log(db, delivery.id, attempt)
            rows = (db.execute(sql.ADD_INSTEAD, delivery_values(one)).fetchone() for one in instead)
            return tuple(delivery_of(row) for row in rows if row is not None)

    def deliveries_of(self, digest: str) -> tuple[Delivery, ...]:
        """A digest's deliveries, by channel and recipient."""
        with self._read() as db:
            return deliveries_of(db, digest)

    def attempts(self, digest: str) -> Mapping[str, tuple[Attempt, ...]]:
        """The log of a digest's deliveries, by delivery, oldest first; the last few attempts of the last months."""
        found: dict[str, list[Attempt]] = {}
        with self._read() as db:
            for row in db.execute(sql.ATTEMPTS, {"digest": digest}):
                tried = Attempt(moment_of(row["at"]), DeliveryState(row["state"]), row["error"])
                found.setdefault(row["delivery"], []).append(tried)
        return {delivery: tuple(tried) for delivery, tried in found.items()}


def _log(db: Session, delivery: str, attempt: Attempt) -> None:
    line = {"delivery": delivery, "at": stamp(attempt.at), "state": attempt.state.value, "error": attempt.error}
    db.execute(sql.LOG, line)
    db.execute(sql.FORGET_BEYOND, {"delivery": delivery, "most": LOGGED})
    db.execute(sql.FORGET_BEFORE, {"before": stamp(attempt.at - LOGGED_FOR)})


def _tells_of_leaks(digest: Digest) -> bool:
    return any(row.get("leaks") for row in digest.body.get("redemptions") or ())


def _tell(db: Session, digest: Digest, mention: str, position: int) -> None:
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


def _digest(db: Session, row: Row | None) -> Digest | None:
    return None if row is None else digest_of(db, row)


def digest_of(db: Session, row: Row) -> Digest:
    """A row's digest."""
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


def deliveries_of(db: Session, digest: str) -> tuple[Delivery, ...]:
    """A digest's deliveries."""
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
        "instead": delivery.instead,
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
        instead=row["instead"],
    )
