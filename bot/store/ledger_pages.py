"""The ledger as programs read it: page by page in the order of writing, and one event with what became of it."""

from __future__ import annotations

from bot.model import OfferEvent
from bot.store.connection import Base
from bot.store.ledger_rows import event_of
from bot.store.sql import ledger_pages as sql


class LedgerPages(Base):
    """Events by their number: later ones have larger numbers, so that a reader who comes back misses none."""

    def ledger_page(self, offer: str, after: int, limit: int) -> tuple[tuple[int, OfferEvent], ...]:
        """The first ``limit`` events of an offer, but for issued codes, that were written after number ``after``."""
        with self._read() as db:
            rows = db.execute(sql.PAGE, {"offer": offer, "after": after, "limit": limit}).fetchall()
        return tuple((row["seq"], event_of(row)) for row in rows)

    def redemption(self, redemption: str) -> tuple[OfferEvent, OfferEvent | None] | None:
        """A redemption, and the event that gave it back; None when there is no such redemption."""
        with self._read() as db:
            rows = db.execute(sql.REDEMPTION, {"id": redemption}).fetchall()
        events = [event_of(row) for row in rows]
        return (events[0], events[1] if len(events) > 1 else None) if events else None
