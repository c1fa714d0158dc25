"""The offers' ledger: events are appended, never changed, and every count is derived from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from sqlite3 import Row

from bot.errors import RedemptionRefused
from bot.model import EventKind, OfferEvent, Reason, Usage
from bot.ports import Since
from bot.store.connection import Base
from bot.store.rows import Values
from bot.store.sql import ledger as sql
from bot.store.values import EARLIEST, moment_of, stamp

CHUNK = 1000


class Ledger(Base):
    """Codes and redemptions; what is written here survives a power cut."""

    def issue(self, offer: str, codes: Sequence[tuple[str, str | None]], now: datetime) -> int:
        """Adds unique codes (normalised code, placement) as issued events; how many were new."""
        at = stamp(now)
        events = (
            {"id": f"issued:{code}", "offer": offer, "at": at, "code": code, "placement": placement}
            for code, placement in codes
        )
        with self._write(durable=True) as db:
            return db.conn.executemany(sql.ISSUE, events).rowcount if codes else 0

    def find_code(self, code: str) -> tuple[str, str | None] | None:
        """``(offer, placement)`` of an issued unique code."""
        with self._read() as db:
            row = db.execute(sql.ISSUED, {"code": code}).fetchone()
        return None if row is None else (row["offer"], row["placement"])

    def append(
        self, event: OfferEvent, since: Since, judge: Callable[[Usage], Reason | None]
    ) -> tuple[OfferEvent, bool]:
        """Appends a redeemed event if ``judge`` of the present usage allows it, else the refused one with its reason.

        Returns the event written and False; or, when ``event.key`` was used before, the first event and True.
        """
        asked = {
            "offer": event.offer,
            "code": event.code,
            "customer": event.customer,
            "day": stamp(since.day),
            "week": stamp(since.week),
        }
        with self._write(durable=True) as db:
            if event.key is not None:
                first = db.execute(sql.EVENT_BY_KEY, {"key": event.key}).fetchone()
                if first is not None:
                    return _event_of(first), True
            reason = judge(Usage(*db.execute(sql.USAGE, asked).fetchone()))
            kind = EventKind.REDEEMED if reason is None else EventKind.REFUSED
            written = replace(event, kind=kind, reason=reason)
            db.execute(sql.APPEND, _event_values(written))
        return written, False

    def roll_back(self, redemption: str, event_id: str, now: datetime) -> OfferEvent:
        """Gives a redemption back. Raises ``RedemptionRefused`` (already_rolled_back, unknown_code)."""
        with self._write(durable=True) as db:
            row = db.execute(sql.REDEMPTION, {"id": redemption}).fetchone()
            if row is None:
                raise RedemptionRefused(Reason.UNKNOWN_CODE, f"There is no redemption '{redemption}'.")
            if db.execute(sql.ROLLED_BACK, {"id": redemption}).fetchone() is not None:
                raise RedemptionRefused(Reason.ALREADY_ROLLED_BACK, f"'{redemption}' was given back before.")
            event = replace(
                _event_of(row), id=event_id, kind=EventKind.ROLLED_BACK, at=now, key=None, refers_to=redemption
            )
            db.execute(sql.APPEND, _event_values(event))
        return event

    def offer_events(self, since: datetime | None = None, offer: str | None = None) -> Iterator[OfferEvent]:
        """Events other than ``issued``, oldest first."""
        after_at, after = EARLIEST if since is None else stamp(since), 0
        while True:
            wanted = {"after_at": after_at, "after": after, "offer": offer, "limit": CHUNK}
            with self._read() as db:
                rows = db.execute(sql.EVENTS, wanted).fetchall()
            yield from map(_event_of, rows)
            if len(rows) < CHUNK:
                return
            after_at, after = rows[-1]["at"], rows[-1]["seq"]

    def codes(self, offer: str) -> Iterator[tuple[str, str | None, bool]]:
        """``(code, placement, used)`` of an offer's issued codes, in the order of issue."""
        after = 0
        while True:
            with self._read() as db:
                rows = db.execute(sql.CODES, {"offer": offer, "after": after, "limit": CHUNK}).fetchall()
            for row in rows:
                yield row["code"], row["placement"], bool(row["used"])
            if len(rows) < CHUNK:
                return
            after = rows[-1]["seq"]


def _event_values(event: OfferEvent) -> Values:
    return {
        "id": event.id,
        "offer": event.offer,
        "kind": event.kind.value,
        "at": stamp(event.at),
        "code": event.code,
        "placement": event.placement,
        "customer": event.customer,
        "key": event.key,
        "reason": None if event.reason is None else event.reason.value,
        "refers_to": event.refers_to,
    }


def _event_of(row: Row) -> OfferEvent:
    return OfferEvent(
        id=row["id"],
        offer=row["offer"],
        kind=EventKind(row["kind"]),
        at=moment_of(row["at"]),
        code=row["code"],
        placement=row["placement"],
        customer=row["customer"],
        key=row["key"],
        reason=None if row["reason"] is None else Reason(row["reason"]),
        refers_to=row["refers_to"],
    )
