"""Incidents and notices: what broke, and what people were told of it.

An incident is written in the transaction that changes its target's state, and a notice in the transaction that marks
its incidents and queues its deliveries; so a crash loses none and doubles none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from bot.errors import Outdated
from bot.model import Delivery, Incident, Notice, NoticeKind, State, Target, TargetState
from bot.store.arrivals import moments
from bot.store.connection import Base
from bot.store.outbox import delivery_of, delivery_values
from bot.store.rows import target_of, target_values
from bot.store.session import Row, Session
from bot.store.sql import notices as sql
from bot.store.sql.outbox import ADD_DELIVERY
from bot.store.values import from_json, moment_of, moment_or_none, stamp, to_json

RELAPSE_WITHIN = timedelta(days=1)
"""Trouble that comes back within so long is the same trouble flapping."""


class Notices(Base):
    """Incidents, and the notices that tell of them."""

    def incidents(self) -> tuple[Incident, ...]:
        """Those whose end was not told yet, oldest first."""
        with self._read() as db:
            return tuple(_incident_of(row) for row in db.execute(sql.INCIDENTS))

    def announce(self, notice: Notice, deliveries: Sequence[Delivery]) -> None:
        """Notice, marks on its incidents and pending deliveries, in one transaction.

        Raises Outdated when one of them was told by another notice meanwhile, or is no longer as it was.
        """
        with self._write(durable=True) as db:
            db.execute(sql.ADD_NOTICE, notice_values(notice))
            _mark(db, notice.kind, notice.id, notice.incidents)
            for delivery in deliveries:
                db.execute(ADD_DELIVERY, delivery_values(delivery))

    def join_notice(self, notice: str, incidents: Collection[int]) -> None:
        """Marks incidents as told by a notice that went out before: they are of the same trouble."""
        with self._write(durable=True) as db:
            _mark(db, NoticeKind.BROKE, notice, incidents)

    def notice(self, notice_id: str) -> Notice | None:
        """One notice by id."""
        with self._read() as db:
            row = db.execute(sql.NOTICE, {"id": notice_id}).fetchone()
            return None if row is None else notice_of(db, row)

    def notices(self, limit: int) -> tuple[tuple[Notice, tuple[Delivery, ...]], ...]:
        """Notices with their deliveries, newest first."""
        with self._read() as db:
            rows = db.execute(sql.NOTICES, {"limit": limit}).fetchall()
            return tuple((notice_of(db, row), notice_deliveries(db, row["id"])) for row in rows)

    def arrivals(self) -> Mapping[Target, tuple[datetime, ...]]:
        """The hours in which things were published at each target, oldest first; the last few hundred."""
        with self._read() as db:
            return {target_of(row): moments(row["hours"]) for row in db.execute(sql.ARRIVALS)}

    def arrivals_of(self, target: Target) -> tuple[datetime, ...]:
        """The same for one target."""
        with self._read() as db:
            row = db.execute(sql.ARRIVALS_OF, target_values(target)).fetchone()
        return () if row is None else moments(row["hours"])


def note_incident(db: Session, state: TargetState, now: datetime) -> None:
    """Begins, goes on with or ends the target's incident, as its new state has it; inside the caller's transaction.

    Trouble that nobody was told of leaves no trace once it is over.
    """
    key = target_values(state.target)
    known = db.execute(sql.OPEN_INCIDENT, key).fetchone()
    said = {"state": state.state.value, "error": state.error, "failures": state.failures}
    if state.state.is_broken and known is None:
        recent = db.execute(sql.RECENT_RELAPSES, key | {"recently": stamp(now - RELAPSE_WITHIN)}).fetchone()
        relapses = recent["relapses"] if recent is not None else 0
        began = stamp(state.since or now)
        db.execute(sql.ADD_INCIDENT, key | said | {"began": began, "relapses": relapses})
    elif state.state.is_broken:
        db.execute(sql.WORSE, said | {"id": known["id"]})
    elif state.state.is_well and known is not None:
        db.execute(sql.DROP_INCIDENT if known["told"] is None else sql.WELL, {"id": known["id"], "now": stamp(now)})


def _mark(db: Session, kind: NoticeKind, notice: str, incidents: Collection[int]) -> None:
    statement = sql.MARK_TOLD if kind is NoticeKind.BROKE else sql.MARK_RECOVERED
    for incident in incidents:
        if db.execute(statement, {"notice": notice, "id": incident}).rowcount != 1:
            raise Outdated(f"Incident {incident} was told by another notice meanwhile, or has changed.")


def _incident_of(row: Row) -> Incident:
    return Incident(
        id=row["id"],
        target=target_of(row),
        state=State(row["state"]),
        began=moment_of(row["began"]),
        error=row["error"],
        failures=row["failures"],
        well_since=moment_or_none(row["well_since"]),
        relapses=row["relapses"],
        told=row["told"],
        recovered=row["recovered"],
        present=State(row["present"]),
        next_poll_at=moment_or_none(row["next_poll_at"]),
    )


def notice_values(notice: Notice) -> dict[str, str]:
    """A notice's columns."""
    return {
        "id": notice.id,
        "kind": notice.kind.value,
        "source": notice.source,
        "subject_line": notice.subject_line,
        "body": to_json(notice.body),
        "created_at": stamp(notice.created_at),
    }


def notice_of(db: Session, row: Row) -> Notice:
    """A row's notice."""
    return Notice(
        id=row["id"],
        kind=NoticeKind(row["kind"]),
        source=row["source"],
        subject_line=row["subject_line"],
        body=from_json(row["body"]),
        created_at=moment_of(row["created_at"]),
        incidents=tuple(told["id"] for told in db.execute(sql.TELLS_OF, {"notice": row["id"]})),
    )


def notice_deliveries(db: Session, notice: str) -> tuple[Delivery, ...]:
    """A notice's deliveries."""
    return tuple(delivery_of(row) for row in db.execute(sql.NOTICE_DELIVERIES, {"notice": notice}))
