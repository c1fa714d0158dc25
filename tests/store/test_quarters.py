"""Day's and week's caps are judged by counts of quarters of an hour, which are what the events say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from sqlite_utils import Database

from bot.model import EventKind, Offer, OfferKind, Usage
from bot.offers.ledger.judge import counted_since
from bot.store.ledger_rows import event_values
from bot.store.migrations import APPLICATION_ID, STEPS, migrations
from bot.store.sqlite import SqliteStore, open_store
from tests.support.samples import an_event

MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
OFFER = Offer(id="truffle", name="T", kind=OfferKind.CODE_PHRASE, code="x", per_day=1, per_week=1)
BEFORE = next(number for number, name in enumerate(STEPS) if name.startswith("0024"))
MANY = 10_000
STEPS_OF_A_JUDGEMENT = 40
"""Thousands of SQLite's own steps."""


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    """A ledger of the version before, brought up to date: a busy day, every tenth redemption given back the day after."""
    path = tmp_path_factory.mktemp("quarters") / "heard.db"
    db = Database(path, execute_plugins=False)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrations.apply(db, stop_before=STEPS[BEFORE])
    uses, rows = 0, []
    for number in range(MANY):
        made = an_event(f"r{number}", at=MIDNIGHT + timedelta(seconds=8 * number))
        rows.append(event_values(made) | {"uses": (uses := uses + 1)})
        if number % 10 == 0:
            back = replace(made, id=f"b{number}", kind=EventKind.ROLLED_BACK, at=made.at + timedelta(days=1), key=None)
            rows.append(event_values(replace(back, refers_to=made.id)) | {"uses": (uses := uses - 1)})
    names = [name for name in rows[0] if name not in {"step", "uses"}]
    db.conn.executemany(
        f"INSERT INTO offer_events ({', '.join(names)}, offer_uses, code_uses) "  # noqa: S608 names of our own
        f"VALUES ({', '.join(f':{name}' for name in names)}, :uses, :uses)",
        rows,
    )
    db.conn.commit()
    db.close()
    store = open_store(path)
    yield store
    store.close()


def used(store: SqliteStore, at: datetime, zone: str = "UTC") -> Usage:
    seen: list[Usage] = []
    asked, since = an_event("?", at=at), counted_since(OFFER, at, ZoneInfo(zone))
    with pytest.raises(ZeroDivisionError):
        store.append(asked, since, lambda usage: seen.append(usage) or 1 / 0)  # type: ignore[func-returns-value]
    return seen[0]


def test_a_ledger_of_before_is_counted_when_it_is_brought_up_to_date(grown: SqliteStore) -> None:
    assert grown.integrity_check() == ()
    day, after = used(grown, MIDNIGHT + timedelta(hours=5)), used(grown, MIDNIGHT + timedelta(days=1))
    assert (day.day, day.week, after.day, after.week) == (MANY * 9 // 10, MANY * 9 // 10, 0, MANY * 9 // 10)


@pytest.mark.parametrize(
    "zone", ["Asia/Kathmandu", "Asia/Kolkata", "Australia/Eucla", "America/St_Johns", "Pacific/Apia"]
)
def test_a_day_is_the_zones_own(grown: SqliteStore, zone: str) -> None:
    noon = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo(zone))
    start = noon.replace(hour=0).astimezone(UTC)
    spans = (MIDNIGHT + timedelta(seconds=8 * number) for number in range(MANY) if number % 10)
    assert used(grown, noon.astimezone(UTC), zone).day == sum(start <= at < start + timedelta(days=1) for at in spans)


def test_days_begin_at_a_full_quarter_everywhere() -> None:
    moments = [datetime(year, month, 1, tzinfo=UTC) for year in (2015, 2026, 2036) for month in (1, 7)]
    offsets = {at.astimezone(ZoneInfo(name)).utcoffset() for name in available_timezones() for at in moments}
    assert all(offset is not None and offset % timedelta(minutes=15) == timedelta(0) for offset in offsets)


def test_a_judgement_costs_little_however_much_was_redeemed_on_that_day(grown: SqliteStore) -> None:
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    connection = grown._connections.database().conn
    connection.set_progress_handler(tick, 1000)
    used(grown, MIDNIGHT + timedelta(hours=5))
    connection.set_progress_handler(None, 0)
    assert ticks < STEPS_OF_A_JUDGEMENT


def test_a_count_that_is_off_is_seen(tmp_path: Path) -> None:
    store = open_store(tmp_path / "heard.db")
    store.append(an_event("r1", at=MIDNIGHT), counted_since(OFFER, MIDNIGHT, UTC), lambda _: None)
    assert store.integrity_check() == ()
    for change in (
        "UPDATE offer_quarters SET uses = 2",
        "UPDATE offer_quarters SET uses = 1, quarter = '2026-03-10T00:15'",
        "DELETE FROM offer_quarters",
    ):
        with Database(tmp_path / "heard.db", execute_plugins=False).conn as raw:
            raw.execute(change)
        assert store.integrity_check() == ("the running count of offer 'truffle' differs from its events",), change
    store.close()
