"""Alerts: what days brought, what was raised, and what was told of it, each event once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from bot.errors import Outdated
from bot.model import OWNED, Delivery, Notice
from bot.model.alert import Alert, AlertKind, DayTold, Severity
from bot.ports import LocalDay
from bot.store.connection import Base
from bot.store.erasure.meanwhile import expect_nothing_erased
from bot.store.erasure.redaction import mentions_in
from bot.store.notices import notice_values
from bot.store.outbox import delivery_values
from bot.store.rows import Values
from bot.store.session import Row
from bot.store.sql import alerts as sql
from bot.store.sql.notices import ADD_NOTICE
from bot.store.sql.outbox import ADD_DELIVERY
from bot.store.sql.sightings import TELL as TELL_LEAK
from bot.store.values import (
    EARLIEST,
    LARGEST_INTEGER,
    LATEST,
    from_json,
    moment_of,
    moment_or_none,
    stamp,
    stamp_or_none,
    to_json,
    writable,
)


class Alerts(Base):
    """What :class:`bot.ports.AlertStore` asks."""

    def days_told(self, subject: str, days: Sequence[LocalDay], confidence: float) -> tuple[DayTold, ...]:
        """What others said of a subject on each of these days (one after the other), empty ones included."""
        if not days:
            return ()
        asked = {
            "subject": subject,
            "since": stamp(days[0].start),
            "until": stamp(days[-1].end),
            "owned": f'%"{OWNED}"%',
            "confidence": confidence,
        }
        with self._read() as db:
            rows = db.execute(sql.TOLD, asked).fetchall()
        owned = {row["story"] for row in rows if row["own"] and row["text"]}
        starts = [stamp(one.start) for one in days]
        told: list[list[Row]] = [[] for _ in days]
        for row in rows:
            if not row["own"] and row["story"] not in owned:
                told[bisect_right(starts, row["at"]) - 1].append(row)
        return tuple(_day_told(one.day, those) for one, those in zip(days, told, strict=True))

    def told_by_source(self, subject: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """How many mentions each source brought in the interval."""
        asked = {"subject": subject, "since": stamp(since), "until": stamp(until)}
        with self._read() as db:
            return {row["source"]: row["number"] for row in db.execute(sql.BY_SOURCE, asked)}

    def raise_alert(self, alert: Alert, erasures: int | None = None) -> Alert:
        """Keeps an alert; one of the same rule, subject and event is brought up to date. What was told of it stays.

        Raises Outdated where what it tells was erased after the log had that many ``erasures``.
        """
        values = _values(alert)
        with self._write(durable=True) as db:
            expect_nothing_erased(db, erasures, mentions_in(alert.body) or None)
            db.execute(sql.RAISE, values)
            return _alert_of(db.execute(sql.OF_EVENT, values).fetchone())

    def alerts(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        rule: str | None = None,
        limit: int | None = None,
    ) -> tuple[Alert, ...]:
        """Alerts raised in the interval, newest first."""
        asked = {
            "since": stamp_or_none(since) or EARLIEST,
            "until": stamp_or_none(until) or LATEST,
            "rule": rule,
            "limit": LARGEST_INTEGER if limit is None else limit,
        }
        with self._read() as db:
            return tuple(map(_alert_of, db.execute(sql.ALERTS, asked)))

    def alert(self, alert_id: str) -> Alert | None:
        """One alert by id."""
        with self._read() as db:
            row = db.execute(sql.ALERT, {"id": alert_id}).fetchone()
        return None if row is None else _alert_of(row)

    def last_told(self, rule: str, subject: str) -> datetime | None:
        """When people were told last of that rule and subject, however long ago."""
        with self._read() as db:
            row = db.execute(sql.LAST_TOLD, {"rule": rule, "subject": subject}).fetchone()
        return moment_or_none(row["told_at"])

    def tell_alerts(
        self,
        notice: Notice,
        alerts: Sequence[Alert],
        deliveries: Sequence[Delivery],
        last_told: datetime | None,
        leaks: Collection[tuple[str, str, str]] = (),
        erasures: int | None = None,
    ) -> None:
        """Notice, pending deliveries, marks on the alerts (and leaks' (offer, code, place)) it tells: one transaction.

        Raises Outdated when another process told something of that rule and subject since ``last_told``, or something
        was erased after the log had that many ``erasures``.
        """
        first = alerts[0]
        with self._write(durable=True) as db:
            expect_nothing_erased(db, erasures)
            asked = {"rule": first.rule, "subject": first.subject}
            if db.execute(sql.LAST_TOLD, asked).fetchone()["told_at"] != stamp_or_none(last_told):
                raise Outdated(f"Of the alert '{first.rule}' something was told by another notice meanwhile.")
            db.execute(ADD_NOTICE, notice_values(notice))
            for one in alerts:
                told = {"told_at": stamp(notice.created_at), "size": one.size, "id": one.id}
                db.execute(sql.TELL, told | {"notices": to_json([*one.notices, notice.id])})
            for offer, code, place in leaks:
                marks = {"offer": offer, "code": code, "place": place, "notice": notice.id}
                if db.execute(TELL_LEAK, marks).rowcount != 1:
                    raise Outdated(f"The leak of offer '{offer}' at {place} was told by another notice meanwhile.")
            for delivery in deliveries:
                db.execute(ADD_DELIVERY, delivery_values(delivery))


def _day_told(day: date, rows: Sequence[Row]) -> DayTold:
    return DayTold(
        day=day,
        stories=len({row["story"] for row in rows}),
        mentions=len(rows),
        toned=len({row["story"] for row in rows if row["tone"] is not None}),
        negative=len({row["story"] for row in rows if row["tone"] == "negative"}),
        contrary=len({row["story"] for row in rows if row["contrary"]}),
    )


def _values(alert: Alert) -> Values:
    return {
        "id": alert.id,
        "rule": alert.rule,
        "kind": alert.kind.value,
        "subject": alert.subject,
        "event": writable(alert.event),
        "day": alert.day.isoformat(),
        "last_day": alert.last_day.isoformat(),
        "severity": alert.severity.value,
        "count": alert.count,
        "size": alert.size,
        "expected": alert.expected,
        "p": alert.p,
        "body": to_json(alert.body),
        "raised_at": stamp(alert.raised_at),
        "updated_at": stamp(alert.updated_at),
    }


def _alert_of(row: Row) -> Alert:
    return Alert(
        id=row["id"],
        rule=row["rule"],
        kind=AlertKind(row["kind"]),
        subject=row["subject"],
        event=row["event"],
        day=date.fromisoformat(row["day"]),
        last_day=date.fromisoformat(row["last_day"]),
        severity=Severity(row["severity"]),
        count=row["count"],
        size=row["size"],
        raised_at=moment_of(row["raised_at"]),
        updated_at=moment_of(row["updated_at"]),
        expected=row["expected"],
        p=row["p"],
        body=from_json(row["body"]),
        told_at=moment_or_none(row["told_at"]),
        told_size=row["told_size"],
        notices=tuple(from_json(row["notices"])),
    )
