"""Redemptions a second in process, on an empty ledger and on one with 100,000 redemptions of the offer.

Beside them the database's own limit: the very same row, written by a bare INSERT in a durable transaction of its own,
on the same file in the same run, the two in turn. Every redemption is judged against five caps.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.model import Claim, EventKind, Offer, OfferEvent, OfferKind
from bot.offers.ledger.redeem import redeem
from bot.offers.ledger.till import Till
from bot.store.ledger_rows import event_values
from bot.store.sql import ledger as sql
from bot.store.sqlite import SqliteStore, open_store
from tests.bench.row import Row

BEFORE = 100_000
EACH = 200
"""Redemptions, and bare rows, for each run that is asked for."""
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
OFFER = Offer(
    id="truffle", name="Free truffle", kind=OfferKind.CODE_PHRASE, code="moon cake",
    cap=10**7, per_code=10**7, per_customer=10**7, per_day=10**7, per_week=10**7,
)  # fmt: skip
EARLIER = datetime(2026, 2, 10, 12, tzinfo=UTC)
PEER = "one bare INSERT a durable transaction"
NUMBERS = count()


def rows(options: argparse.Namespace) -> list[Row]:
    """Speed and waits at both sizes."""
    found: list[Row] = []
    for before in (0, BEFORE):
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(Path(folder, "heard.db"))
            _fill(store, before)
            ours: list[float] = []
            bare: list[float] = []
            for turn in range(EACH * (options.runs + 1)):
                mine, theirs = _timed(_redeem, store), _timed(_insert, store)
                if turn >= EACH:  # the first ones warm up
                    ours.append(mine)
                    bare.append(theirs)
            store.close()
        found += _rows(f"ledger of {before:,}", ours, bare)
    return found


def _rows(name: str, ours: list[float], bare: list[float]) -> list[Row]:
    speed, limit = len(ours) / sum(ours), len(bare) / sum(bare)
    late, bare_late = (statistics.quantiles(times, n=20)[18] * 1000 for times in (ours, bare))
    middle, bare_middle = (statistics.median(times) * 1000 for times in (ours, bare))
    return [
        Row(f"{name}: redemptions a second", round(speed), "1/s", PEER, round(limit), round(speed / limit, 3)),
        Row(f"{name}: median", round(middle, 3), "ms", PEER, round(bare_middle, 3), round(middle / bare_middle, 3)),
        Row(f"{name}: 95th percentile", round(late, 3), "ms", PEER, round(bare_late, 3), round(late / bare_late, 3)),
    ]


def _timed(one: Callable[[SqliteStore], None], store: SqliteStore) -> float:
    began = time.perf_counter()
    one(store)
    return time.perf_counter() - began


def _redeem(store: SqliteStore) -> None:
    number = next(NUMBERS)
    till = Till(store, {OFFER.id: OFFER}, NOW, ZoneInfo("UTC"), lambda: f"r{number}", b"salt")
    assert redeem(till, Claim("moon cake", customer=f"c{number}", order=f"o{number}", key=f"k{number}")).redeemed


def _insert(store: SqliteStore) -> None:
    values = event_values(_event("bench"))
    columns = [name for name in values if name != "step"]
    statement = f"INSERT INTO offer_events ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})"  # noqa: S608 names of our own
    with store._connections.write(durable=True) as db:  # the limit is measured on the very same connection
        db.execute(statement, values)


def _event(offer: str, at: datetime = NOW) -> OfferEvent:
    number = next(NUMBERS)
    return OfferEvent(
        id=f"e{number}", offer=offer, kind=EventKind.REDEEMED, at=at, code="moon cake", customer=f"c{number}",
        key=f"k{number}", order=f"o{number}", request="f" * 32,
    )  # fmt: skip


def _fill(store: SqliteStore, number: int) -> None:
    with store._connections.write() as db:  # one transaction instead of a hundred thousand
        for _ in range(number):
            db.execute(sql.APPEND, event_values(_event(OFFER.id, EARLIER)))
