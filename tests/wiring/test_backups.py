"""Backups by date and number, and one before each migration."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.clock import ManualClock
from bot.errors import StoreError
from bot.stewardship.rotation import backup_name, beyond, is_backup_name
from bot.store.migrations import APPLICATION_ID, STEPS, migrations
from bot.store.moving.backup import read_manifest
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.desk import run

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def app(tmp_path: Path, clock: ManualClock) -> App:
    (tmp_path / "heard.toml").write_text("")
    return App(load_settings(tmp_path / "heard.toml"), clock)


def an_old_database(folder: Path, steps: int = 30) -> Path:
    path = folder / "heard.db"
    db = Database(path, execute_plugins=False)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrations.apply(db, stop_before=STEPS[steps])
    db.execute("INSERT INTO targets (source, feed, state, failures) VALUES ('blogs', '', 'ok', 0)")
    db.conn.commit()
    db.enable_wal()
    db.close()
    return path


def test_names_sort_by_time_and_only_our_own_are_ever_removed() -> None:
    names = [backup_name(NOW + timedelta(days=day)) for day in range(5)]
    assert names == sorted(names)
    mine = [
        "heard.toml",
        "heard-2020.backup",
        "heard-2026-11-22T03-00-00Z.backup.part",
        "aheard-2026-11-22T03-00-00Z.backup",
    ]
    assert not any(map(is_backup_name, mine))
    assert all(map(is_backup_name, names))
    assert beyond(reversed(names), 2, names[-1]) == tuple(names[:3])
    assert beyond(names, 9, names[-1]) == ()
    assert beyond(names, 1, names[1]) == (names[0],), "what a clock that ran ahead has named neither goes nor counts"


def test_rotation_leaves_alone_what_is_no_backup_of_this_database(app: App, tmp_path: Path, clock: ManualClock) -> None:
    empty_database(tmp_path)
    folder = tmp_path / "backups"
    first = app.backups.back_up().file
    other = folder / backup_name(NOW - timedelta(days=1))
    with sqlite3.connect(tmp_path / "heard.db") as db:
        (salt,) = db.execute("SELECT value FROM keeping WHERE name = 'salt'").fetchone()
        db.execute("UPDATE keeping SET value = 'another' WHERE name = 'salt'")
    db.commit()
    app.backups.back_up(other)  # as of another installation that shares the folder
    with sqlite3.connect(tmp_path / "heard.db") as db:
        db.execute("UPDATE keeping SET value = ? WHERE name = 'salt'", (salt,))
    db.close()
    (folder / backup_name(NOW - timedelta(days=2))).symlink_to(first)
    (folder / backup_name(NOW - timedelta(days=3))).mkdir()
    (folder / backup_name(NOW - timedelta(days=4))).write_bytes(first.read_bytes()[:-100])
    ahead = folder / backup_name(NOW + timedelta(days=400))
    ahead.write_bytes(first.read_bytes())
    left, fresh = (folder / f"{backup_name(NOW + timedelta(hours=hours))}.copy" for hours in (-72, 23))
    for file, hours in ((left, -72), (fresh, 23)):
        file.write_bytes(b"half a backup")
        os.utime(file, times=(NOW.timestamp() + hours * 3_600,) * 2)
    before = set(folder.iterdir()) - {left}
    clock.set(NOW + timedelta(days=1))
    made = app.backups.back_up(keep=1)
    assert made.removed == (first,)
    assert set(folder.iterdir()) == before - {first} | {made.file}


def test_the_newest_are_kept(app: App, tmp_path: Path, clock: ManualClock) -> None:
    empty_database(tmp_path)
    made = []
    for day in range(4):
        clock.set(NOW + timedelta(days=day))
        made.append(app.backups.back_up(keep=2))
    assert {file.name for file in (tmp_path / "backups").iterdir()} == {one.file.name for one in made[2:]}
    assert [len(one.removed) for one in made] == [0, 0, 1, 1]
    with pytest.raises(StoreError, match="never overwrites"):
        app.backups.back_up(keep=2)


def test_a_backup_that_fails_removes_no_older_one(app: App, tmp_path: Path, clock: ManualClock) -> None:
    empty_database(tmp_path)
    app.backups.back_up(keep=1)
    (tmp_path / "heard.db").write_bytes(b"no database any more" * 300)
    clock.set(NOW + timedelta(days=1))
    with pytest.raises(StoreError):
        app.backups.back_up(keep=1)
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_an_older_database_is_backed_up_once_before_it_is_changed(app: App, tmp_path: Path) -> None:
    an_old_database(tmp_path)
    assert app.store.schema_version() == len(STEPS)
    app.close()
    copy = tmp_path / f"heard.db.before-{STEPS[30][:4]}.bak"
    manifest = read_manifest(copy)
    assert (manifest.schema, manifest.counts["targets"]) == (30, 1)
    before = copy.stat().st_mtime_ns
    assert app.store.schema_version() == len(STEPS)
    app.close()
    assert copy.stat().st_mtime_ns == before
    restored = app.backups.restore(copy)
    assert restored.manifest.schema == 30
    assert app.store.schema_version() == len(STEPS), "it is brought up to date again"
    app.close()


def test_a_new_database_has_nothing_to_back_up_and_who_says_so_goes_without(app: App, tmp_path: Path) -> None:
    app.store.counts()
    app.close()
    (tmp_path / "heard.db").unlink()
    an_old_database(tmp_path)
    app.backs_up = False
    app.store.counts()
    app.close()
    assert not list(tmp_path.glob("*.bak"))


def test_few_backups_from_before_migrations_stay(app: App, tmp_path: Path) -> None:
    an_old_database(tmp_path)
    for number in range(6):
        old = tmp_path / f"heard.db.before-00{number:02}.bak"
        old.touch()
        os.utime(old, (number, number))
    app.store.counts()
    app.close()
    left = sorted(file.name for file in tmp_path.glob("*.bak"))
    assert left == ["heard.db.before-0004.bak", "heard.db.before-0005.bak", f"heard.db.before-{STEPS[30][:4]}.bak"]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """The operating system's own limit on a file's size stands in for a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("command", ["db upgrade", "backup", "restore"])
def test_a_full_disk_stops_it_before_anything_is_changed(app: App, tmp_path: Path, command: str) -> None:
    if command == "db upgrade":
        an_old_database(tmp_path)
    else:
        empty_database(tmp_path)
    if command == "restore":
        app.backups.back_up(tmp_path / "a.backup")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    file = {"backup": ["b.backup"], "restore": ["a.backup"]}.get(command, [])
    with room_for(100_000):
        said = run(
            ["--config", str(tmp_path / "heard.toml"), *command.split(), *(str(tmp_path / name) for name in file)]
        )
    assert said.code == 1, said.err
    assert any(words in said.err for words in ("failed to read or write", "cannot be written", "full")), said.err
    if command == "backup":
        assert f"{tmp_path / 'b.backup'} cannot be written" in said.err, "not the disk of the database"
    left = {file.name: file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith(("-wal", "-shm"))}
    assert left == before
