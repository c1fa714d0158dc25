"""Backups of a database that is in use, and restores that change nothing unless the backup is whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from bot.errors import StoreError
from bot.model import Delivery, DeliveryState, Digest, Mention, Page, Window
from bot.model.digest import Audience
from bot.model.keeping import Cause
from bot.ports import Since
from bot.store.migrations import STEPS
from bot.store.moving.backup import DATABASE, MANIFEST, back_up, read_manifest
from bot.store.moving.restore import restore
from bot.store.sqlite import SqliteStore, open_store
from tests.support.database import again, empty_database
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_mention, an_event, an_item


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(empty_database(tmp_path))
    opened.add_targets([BLOGS], NOON)
    save(opened, 1, 2, 3)
    yield opened
    opened.close()


def save(store: SqliteStore, *numbers: int, collected: int = 0) -> None:
    at = NOON + collected * HOUR
    items = [an_item(number, published_at=at) for number in numbers]
    store.save_page(BLOGS, Page(items=items), [a_mention(one, collected_at=at) for one in items], at, at + HOUR)


def backed_up(store: SqliteStore, name: str = "a.backup") -> Path:
    target = Path(store.path).with_name(name)
    back_up(store.path, target, made_at=NOON, version="1.0")
    return target


def contents(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT key, text FROM items ORDER BY key").fetchall()


def files_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_a_backup_says_what_it_holds_and_is_for_this_user_alone(store: SqliteStore, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        made = back_up(store.path, tmp_path / "a.backup", made_at=NOON, version="1.0")
    finally:
        os.umask(before)
    assert made == read_manifest(tmp_path / "a.backup")
    assert (made.made_at, made.version, made.steps) == (NOON, "1.0", STEPS)
    assert (made.counts["mentions"], made.counts["offer_events"]) == (3, 0)
    assert stat.S_IMODE((tmp_path / "a.backup").stat().st_mode) == 0o600
    assert files_in(tmp_path) <= {"a.backup", "heard.db", "heard.db-wal", "heard.db-shm"}


def test_any_tool_reads_a_backup(store: SqliteStore, tmp_path: Path) -> None:
    with zipfile.ZipFile(backed_up(store)) as archive:
        assert set(archive.namelist()) == {MANIFEST, DATABASE}
        archive.extract(DATABASE, tmp_path / "by-hand")
        told = json.loads(archive.read(MANIFEST))
    taken = (tmp_path / "by-hand" / DATABASE).read_bytes()
    assert told["sha256"] == hashlib.sha256(taken).hexdigest()
    assert len(contents(tmp_path / "by-hand" / DATABASE)) == 3


def test_a_backup_holds_one_moment_while_others_write_on(store: SqliteStore, tmp_path: Path) -> None:
    """Each page is one transaction of 10 items and their mentions: a backup in the middle of one would show."""
    stop, written = Event(), Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            save(store, *range(number, number + 10))
            number += 10
            written.set()
        store.close()

    writer = Thread(target=write)
    writer.start()
    try:
        assert written.wait(20)
        made = [back_up(store.path, tmp_path / f"{turn}.backup", made_at=NOON, version="1.0") for turn in range(4)]
    finally:
        stop.set()
        writer.join()
    counts = [one.counts["items"] for one in made]
    assert counts == sorted(counts)
    assert all((count - 3) % 10 == 0 for count in counts)
    assert all(one.counts["mentions"] == one.counts["items"] for one in made)


def test_a_restore_brings_back_what_was_there_and_keeps_what_it_replaced(store: SqliteStore, tmp_path: Path) -> None:
    file, held = backed_up(store), contents(Path(store.path))
    save(store, 4, 5, collected=2)
    store.append(an_event("r1", at=NOON + 2 * HOUR), Since(NOON, NOON), lambda usage: None)
    store.close()
    done = restore(file, tmp_path / "heard.db", now=NOON + DAY, erase=again)
    assert contents(tmp_path / "heard.db") == held
    assert done.replaced is not None
    assert len(contents(done.replaced)) == 5
    assert done.lost is not None
    assert (done.lost.mentions, done.lost.redemptions, done.lost.sent) == (2, 1, 0)
    opened = open_store(tmp_path / "heard.db")
    assert opened.integrity_check() == ()
    assert opened.restored() is not None
    save(opened, 6)  # it goes on
    opened.close()
    assert files_in(tmp_path) == {"heard.db", "a.backup", done.replaced.name}


def test_a_restore_in_the_same_second_puts_aside_under_another_name(store: SqliteStore, tmp_path: Path) -> None:
    file, database = backed_up(store), tmp_path / "heard.db"
    store.close()
    asides = [restore(file, database, now=NOON, erase=again).replaced for _ in range(3)]
    assert len(set(asides)) == 3
    assert all(aside is not None and contents(aside) for aside in asides)


def test_a_restore_where_there_was_no_database(store: SqliteStore, tmp_path: Path) -> None:
    target = tmp_path / "new" / "heard.db"
    target.parent.mkdir()
    done = restore(backed_up(store), target, now=NOON, erase=again)
    assert (done.replaced, done.lost) == (None, None)
    assert contents(target) == contents(Path(store.path))


def a_delivery(number: int, digest: str, state: DeliveryState = DeliveryState.PENDING) -> Delivery:
    return Delivery(f"d{number}", digest, "mail", f"p{number}@example.org", digest, state, next_attempt_at=NOON)


def test_what_waited_to_be_sent_is_held_until_somebody_says_so(store: SqliteStore, tmp_path: Path) -> None:
    window = Window(NOON - DAY, NOON, "UTC")
    digest = Digest("one", "pr-daily", Audience.PR, window, "Yesterday", {}, NOON)
    store.publish(digest, [a_delivery(number, "one") for number in range(3)])
    assert len(store.claim_deliveries(NOON, 1, NOON - HOUR)) == 1
    file = backed_up(store)
    store.close()
    done = restore(file, tmp_path / "heard.db", now=NOON + DAY, erase=again)
    assert done.held == 3, "one of them was on its way"
    opened = open_store(tmp_path / "heard.db")
    try:
        assert opened.claim_deliveries(NOON + DAY, 9, NOON) == ()
        assert opened.claim_deliveries(NOON + 9 * DAY, 9, NOON + 8 * DAY) == (), "however long it waits"
        assert {one.state for one in opened.deliveries_of("one")} == {DeliveryState.HELD}
        assert all("may have gone out" in str(one.error) for one in opened.deliveries_of("one"))
        assert opened.release_held("another", NOON + DAY) == 0
        assert opened.release_held("pr-daily", NOON + DAY) == 3
        assert {one.id for one in opened.claim_deliveries(NOON + DAY, 9, NOON)} == {"d0", "d1", "d2"}
    finally:
        opened.close()
    once_more = restore(file, tmp_path / "heard.db", now=NOON + 2 * DAY, erase=again, hold=False)
    assert once_more.held == 0


def test_leases_of_then_hold_nobody_up(store: SqliteStore, tmp_path: Path) -> None:
    assert store.lease(BLOGS, "of then", NOON, NOON + DAY) is not None
    file = backed_up(store)
    store.close()
    restore(file, tmp_path / "heard.db", now=NOON + HOUR, erase=again)
    opened = open_store(tmp_path / "heard.db")
    assert opened.lease(BLOGS, "of now", NOON + HOUR, NOON + DAY) is not None
    opened.close()


def test_a_restore_is_refused_while_another_process_has_the_database_open(store: SqliteStore, tmp_path: Path) -> None:
    file = backed_up(store)
    store.close()
    program = (
        "import sys; from bot.store.sqlite import open_store; s = open_store(sys.argv[1]); s.counts();"
        "print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "heard.db")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(StoreError, match="in use by another process"):
            restore(file, tmp_path / "heard.db", now=NOON, erase=again)
        assert other.stdin is not None
        other.stdin.close()
    assert restore(file, tmp_path / "heard.db", now=NOON, erase=again).replaced is not None


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-300])


def halved(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def altered(file: Path) -> None:
    taken = bytearray(file.read_bytes())
    taken[len(taken) // 2] ^= 0xFF
    file.write_bytes(taken)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def of_another(file: Path) -> None:
    file.write_bytes(b"\x7fELF" * 1000)


def bare(file: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t (x)")
        file.write_bytes(db.serialize())


def other_archive(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")


def nonsense(file: Path) -> None:
    _with_manifest(file, lambda told: {"format": 1, "made_at": "never"})


def list_manifest(file: Path) -> None:
    _with_manifest(file, lambda told: [])  # type: ignore[arg-type,return-value]


def newer(file: Path) -> None:
    _with_manifest(file, lambda told: told | {"steps": [*told["steps"], "9000_from_the_future"]})


def newer_format(file: Path) -> None:
    _with_manifest(file, lambda told: told | {"format": 2})


def other_hash(file: Path) -> None:
    _with_manifest(file, lambda told: told | {"sha256": "0" * 64})


def longer_than_told(file: Path) -> None:
    _with_manifest(file, lambda told: told | {"size": 4096})


def of_another_database(file: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t (x)")
        taken = db.serialize()
    told = {"sha256": hashlib.sha256(taken).hexdigest(), "size": len(taken)}
    _with_manifest(file, lambda before: before | told, taken)


def damaged_inside(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        taken = bytearray(archive.read(DATABASE))
    for page in range(20, 60):
        taken[page * 4096 : page * 4096 + 200] = b"\xaa" * 200
    told = {"sha256": hashlib.sha256(taken).hexdigest()}
    _with_manifest(file, lambda before: before | told, bytes(taken))


def _with_manifest(file: Path, change: object, database: bytes | None = None) -> None:
    with zipfile.ZipFile(file) as archive:
        told, taken = json.loads(archive.read(MANIFEST)), archive.read(DATABASE)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DATABASE, taken if database is None else database)
        archive.writestr(MANIFEST, json.dumps(change(told)))  # type: ignore[operator]


WRONG = {
    cut: "cut off or altered",
    halved: "cut off or altered",
    altered: "cut off or altered",
    emptied: "is empty",
    of_another: "is no backup of Heard",
    bare: "bare SQLite file",
    other_archive: "another program made it",
    nonsense: "makes no sense",
    list_manifest: "makes no sense",
    newer: "9000_from_the_future",
    newer_format: "newer Heard",
    other_hash: "does not match its manifest",
    longer_than_told: "does not match its manifest",
    of_another_database: "another program",
    damaged_inside: "damaged",
}


@pytest.mark.parametrize(("spoil", "said"), WRONG.items(), ids=[spoil.__name__ for spoil in WRONG])
def test_a_backup_that_is_not_whole_changes_nothing(store: SqliteStore, tmp_path: Path, spoil, said: str) -> None:
    file = backed_up(store)
    store.close()
    spoil(file)
    before = (tmp_path / "heard.db").read_bytes()
    with pytest.raises(StoreError, match=said) as refused:
        restore(file, tmp_path / "heard.db", now=NOON, erase=again)
    assert "Nothing was changed" in str(refused.value)
    assert (tmp_path / "heard.db").read_bytes() == before
    assert files_in(tmp_path) == {"heard.db", "a.backup"}


def test_a_database_too_damaged_to_read_can_be_replaced_and_is_kept(store: SqliteStore, tmp_path: Path) -> None:
    file, held = backed_up(store), contents(Path(store.path))
    store.close()
    (tmp_path / "heard.db").write_bytes(b"\0" * 5000)
    done = restore(file, tmp_path / "heard.db", now=NOON, erase=again)
    assert contents(tmp_path / "heard.db") == held
    assert done.replaced is not None
    assert done.replaced.read_bytes() == b"\0" * 5000
    assert done.lost is None, "nobody can say"


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(store: SqliteStore, tmp_path: Path) -> None:
    store.close()
    taken = bytearray((tmp_path / "heard.db").read_bytes())
    for page in range(20, 60):
        taken[page * 4096 : page * 4096 + 200] = b"\xaa" * 200
    (tmp_path / "heard.db").write_bytes(taken)
    with pytest.raises(StoreError, match="damaged"):
        backed_up(store)
    assert files_in(tmp_path) == {"heard.db"}


@pytest.mark.parametrize("what", ["empty", "other", "missing"])
def test_what_is_no_database_of_heard_is_not_backed_up(tmp_path: Path, what: str) -> None:
    path = tmp_path / "x.db"
    if what == "empty":
        path.touch()
    if what == "other":
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError):
        back_up(path, tmp_path / "a.backup", made_at=NOON, version="1")
    assert files_in(tmp_path) <= {"x.db"}


def test_a_backup_that_failed_leaves_the_older_one(store: SqliteStore, tmp_path: Path) -> None:
    file = backed_up(store)
    before = file.read_bytes()
    (tmp_path / "no").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        back_up(store.path, tmp_path / "no" / "a.backup", made_at=NOON, version="1")
    assert file.read_bytes() == before


STEPS_OF_FILES = {"open", "os.rename", "os.link", "os.remove", "sqlite3.connect"}


def killed_before(step: int, file: Path, database: Path) -> bool:
    """Restores in a process that ends itself before this step on files; whether it came so far."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, _args: object) -> None:
            nonlocal left
            if event in STEPS_OF_FILES:
                left -= 1
                if left < 0:
                    os._exit(9)

        sys.addaudithook(count)
        try:
            restore(file, database, now=NOON, erase=again)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 9


def test_killed_at_any_point_a_restore_leaves_the_old_or_the_new(store: SqliteStore, tmp_path: Path) -> None:
    file, new = backed_up(store), contents(Path(store.path))
    save(store, 4)
    old = contents(Path(store.path))
    store.close()
    kept = tmp_path / "kept"
    shutil.copy(tmp_path / "heard.db", kept)
    seen, step = [], 0
    while killed_before(step, file, tmp_path / "heard.db"):
        opened = open_store(tmp_path / "heard.db")
        assert opened.integrity_check() == ()
        opened.close()
        found = contents(tmp_path / "heard.db")
        assert found in (old, new), f"killed before step {step}"
        seen.append(found == new)
        for aside in tmp_path.glob("heard.db.replaced-*"):
            aside.unlink()
        shutil.copy(kept, tmp_path / "heard.db")
        step += 1
    assert seen == sorted(seen), "there is one moment of switching"
    assert len(seen) > 8
    assert contents(tmp_path / "heard.db") == new
    assert not (tmp_path / "heard.db.restoring").exists()


def test_killed_at_any_point_a_restore_brings_nothing_back_that_was_erased(store: SqliteStore, tmp_path: Path) -> None:
    """Not even between its switch and the end: what was erased since goes before the restored one gets the name."""
    file, said = backed_up(store), tmp_path / "heard.db"
    item = next(one.item for one in store.mentions() if isinstance(one, Mention))
    gone, key = item.url or "", item.key
    assert gone.encode() in said.read_bytes() + said.with_name("heard.db-wal").read_bytes()
    store.forget_items([key], cause=Cause.REQUEST, noticed_at=NOON, now=NOON)
    assert store.settle_erasure(rewrite=True)
    store.close()
    kept, step = tmp_path / "kept", 0
    shutil.copy(said, kept)
    while killed_before(step, file, said):
        assert gone.encode() not in said.read_bytes(), f"killed before step {step}"
        for aside in tmp_path.glob("heard.db.replaced-*"):
            aside.unlink()
        shutil.copy(kept, said)
        step += 1
    assert gone.encode() not in said.read_bytes()
    with closing(open_store(said)) as restored:
        assert [line.forgotten.items for line in restored.erasures()] == [1]
    assert step > 8


def test_of_two_restores_at_once_one_is_refused_and_the_other_not_disturbed(store: SqliteStore, tmp_path: Path) -> None:
    """Where there is no database yet, and so nothing that could be locked."""
    file, new = backed_up(store), tmp_path / "new" / "heard.db"
    new.parent.mkdir()
    refused: list[str] = []

    def another(_done: int, _total: int) -> None:
        if not refused:
            with pytest.raises(StoreError, match="another restore is at work") as error:
                restore(file, new, now=NOON, erase=again)
            refused.append(str(error.value))

    new.with_name("heard.db.restoring").write_bytes(b"left by one that was killed" * 10**5)
    restore(file, new, now=NOON, erase=again, progress=another)
    assert refused
    assert contents(new) == contents(Path(store.path))
    assert files_in(new.parent) == {"heard.db"}
