"""The offers' ledger: events are appended, never changed, and every count is derived from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

from bot.model import EventKind, IssuedCode, OfferEvent, Reason, Usage
from bot.ports import LedgerView, Recorded, Since
from bot.store.connection import Base
from bot.store.ledger_rows import event_of, event_values, issued_of
from bot.store.rows import Values
from bot.store.session import Session
from bot.store.sql import ledger as sql
from bot.store.values import EARLIEST, LATEST, moment_of, stamp, stamp_or_none, to_json, writable

CHUNK = 1000


class _View:
    """The ledger inside a write transaction."""

    def __init__(self, db: Session) -> None:
        self._db = db

    def event(self, event_id: str) -> OfferEvent | None:
        """One event by id."""
        return self._one(sql.EVENT, {"id": writable(event_id)})

    def ending(self, event_id: str) -> OfferEvent | None:
        """What ended a reservation or undid a redemption."""
        return self._one(sql.ENDING, {"id": writable(event_id)})

    def of_order(self, order: str) -> tuple[OfferEvent, ...]:
        """The redemptions and reservations that name this order, oldest first."""
        return tuple(map(event_of, self._db.execute(sql.OF_ORDER, {"order_id": order}).fetchall()))

    def guesses(self, actor: str, since: datetime) -> tuple[datetime, ...]:
        """When ``actor`` named a code that nobody knows, from ``since`` on, oldest first."""
        rows = self._db.execute(sql.GUESSES, {"actor": actor, "since": stamp(since)}).fetchall()
        return tuple(moment_of(row["told_at"]) for row in rows)

    def usage(self, event: OfferEvent, since: Since, now: datetime, *, own: str | None = None) -> Usage:
        """How much is used of what caps this event's offer, code and customer."""
        asked = {
            "offer": event.offer,
            "code": event.code,
            "customer": event.customer,
            "day": stamp(since.day),
            "week": stamp(since.week),
            "next_day": stamp_or_none(since.next_day) or LATEST,
            "next_week": stamp_or_none(since.next_week) or LATEST,
            "now": stamp(now),
            "own": own,
        }
        held = Usage(*self._db.execute(sql.HELD, asked).fetchone())
        return replace(
            Usage(*self._db.execute(sql.USAGE, asked).fetchone()),
            held=held if held.offer else None,
            disabled=any(self._switched_off(event.offer, code) for code in ("", event.code)),
        )

    def _switched_off(self, offer: str, code: str) -> bool:
        last = self._db.execute(sql.SWITCHED, {"offer": offer, "code": code}).fetchone()
        return last is not None and last["kind"] == EventKind.DISABLED

    def _one(self, statement: str, values: Values) -> OfferEvent | None:
        row = self._db.execute(statement, values).fetchone()
        return None if row is None else event_of(row)


class Ledger(Base):
    """Codes and redemptions; what is written here survives a power cut."""

    def issue(self, offer: str, codes: Sequence[IssuedCode | tuple[str, str | None]], now: datetime) -> frozenset[str]:
        """Adds unique codes as issued events, in one transaction; the keys of those that were new."""
        wanted = {code.code: code for code in (IssuedCode(*given) for given in codes)}
        with self._write(durable=True) as db:
            known = db.execute(sql.ISSUED_AMONG, {"codes": to_json(list(wanted))}).fetchall()
            new = wanted.keys() - {row["code"] for row in known}
            at = stamp(now)
            db.executemany(
                sql.ISSUE,
                (
                    {
                        "id": f"issued:{key}",
                        "offer": offer,
                        "at": at,
                        "code": key,
                        "placement": code.placement,
                        "printed": code.printed,
                    }
                    for key, code in wanted.items()
                    if key in new
                ),
            )
        return frozenset(new)

    def issued_count(self, offer: str) -> int:
        """How many unique codes an offer has."""
        with self._read() as db:
            return int(db.execute(sql.ISSUED_COUNT, {"offer": offer}).fetchone()[0])

    def find_code(self, code: str) -> tuple[str, str | None] | None:
        """``(offer, placement)`` of an issued unique code."""
        with self._read() as db:
            row = db.execute(sql.ISSUED, {"code": code}).fetchone()
        return None if row is None else (row["offer"], row["placement"])

    def issued_among(self, codes: Collection[str]) -> tuple[IssuedCode, ...]:
        """Those of ``codes`` that were issued, whatever the offer."""
        with self._read() as db:
            rows = db.execute(sql.ISSUED_AMONG, {"codes": to_json(sorted(codes))}).fetchall()
        return tuple(map(issued_of, rows))

    def record(self, key: str | None, decide: Callable[[LedgerView], OfferEvent]) -> Recorded:
        """Appends the event ``decide`` makes of what the ledger says; or gives the first one under ``key`` again."""
        with self._write(durable=True) as db:
            first = None if key is None else db.execute(sql.EVENT_BY_KEY, {"key": key}).fetchone()
            if first is not None:
                event = event_of(first)
            else:
                event = decide(_View(db))
                values = event_values(event)
                db.execute(sql.APPEND, values)
                if values["step"] is not None:
                    db.execute(sql.COUNT_QUARTER, values)
            repeated = event.kind is EventKind.REPEATED
            answer = event_of(db.execute(sql.EVENT, {"id": event.refers_to}).fetchone()) if repeated else event
        return Recorded(event, answer, replayed=repeated or first is not None)

    def together(self) -> AbstractContextManager[None]:
        """One transaction for all that is recorded inside: many at once cost a fraction of one after the other."""
        return self._connections.together()

    def append(
        self, event: OfferEvent, since: Since, judge: Callable[[Usage], Reason | None]
    ) -> tuple[OfferEvent, bool]:
        """Appends ``event`` if ``judge`` of the present usage allows it, else as refused, with its reason."""

        def decide(ledger: LedgerView) -> OfferEvent:
            reason = judge(ledger.usage(event, since, event.told_at or event.at))
            return event if reason is None else replace(event, kind=EventKind.REFUSED, reason=reason)

        recorded = self.record(event.key, decide)
        return recorded.answer, recorded.replayed

    def expire(self, now: datetime, new_id: Callable[[], str]) -> int:
        """Writes an expired event for each reservation that has run out and was not ended; how many."""
        with self._read() as db:  # most often there is none, and nobody needs to wait for that
            if db.execute(sql.RUN_OUT, {"now": stamp(now)}).fetchone() is None:
                return 0
        with self._write(durable=True) as db:
            over = [event_of(row) for row in db.execute(sql.RUN_OUT, {"now": stamp(now)}).fetchall()]
            for held in over:
                event = replace(
                    held,
                    id=new_id(),
                    kind=EventKind.EXPIRED,
                    at=held.expires_at or now,
                    told_at=now,
                    refers_to=held.id,
                    key=None,
                    request=None,
                    door=None,
                    actor=None,
                )
                db.execute(sql.APPEND, event_values(event))
        return len(over)

    def offer_event(self, event_id: str) -> OfferEvent | None:
        """One event by id, other than ``issued``."""
        with self._read() as db:
            return _View(db).event(event_id)

    def uses(self, offer: str) -> int:
        """How many uses of an offer's cap are redeemed; what is held counts beside."""
        with self._read() as db:
            return int(db.execute(sql.USES, {"offer": offer}).fetchone()["uses"])

    def guesses(self, actor: str, since: datetime) -> tuple[datetime, ...]:
        """When ``actor`` named a code that nobody knows, from ``since`` on, oldest first."""
        with self._read() as db:
            return _View(db).guesses(actor, since)

    def offer_events(self, since: datetime | None = None, offer: str | None = None) -> Iterator[OfferEvent]:
        """Events other than ``issued``, oldest first."""
        after_at, after = EARLIEST if since is None else stamp(since), 0
        while True:
            wanted = {"after_at": after_at, "after": after, "offer": offer, "limit": CHUNK}
            with self._read() as db:
                rows = db.execute(sql.EVENTS, wanted).fetchall()
            yield from map(event_of, rows)
            if len(rows) < CHUNK:
                return
            after_at, after = rows[-1]["at"], rows[-1]["seq"]

    def latest_events(
        self,
        limit: int,
        *,
        offer: str | None = None,
        kinds: Collection[EventKind] = (),
        code: str | None = None,
        actor: str | None = None,
        since: datetime | None = None,
    ) -> tuple[OfferEvent, ...]:
        """The last ``limit`` events that were written down, newest first; ``kinds`` empty: all but ``issued``."""
        named = {
            name: value for name, value in (("code", code), ("actor", actor), ("offer", offer)) if value is not None
        }
        wanted = {
            "limit": limit,
            "kinds": f" {' '.join(kinds)} " if kinds else "",
            "since": stamp_or_none(since) or EARLIEST,
        }
        with self._read() as db:
            rows = db.execute(sql.latest(named), named | wanted).fetchall()
        return tuple(map(event_of, rows))

    def codes(self, offer: str) -> Iterator[IssuedCode]:
        """An offer's issued codes, in the order of issue."""
        after = 0
        while True:
            with self._read() as db:
                rows = db.execute(sql.CODES, {"offer": offer, "after": after, "limit": CHUNK}).fetchall()
            yield from map(issued_of, rows)
            if len(rows) < CHUNK:
                return
            after = rows[-1]["seq"]

    def miscounted(self) -> tuple[str, ...]:
        """What is wrong with the running numbers, held against the events; empty when all is well."""
        with self._read() as db:
            rows = db.execute(sql.MISCOUNTED).fetchall()
        return tuple(f"the running count of offer '{row['offer']}' differs from its events" for row in rows)
