"""A sample of ``make kills`` in the suite: kill -9 over the whole pipeline loses, doubles and brings back nothing."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.kills.campaign import Campaign
from tests.kills.database import Grounds
from tests.kills.truth import Broken
from tests.support.counts import FULL

SEED = 20260302
"""The plans are drawn from it; where exactly a kill falls, the machine has its say."""
KILLS = 30 if FULL else 7
SABOTAGE = {
    "UPDATE items SET text = 'here again' WHERE id = (SELECT MIN(id) FROM items WHERE removed <> 0)": "has words",
    "UPDATE items SET removed = 0 WHERE id = (SELECT MIN(id) FROM items WHERE removed <> 0)": "came back",
    "UPDATE digests SET subject_line = 'says zq00003x'": "still holds",
    "DROP TRIGGER erasures_no_update; UPDATE erasures SET items = 99 WHERE seq = 1": "audit log",
    "DROP TRIGGER offer_events_no_delete; DELETE FROM offer_events WHERE kind = 'redeemed' AND key = '1-card'": "not in the ledger",
}
"""What would be seen, by what is done to a database."""


@pytest.mark.timeout(600)
def test_a_killed_bot_loses_and_doubles_nothing_on_sqlite(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    with Grounds("sqlite").new(tmp_path, rng) as ground:
        campaign = Campaign(ground, tmp_path, rng)
        tally = campaign.run(KILLS)
    assert tally.kills == KILLS
    whole = (tmp_path / "heard.db").read_bytes()
    for statements, seen in SABOTAGE.items():  # a check that cannot fail proves nothing
        (tmp_path / "heard.db").write_bytes(whole)
        with closing(sqlite3.connect(tmp_path / "heard.db")) as db:
            db.executescript(statements)
        with pytest.raises(Broken, match=seen):
            campaign.watch.after_a_round(deep=True)


@pytest.mark.postgres
@pytest.mark.timeout(600)
def test_a_killed_bot_loses_and_doubles_nothing_on_postgresql(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    with Grounds("postgres").new(tmp_path, rng) as ground:
        assert Campaign(ground, tmp_path, rng).run(KILLS).kills == KILLS
