from __future__ import annotations

from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.store.erasure import held
from bot.store.migrations import TABLES
from tests.support.database import empty_database


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every column that may hold text."""
    db = Database(empty_database(Path(tmp_path_factory.mktemp("held"))), execute_plugins=False)
    found = {
        f"{name}.{one.name}" for name in (*TABLES, "keeping") for one in db.table(name).columns if one.type == "TEXT"
    }
    db.close()
    return found


def test_every_column_of_text_is_declared_once_as_what_it_holds(columns: set[str]) -> None:
    neither = {f"{table}.{column}" for table, listed in held.NEITHER.items() for column in listed.split()}
    declared = [*held.SAID, *held.COUNTED_WORDS, *held.OF_THE_DESK, *held.HASHED, *neither]
    assert sorted(declared) == sorted(set(declared)), "each stands in one list only"
    assert set(declared) == columns, "bot/store/erasure/held.py says of each column what it holds"
