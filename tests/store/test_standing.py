"""A process whose database was changed under it notices before it writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import Overtaken
from bot.model import Target
from bot.store.moving.backup import back_up
from bot.store.moving.restore import restore
from bot.store.sqlite import SqliteStore, open_store
from tests.support.database import again, empty_database
from tests.support.samples import BLOGS, NOON


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(empty_database(tmp_path))
    opened.add_targets([BLOGS], NOON)
    yield opened
    opened.close()


def moved_on(path: str) -> None:
    """As the migrations of a later release would."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE targets ADD COLUMN from_the_future TEXT")
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('heard', '9000_from_the_future', '')"
        )
        db.commit()


def test_a_schema_that_a_newer_heard_moved_on_is_not_written_in_the_old_way(store: SqliteStore) -> None:
    moved_on(store.path)
    for _again in range(2):
        with pytest.raises(Overtaken, match=r"9000_from_the_future.*start the newer version"):
            store.add_targets([BLOGS], NOON)
    assert len(store.target_states()) == 1, "reading goes on"


def test_an_index_that_somebody_adds_is_no_reason_to_stop(store: SqliteStore) -> None:
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("CREATE INDEX by_hand ON targets (next_poll_at)")
        db.execute("VACUUM")
    store.add_targets([BLOGS, Target("reddit")], NOON)
    assert {state.target for state in store.target_states()} == {BLOGS, Target("reddit")}


@pytest.mark.parametrize("what", ["removed", "replaced", "restored"])
def test_a_file_that_was_removed_or_replaced_is_written_no_more(store: SqliteStore, tmp_path: Path, what: str) -> None:
    path = Path(store.path)
    if what == "removed":
        path.unlink()
    if what == "replaced":
        path.rename(tmp_path / "aside.db")
        empty_database(tmp_path)
    if what == "restored":
        back_up(path, tmp_path / "a.backup", made_at=NOON, version="1")
        store.close()  # the restore wants it alone; this process opens it again
        restore(tmp_path / "a.backup", path, now=NOON, erase=again)
    with pytest.raises(Overtaken, match="removed" if what == "removed" else "replaced by another file"):
        store.add_targets([BLOGS], NOON)
    assert path.exists() == (what != "removed"), "no empty file takes its place"
