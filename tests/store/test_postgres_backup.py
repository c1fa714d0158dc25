"""A backup of a PostgreSQL database and back: a real cycle, to either database, refused before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from bot.errors import StoreError
from bot.store.migrations import STEPS
from bot.store.moving.backup import back_up
from bot.store.moving.restore import restore
from bot.store.opening import open_store
from bot.store.postgres.backup import copy_out, restore_into
from tests.store.test_copying import copied, fill
from tests.support import postgres
from tests.support.database import again, empty_database

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A database with something in every table but the log of erasures, which is read here."""
    made = postgres.blank_database()
    fill(empty_database(tmp_path), without=("erasures",))
    copied(tmp_path / "heard.db", made)
    yield made
    postgres.drop(made)


def backed_up(address: str, file: Path) -> Path:
    manifest = back_up(address, file, made_at=NOW, version="1", copier=copy_out)
    assert manifest.steps == STEPS
    assert manifest.counts["items"] == 9
    assert sorted(one.name for one in file.parent.glob(f"{file.name}*")) == [file.name], "nothing else is left"
    return file


def count(address: str, table: str) -> object:
    with psycopg.connect(address) as db:
        return (db.execute(f"SELECT COUNT(*) FROM {table}".encode()).fetchone() or (None,))[0]  # noqa: S608 names of our own


def test_a_backup_while_the_database_is_open_comes_back_as_it_was(address: str, tmp_path: Path):
    with closing(open_store(address)) as used:
        assert used.salt()
        file = backed_up(address, tmp_path / "b.backup")
        with pytest.raises(StoreError, match="Stop it, then restore"):
            restore_into(file, address, now=NOW, erase=again)
    with psycopg.connect(address) as db:
        db.execute("UPDATE items SET text = 'changed'")
        db.execute("DELETE FROM polls")
    done = restore_into(file, address, now=NOW + timedelta(days=1), erase=again, hold=False)
    assert (done.replaced, done.held) == (None, 0)
    assert done.lost is not None
    assert done.erased == 0
    assert (count(address, "polls"), count(address, "heard_steps")) == (9, len(STEPS))
    assert count(address, "items WHERE text = 'changed'") == 0
    with closing(open_store(address)) as store:
        assert store.restored() is not None
    restore(file, tmp_path / "other.db", now=NOW, erase=again)
    with closing(open_store(tmp_path / "other.db")) as on_sqlite, closing(open_store(address)) as there:
        assert on_sqlite.salt() == there.salt()
        assert on_sqlite.counts() == there.counts()


def test_a_cut_off_or_altered_backup_touches_nothing(address: str, tmp_path: Path):
    file = backed_up(address, tmp_path / "b.backup")
    whole = file.read_bytes()
    with psycopg.connect(address) as db:
        db.execute("UPDATE items SET title = 'since'")
    for spoiled in (whole[: len(whole) // 2], whole[:-1], whole[:4_000] + b"\xff" + whole[4_001:], b"PGDMP\x01", b""):
        file.write_bytes(spoiled)
        with pytest.raises(StoreError, match="Nothing was changed"):
            restore_into(file, address, now=NOW, erase=again)
    assert count(address, "items WHERE title = 'since'") == 9


def test_whatever_ends_a_restore_what_was_there_stays(address: str, tmp_path: Path):
    file = backed_up(address, tmp_path / "b.backup")
    with psycopg.connect(address) as db:
        db.execute("UPDATE items SET title = 'since'")

    def end(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_into(file, address, now=NOW, erase=again, progress=end)
    assert count(address, "items WHERE title = 'since'") == 9
    with closing(open_store(address)) as store:
        assert store.counts()["polls"] == 9


def test_another_program_s_schema_is_left_alone_and_an_empty_one_taken(address: str, tmp_path: Path):
    file = backed_up(address, tmp_path / "b.backup")
    blank = postgres.blank_database()
    with psycopg.connect(blank) as db:
        db.execute("CREATE TABLE theirs (id int)")
    with pytest.raises(StoreError, match="another program"):
        restore_into(file, blank, now=NOW, erase=again)
    with psycopg.connect(blank) as db:
        db.execute("DROP TABLE theirs")
    assert restore_into(file, blank, now=NOW, erase=again).lost is None
    assert count(blank, "items") == 9
    postgres.drop(blank)
