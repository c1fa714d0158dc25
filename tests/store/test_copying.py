"""A whole archive moved to the other database and back: every table, hostile texts, killed in the middle, refused."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest

from bot.errors import StoreError
from bot.store.migrations import STEPS
from bot.store.moving.copies import copying
from bot.store.moving.copying import ROWS, Held
from bot.store.opening import open_store
from bot.store.postgres.schema import Table, schema_after
from tests.support import postgres
from tests.support.database import empty_database

pytestmark = pytest.mark.postgres
TABLES = schema_after(len(STEPS)).tables
HOSTILE = (
    "plain",
    "NUL \0 inside",
    "tab\tline\n\\N \\. \\",
    "🍫𝕳\U0010ffff",
    "ا\u202eب",
    "'quote\"",
    "",
    "é" * 3_000,
    "\ufffd\ud7ff",
)
MANY = ROWS + 7


def fill(path: Path, *, items: int = 9, without: tuple[str, ...] = ()) -> None:
    """Rows in every table, with references that hold."""
    with closing(sqlite3.connect(path)) as db:
        for name, table in TABLES.items():
            if name not in {"keeping", *without}:
                rows = [_row(table, number) for number in range(1, (items if name == "items" else 9) + 1)]
                places = ", ".join("?" * len(table.columns))
                db.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608 names of our own
        db.execute("INSERT INTO items_fts (items_fts) VALUES ('rebuild')")
        db.commit()
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def _row(table: Table, number: int) -> list[object]:
    referred = {column for reference in table.references for column in reference.columns}
    values: list[object] = []
    for column in table.columns.values():
        if column.type.startswith("text"):
            tied = column.name in {*referred, *table.key} or not column.required
            tied = tied or number > len(HOSTILE)
            values.append(f"{number:05}" if tied else f"{number:05} {HOSTILE[number % len(HOSTILE)]}")
        elif column.type == "bigint":
            values.append(number if column.name in {*referred, *table.key} else number - 2**63)
        else:
            values.append((0.1 + 0.2, -0.0, 1e308, 5e-324, float("inf"))[number % 5] * (1 + number // 5))
    return values


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = empty_database(tmp_path)
    fill(path)
    return path


@pytest.fixture
def target() -> Iterator[str]:
    made = postgres.blank_database()
    yield made
    postgres.drop(made)


def nothing(_done: int) -> None:
    """Hears how far it is."""


def copied(source: object, target: object, *, anew: bool = False) -> dict[str, Held]:
    with copying(str(source), str(target)) as work:
        work.carry(nothing, anew=anew)
        held = work.compare(nothing)
        work.finish()
    return dict(held)


def ask(address: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address) as db:
        return db.execute(sql.encode()).fetchall()


def test_every_table_goes_there_and_back_and_is_the_same(source: Path, target: str, tmp_path: Path):
    there = copied(source, target)
    back = copied(target, tmp_path / "back.db")
    assert there == back
    assert {name: held.rows for name, held in there.items()} == dict.fromkeys(TABLES, 9) | {"keeping": 2}
    first, second = open_store(source), open_store(target)
    third = open_store(tmp_path / "back.db")
    assert first.salt() == second.salt() == third.salt()
    assert first.counts() == second.counts() == third.counts()
    for store in (second, third):
        assert not [problem for problem in store.integrity_check() if "refers" in problem or "row" in problem]
        store.close()
    first.close()
    with closing(sqlite3.connect(source)) as ours, closing(sqlite3.connect(tmp_path / "back.db")) as theirs:
        made = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'items_fts_%' ORDER BY name"
        assert theirs.execute(made).fetchall() == ours.execute(made).fetchall()
        assert theirs.execute("SELECT COUNT(*) FROM items_fts WHERE items_fts MATCH 'plain'").fetchone() == (1,)


def test_a_text_of_more_words_than_a_search_can_hold_is_copied_whole(source: Path, target: str):
    many = " ".join(f"{number * 2654435761:x}" for number in range(200_000))
    with closing(sqlite3.connect(source)) as db:
        db.execute("UPDATE items SET text = ? WHERE id = 1", (many,))
        db.commit()
    copied(source, target)
    assert ask(target, "SELECT length(text) FROM items WHERE id = 1") == [(len(many),)]
    assert ask(target, "SELECT COUNT(*) FROM items WHERE heard_words(text) @@ heard_search('\"9e3779b1\"')") == [(1,)]


def test_a_copied_schema_is_the_one_that_the_steps_make_and_counts_on(source: Path, target: str):
    copied(source, target)
    made = """
    SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('f', 'p')
    UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT table_name, column_name, data_type || is_nullable || COALESCE(column_default, '') || is_identity
              FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'heard_steps', name, '' FROM heard_steps
    """
    assert sorted(ask(target, made)) == sorted(ask(postgres.empty_postgres(), made))
    with psycopg.connect(target) as db:
        (number,) = db.execute(
            "INSERT INTO labels (SELECT (jsonb_populate_record(l, '{\"id\": null}')).* FROM labels l LIMIT 0) RETURNING id"
        ).fetchone() or (None,)
        assert number is None
        assert db.execute("SELECT nextval(pg_get_serial_sequence('labels', 'id'))").fetchone() == (10,)
        with pytest.raises(psycopg.IntegrityError, match="append-only"):
            db.execute("DELETE FROM erasures")


@contextmanager
def killed_in_the_middle(source: Path, target: str) -> Iterator[None]:
    """A copy by another process, killed after its first chunk of items."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_copy_until, args=(str(source), target, theirs))
    process.start()
    assert ours.poll(60)
    ours.recv()
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    yield


def _copy_until(source: str, target: str, pipe: Connection) -> None:
    def tell(done: int) -> None:
        if done >= ROWS:
            pipe.send(done)
            signal.pause()

    with copying(source, target) as work:
        work.carry(tell)


@pytest.mark.parametrize("back", [False, True], ids=["to-postgres", "to-sqlite"])
def test_what_was_killed_goes_on_where_it_was(tmp_path: Path, target: str, *, back: bool):
    path = empty_database(tmp_path)
    fill(path, items=MANY)
    begin: object = path
    end: object = target
    if back:
        copied(path, target)
        begin, end = target, tmp_path / "back.db"
    with killed_in_the_middle(begin, str(end)):  # type: ignore[arg-type]
        pass
    if back:
        assert not (tmp_path / "back.db").exists(), "nothing opens what is half"
    else:
        with pytest.raises(StoreError, match="copy that is not finished"):
            open_store(target)
    told: list[int] = []
    with copying(str(begin), str(end)) as work:
        assert work.half()
        work.carry(told.append)
        assert told[0] >= 9, "what was there is not brought again"
        held = work.compare(nothing)
        work.finish()
    assert held["items"].rows == MANY
    assert copied(end, tmp_path / "third.db") == held if not back else True


def test_a_row_too_few_or_changed_is_found_and_the_copy_stays_shut(source: Path, target: str, tmp_path: Path):
    with copying(str(source), target) as work:
        work.carry(nothing)
        with psycopg.connect(target) as db:
            db.execute("UPDATE items SET text = text || ' ' WHERE id = 3")
            db.execute("DELETE FROM polls WHERE id = 9")
        with pytest.raises(StoreError, match=r"items \(as many rows, not the same\), polls \(9 rows here, 8 there\)"):
            work.compare(nothing)
    with pytest.raises(StoreError, match="not finished"):
        open_store(target)
    assert copied(source, target, anew=True)["polls"].rows == 9


def test_a_source_that_was_used_since_is_found_out(source: Path, target: str):
    with copying(str(source), target) as work:
        work.carry(nothing)
    with closing(sqlite3.connect(source)) as db:
        db.execute("UPDATE items SET title = 'another'")
        db.commit()
    with copying(str(source), target) as work:
        work.carry(nothing)
        with pytest.raises(StoreError, match="--anew"):
            work.compare(nothing)


def test_a_source_in_use_is_refused(source: Path, target: str):
    used = open_store(source)
    try:
        with pytest.raises(StoreError, match="Stop it, then copy"), copying(str(source), target):
            pass
    finally:
        used.close()
    copied(source, target)
    used = open_store(target)
    try:
        with pytest.raises(StoreError, match="in use by another"), copying(target, str(source.with_name("b.db"))):
            pass
    finally:
        used.close()


def refused(source: object, target: object, words: str) -> None:
    with copying(str(source), str(target)) as work, pytest.raises(StoreError, match=words):
        work.carry(nothing)


def test_what_is_not_empty_is_refused_and_left_as_it_is(source: Path, target: str, tmp_path: Path):
    with copying(str(source), target) as work:
        work.carry(nothing)
    other = tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(empty_database(other))) as db:
        db.execute("UPDATE keeping SET value = 'ab' WHERE name = 'salt'")
        db.commit()
    refused(other / "heard.db", target, "half copy of another database")
    copied(source, target)
    refused(source, target, "a database of Heard already")
    refused(target, source, "exists already; a copy never overwrites")
    stranger = postgres.blank_database()
    with psycopg.connect(stranger) as db:
        db.execute("CREATE TABLE theirs (id int)")
    refused(source, stranger, "another program")
    postgres.drop(stranger)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda db: db.execute("UPDATE items SET text = x'00ff' WHERE id = 2"), r"items.text holds bytes.*\[2\]"),
        (lambda db: db.execute("UPDATE polls SET new = 'many' WHERE id = 2"), r"polls.new holds str where int"),
        (lambda db: db.execute("UPDATE items SET text = CAST(x'ff41' AS TEXT) WHERE id = 2"), "decode"),
        (lambda db: db.execute("UPDATE mentions SET item = 77"), "refers to another that is not there"),
    ],
)
def test_a_damaged_source_is_named(
    source: Path, target: str, spoil: Callable[[sqlite3.Connection], object], words: str
):
    with closing(sqlite3.connect(source)) as db:
        spoil(db)
        db.commit()
    with pytest.raises(StoreError, match=words):
        copied(source, target)
