"""Counts over a large ledger: the database answers them from its indexes."""

from __future__ import annotations

import pytest

from bot.store.sql import tallies as sql
from tests.support.database import store_in_memory

NAMES = ("offers", "days", "start", "stop", "moment", "offer", "after", "before", "scopes")


@pytest.fixture(scope="module")
def plans() -> dict[str, str]:
    store = store_in_memory()
    db = store._connections.database()
    values = dict.fromkeys(NAMES) | {"offers": '["t"]', "days": '[["a","b"]]', "scopes": "[{}]", "after": 0}
    found = {
        name: " ".join(row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {getattr(sql, name)}", values))
        for name in ("DAYS", "GIVEN_BACK", "HELD", "REASONS", "LATE", "SCOPES", "BETWEEN", "STANDING", "FIRST")
    }
    store.close()
    return found


def test_counts_by_day_and_placement_read_an_index_and_no_event(plans: dict[str, str]) -> None:
    assert "COVERING INDEX idx_offer_events_offer_kind_at_placement" in plans["DAYS"]


def test_no_count_reads_the_whole_ledger(plans: dict[str, str]) -> None:
    assert {name: plan for name, plan in plans.items() if "SCAN e" in plan or "SCAN r" in plan} == {}
