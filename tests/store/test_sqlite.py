"""What holds for the SQLite file itself: opening, refusing, surviving, and being taken care of."""

from __future__ import annotations

import multiprocessing
import os
import re
import sqlite3
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.model import EventKind, Page, Reason, Target
from bot.ports import Since
from bot.store.migrations import STEPS
from bot.store.sqlite import SqliteStore, open_store
from bot.store.values import stamp
from tests.support.database import the_search_fits
from tests.support.samples import (
    BLOGS,
    DAY,
    HOUR,
    NOON,
    a_delivery,
    a_digest,
    a_mention,
    a_score,
    a_window,
    an_event,
    an_item,
)

TODAY = Since(NOON, NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "heard.db"


@pytest.fixture
def store(path: Path):
    opened = open_store(path)
    opened.add_targets([BLOGS], NOON)
    yield opened
    opened.close()


def save(store: SqliteStore, *items):
    mentions = [a_mention(item) for item in items]
    store.save_page(BLOGS, Page(items=items, cursor={"at": len(items)}), mentions, NOON, NOON + HOUR)
    return mentions


def test_addresses_and_paths_lead_to_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for address in ("sqlite:///a b?#%20.db", f"sqlite:////{tmp_path}/a b?#%20.db", tmp_path / "a b?#%20.db"):
        opened = open_store(address)
        opened.add_targets([BLOGS], NOON)
        assert len(opened.target_states()) == 1
        opened.close()
    assert [file.name for file in tmp_path.iterdir()] == ["a b?#%20.db"]


@pytest.mark.parametrize("address", ["postgresql://host/heard", "sqlite:///", "mysql://x"])
def test_an_address_that_cannot_be_served_is_refused_in_words(address: str):
    with pytest.raises(StoreError, match="sqlite:///heard"):
        open_store(address)


def test_a_new_database_is_whole_at_once(path: Path):
    opened = open_store(path)
    assert opened.schema_version() == len(STEPS)
    assert opened.integrity_check() == ()
    assert set(opened.counts().values()) == {0}
    db = opened._connections.database()
    assert db.journal_mode == "wal"
    assert db.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    opened.close()


def test_a_new_database_its_companions_and_its_backup_are_for_this_user_alone(path: Path, tmp_path: Path):
    before = os.umask(0o022)
    try:
        opened = open_store(path)
        opened.add_targets([BLOGS], NOON)
        opened.backup(tmp_path / "copy.db")
        files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        opened.close()
    finally:
        os.umask(before)
    assert files == dict.fromkeys(("heard.db", "heard.db-wal", "heard.db-shm", "copy.db"), 0o600)


def test_the_rights_of_a_database_that_is_there_are_left_alone(path: Path):
    open_store(path).close()
    path.chmod(0o640)
    open_store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_lease_and_the_states_do_not_grow_slower_with_the_months(store: SqliteStore):
    """Asked by counting the steps of SQLite's machine, which no other load on this computer changes."""
    db = store._connections.database()

    def steps() -> int:
        ticks = 0

        def tick() -> int:
            nonlocal ticks
            ticks += 1
            return 0

        db.conn.set_progress_handler(tick, 100)
        store.lease(BLOGS, "me", NOON, NOON + HOUR)
        store.target_states()
        store.gaps(NOON - DAY, NOON)
        store.covered(NOON - DAY, NOON)
        list(store.story_candidates(NOON))
        db.conn.set_progress_handler(None, 0)
        return ticks

    few = steps()
    others = [Target("blogs", str(number)) for number in range(20)]
    store.add_targets(others, NOON)
    for table in ("gaps", "coverage"):
        rows = [
            {"source": other.source, "feed": other.feed, "start_at": stamp(at), "end_at": stamp(at + HOUR)}
            | ({"cause": "down"} if table == "gaps" else {})
            for other in others
            for at in (NOON - day * DAY for day in range(2, 200))
        ]
        db.table(table).insert_all(rows)
    assert steps() <= few + 20


def test_every_table_is_counted(store: SqliteStore):
    (mention,) = save(store, an_item())
    store.save_scores([a_score(mention)], NOON)
    digest = a_digest(a_window(), (mention.id,))
    store.publish(digest, [a_delivery(digest)])
    store.issue("truffle", [("a", None), ("b", None)], NOON)
    counts = store.counts()
    assert {name: count for name, count in counts.items() if count} == {
        "targets": 1, "arrivals": 1, "items": 1, "snapshots": 1, "mentions": 1, "scores": 1, "alignments": 2, "digests": 1,
        "digest_mentions": 1, "deliveries": 1, "offer_events": 2,
    }  # fmt: skip
    ours = {
        name
        for name in store._connections.database().table_names()
        if not name.startswith(("items_fts", "_sqlite", "sqlite_", "keeping"))
    }
    assert set(counts) == ours


def test_a_database_newer_than_the_code_is_refused_and_left_as_it_was(path: Path):
    open_store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('heard', '0099_future', '')"
        )
    raw.close()
    before = path.read_bytes()
    for migrate in (True, False):
        with pytest.raises(StoreError, match=rf"schema {len(STEPS) + 1} \(0099_future\).*up to {len(STEPS)} \("):
            open_store(path, migrate=migrate)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_as_it_was(path: Path):
    for script in ("CREATE TABLE items (a)", "DROP TABLE items; PRAGMA application_id = 7"):
        raw = sqlite3.connect(path)
        raw.executescript(script)
        raw.close()
        before = path.read_bytes()
        with pytest.raises(StoreError, match="another program"):
            open_store(path)
        assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(path: Path):
    path.write_bytes(b"<html>not a database at all</html>" * 100)
    with pytest.raises(StoreError, match="not a SQLite database") as caught:
        open_store(path)
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)


def test_a_missing_folder_is_said(tmp_path: Path):
    with pytest.raises(StoreError, match="folder exists"):
        open_store(tmp_path / "nowhere" / "heard.db")


def test_without_migrating_nothing_is_made_and_an_older_schema_is_said(path: Path):
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(path, migrate=False)
    assert not path.exists()
    open_store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("DELETE FROM _sqlite_migrations WHERE name = ?", [STEPS[-1]])
    raw.close()
    with pytest.raises(StoreError, match=f"schema {len(STEPS) - 1}.*needs {len(STEPS)}.*heard db upgrade"):
        open_store(path, migrate=False)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch):
    from bot.store.migrations import migrations

    open_store(path).close()

    def broken(db):
        db.execute("CREATE TABLE halfway (a)")
        raise RuntimeError("pulled the plug")

    monkeypatch.setattr(migrations, "_migrations", [*migrations._migrations])
    migrations(name="0098_broken")(broken)
    with pytest.raises(RuntimeError, match="pulled the plug"):
        open_store(path)
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT name FROM sqlite_master WHERE name = 'halfway'").fetchall() == []
    raw.close()


def test_a_full_disk_is_said_and_loses_and_doubles_nothing(store: SqliteStore):
    first = save(store, an_item(1))
    db = store._connections.database()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages + 4}")
    many = [an_item(n, text=f"Moon {n} " + "long " * 3000) for n in range(2, 40)]
    with pytest.raises(StoreError, match=r"full; nothing of this step was saved\. Free some space"):
        save(store, *many)
    with pytest.raises(StoreError, match="full"):
        store.issue("truffle", [(f"{n:050}", None) for n in range(5000)], NOON)
    assert list(store.mentions()) == first
    assert store.target_states()[0].cursor == {"at": 1}
    assert store.find_code(f"{0:050}") is None
    db.execute("PRAGMA max_page_count = 1000000")
    save(store, *many)
    assert len(list(store.mentions())) == 39
    assert store.integrity_check() == ()


def test_a_page_is_one_part_of_the_search_however_many_items_it_has(store: SqliteStore, path: Path):
    def parts() -> int:
        with store._read() as db:
            return int(db.execute("SELECT COUNT(DISTINCT segid) FROM items_fts_idx").fetchone()[0])

    first, *rest = (an_item(n, text=f"Moon {n} opened today") for n in range(1, 100))
    save(store, first)
    assert parts() == 1
    save(store, *rest)
    assert parts() == 2, "FTS5 merges parts for ever: each must be worth it"
    save(store, *(replace(item, metrics={"likes": 7}) for item in (first, *rest)))
    assert parts() == 2, "other figures are no other words"
    save(store, replace(first, title="", text="Marzipan moved away"), an_item(100, text="Moon 100"))
    assert the_search_fits(path)
    found = {said.item.key for said in store.mentions(search="moon")}
    assert found == {an_item(n).key for n in range(2, 101)}


def test_a_database_that_refuses_writes_is_said(store: SqliteStore):
    store._connections.database().execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="read-only"):
        save(store, an_item())


def test_a_lock_that_is_held_too_long_is_said(store: SqliteStore, path: Path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store._connections.database().execute("PRAGMA busy_timeout = 1")
    with pytest.raises(StoreError, match="locked"):
        save(store, an_item())
    other.execute("ROLLBACK")
    other.close()
    save(store, an_item())


def test_a_damaged_file_is_said_by_the_check_or_by_the_verb(path: Path):
    opened = open_store(path)
    opened.add_targets([BLOGS], NOON)
    save(opened, *(an_item(n, text="Moon " * 400) for n in range(400)))
    opened.close()
    content = bytearray(path.read_bytes())
    for start in range(len(content) // 8192 * 4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    opened = open_store(path)
    with pytest.raises(StoreError, match="damaged"):
        list(opened.mentions(search="moon")) + list(opened.mentions())
    try:
        problems = opened.integrity_check()
    except StoreError as error:
        problems = (str(error),)
    assert problems
    opened.close()


def test_a_missing_row_is_found_by_the_check(store: SqliteStore):
    save(store, an_item())
    db = store._connections.database()
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("DELETE FROM items")
    assert set(store.integrity_check()) == {
        f"a row of {name} refers to a row of items that is not there" for name in ("mentions", "snapshots")
    }


def test_the_ledger_cannot_be_rewritten(store: SqliteStore):
    store.append(an_event("r1"), TODAY, lambda usage: None)
    db = store._connections.database()
    for statement in (
        "UPDATE offer_events SET kind = 'refused'",
        "DELETE FROM offer_events",
        "INSERT OR REPLACE INTO offer_events SELECT * FROM offer_events",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
    assert [event.kind for event in store.offer_events()] == [EventKind.REDEEMED]


def test_a_backup_is_whole_while_others_write_and_never_overwrites(store: SqliteStore, tmp_path: Path):
    mentions = save(store, an_item())
    copy = tmp_path / "copy.db"
    store.backup(copy)
    save(store, an_item(2))
    with pytest.raises(StoreError, match="exists already"):
        store.backup(copy)
    with pytest.raises(StoreError, match="nowhere"):
        store.backup(tmp_path / "nowhere" / "copy.db")
    restored = open_store(copy, migrate=False)
    assert list(restored.mentions()) == mentions
    assert restored.integrity_check() == ()
    restored.close()
    assert not list(tmp_path.glob("*.part"))


def test_what_was_promised_is_on_the_disk_before_the_verb_returns(store: SqliteStore):
    seen: list[str] = []
    db = store._connections.database()
    with db.tracer(lambda sql, _: seen.append(sql)):
        store.publish(a_digest(a_window()), ())
        save(store, an_item())
    levels = [sql for sql in seen if "synchronous" in sql]
    assert levels == ["PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"]
    assert [sql for sql in seen if sql.startswith("BEGIN")] == ["BEGIN IMMEDIATE"] * 2


def test_each_thread_has_a_connection_that_ends_with_it(store: SqliteStore):
    connections = [store._connections.database().conn]

    def work() -> None:
        save(store, an_item())
        connections.append(store._connections.database().conn)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert connections[0] is not connections[1]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connections[1].execute("SELECT 1")
    assert len(list(store.mentions())) == 1


def test_a_database_in_memory_belongs_to_its_thread():
    opened = open_store(":memory:")
    caught: list[BaseException] = []

    def work() -> None:
        try:
            opened.target_states()
        except StoreError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert "in memory" in str(caught[0])
    opened.close()


def test_a_closed_store_opens_again_but_never_makes_an_empty_file(path: Path):
    opened = open_store(path)
    opened.close()
    opened.close()
    assert opened.target_states() == ()
    opened.close()
    path.unlink()
    with pytest.raises(StoreError, match="cannot be opened"):
        opened.target_states()


def _redeem(arguments: tuple[str, int, int]) -> int:
    path, worker, tries = arguments
    store = open_store(path)
    granted = 0
    for number in range(tries):
        event = an_event(f"{worker}-{number}", customer=str(number % 5))
        written, _ = store.append(event, TODAY, lambda usage: Reason.OFFER_CAP if usage.offer >= 37 else None)
        granted += written.kind is EventKind.REDEEMED
    store.close()
    return granted


def test_many_programs_that_start_on_a_new_file_get_exactly_the_cap(path: Path):
    """Four at once: each migrates, then tries; the same race that a fresh container with several workers runs."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        granted = pool.map(_redeem, [(str(path), worker, 50) for worker in range(4)], chunksize=1)
    assert sum(granted) == 37
    opened = open_store(path)
    kinds = [event.kind for event in opened.offer_events()]
    assert (kinds.count(EventKind.REDEEMED), kinds.count(EventKind.REFUSED)) == (37, 163)
    assert opened.integrity_check() == ()
    opened.close()


def test_the_reads_of_every_tick_use_their_indexes(store: SqliteStore):
    from bot.store.sql import ledger, outbox, score

    db = store._connections.database()

    def plan(statement: str) -> str:
        names = dict.fromkeys(re.findall(r":(\w+)", statement))
        return " ".join(row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", names))

    def steps_of(plan: str) -> set[str]:
        return set(re.findall(r"SCAN \w+|TEMP B-TREE", plan))

    assert "SCAN mentions" not in plan(score.UNSCORED)
    for statement in (
        *(
            ledger.USAGE,
            ledger.HELD,
            ledger.SWITCHED,
            ledger.OF_ORDER,
            ledger.ENDING,
            ledger.GUESSES,
            ledger.EVENT_BY_KEY,
        ),
        *(ledger.latest(["code"]), ledger.latest(["actor"])),
    ):
        assert not {"SCAN offer_events", "SCAN e", "SCAN h", "TEMP B-TREE"} & steps_of(plan(statement)), statement
    assert "SCAN deliveries" not in plan(outbox.CLAIM)


def test_days_are_not_lost_to_the_calendar(store: SqliteStore):
    for number, moment in enumerate((NOON.replace(year=1), NOON.replace(year=9999), NOON + DAY)):
        save(store, an_item(number, published_at=moment))
    assert [m.told_at.year for m in store.mentions()] == [9999, 2026, 1]
