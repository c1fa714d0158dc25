"""What holds for PostgreSQL itself: opening, refusing, connections that are lost, workers that share one database."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from urllib.parse import quote

import psycopg
import pytest

from bot.errors import Overtaken, StoreError
from bot.model import EventKind, Page, Reason
from bot.ports import Since
from bot.store.address import shown
from bot.store.migrations import STEPS, TABLES
from bot.store.opening import open_store
from bot.store.postgres.schema import changes, schema_after
from bot.store.postgres.statement import in_psycopg
from bot.store.postgres.store import PostgresStore, open_postgres
from bot.store.read import quoted
from tests.support import postgres
from tests.support.samples import BLOGS, HOUR, NOON, a_mention, an_event, an_item

TODAY = Since(NOON, NOON)
SECRET = "s3cret"
postgresql = pytest.mark.postgres


@pytest.fixture
def address() -> str:
    return postgres.emptied_postgres()


@pytest.fixture
def store(address: str) -> Iterator[PostgresStore]:
    opened = open_postgres(address)
    opened.add_targets([BLOGS], NOON)
    yield opened
    opened.close()


@pytest.fixture
def blank() -> Iterator[str]:
    """A database without anything in it."""
    made = postgres.blank_database()
    yield made
    postgres.drop(made)


def tell(address: str, *commands: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address, autocommit=True) as connection:
        for command in commands:
            cursor = connection.execute(command.encode())
        return cursor.fetchall() if cursor.description else []


def pid(store: PostgresStore) -> int:
    with store._read() as db:
        return int(db.execute("SELECT pg_backend_pid()").fetchone()[0])


def save(store: PostgresStore, *items) -> None:
    store.save_page(BLOGS, Page(items=items), [a_mention(item) for item in items], NOON, NOON + HOUR)


def test_only_what_stands_for_a_value_becomes_a_placeholder():
    said = "SELECT ':no', 'it''s :no', x::text -- it's a :no\nFROM t WHERE a = :a AND b LIKE 'offer:%' AND c = :a_2"
    assert in_psycopg(said).decode() == (
        "SELECT ':no', 'it''s :no', x::text -- it's a :no\nFROM t WHERE a = %(a)s AND b LIKE 'offer:%%' AND c = %(a_2)s"
    )


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"postgresql://ann:{SECRET}@db:5432/heard", "postgresql://ann@db:5432/heard"),
        (f"postgresql://ann:{SECRET}@x@db/heard", "postgresql://ann@db/heard"),
        (f"postgresql://ann@db/heard?password={SECRET}&sslmode=require", "postgresql://ann@db/heard?sslmode=require"),
        (f"postgresql:///heard?sslpassword={SECRET}", "postgresql:///heard"),
        ("postgresql://db/heard?application_name=me:you@here", "postgresql://db/heard?application_name=me:you@here"),
        ("sqlite:////srv/a:b@c/heard.db", "sqlite:////srv/a:b@c/heard.db"),
        ("sqlite:///heard.db", "sqlite:///heard.db"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, told: str):
    assert shown(address) == told


@pytest.mark.parametrize(
    ("search", "told"),
    [
        ("moon cake", '"moon" "cake"'),
        ('"moon cake" sun', '"moon cake" "sun"'),
        ('a"b c', '"a" "b c"'),
        ('"" NOT', '"NOT"'),
    ],
)
def test_no_word_of_a_search_commands(search: str, told: str):
    assert quoted(search) == told


@pytest.mark.parametrize("address", [f"postgresql://ann@db/heard?pass={SECRET}", "postgresql://[::1"])
def test_an_address_that_cannot_be_read_is_refused_without_quoting_it(address: str):
    with pytest.raises(StoreError, match=r"is no address that PostgreSQL understands") as refused:
        open_store(address)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_server_that_is_not_there_is_named_without_the_password():
    with pytest.raises(StoreError, match=r"postgresql://ann@127\.0\.0\.1:9/heard cannot be reached") as refused:
        open_store(f"postgresql://ann:{SECRET}@127.0.0.1:9/heard")
    assert SECRET not in str(refused.value)


def test_every_step_since_the_first_makes_the_schema_that_all_make_at_once():
    """A name that a step drops and another makes again is told once, whatever number is upgraded from."""
    newest = schema_after(len(STEPS))
    for taken in (0, 11, 22, len(STEPS)):
        statements = list(changes(schema_after(taken), newest))
        assert len(set(statements)) == len(statements)
    assert statements == []


@postgresql
def test_a_new_database_is_whole_at_once_and_has_a_salt_of_its_own(blank: str):
    opened = open_store(blank)
    assert opened.schema_version() == len(STEPS)
    assert opened.integrity_check() == ()
    assert set(opened.counts().values()) == {0}
    salt = opened.salt()
    opened.close()
    again = open_store(blank, migrate=False)
    assert again.salt() == salt
    again.close()
    tell(blank, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    other = open_store(blank)
    assert other.salt() != salt
    other.close()


@postgresql
def test_texts_compare_by_code_point_whatever_the_database_s_locale(blank: str):
    open_store(blank).close()
    assert tell(blank, "SELECT 'a' < 'B'") == [(True,)], "the server's own order is a dictionary's"
    columns = tell(
        blank,
        "SELECT c.table_name, c.column_name FROM information_schema.columns c WHERE table_schema = 'public' "
        "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'",
    )
    assert columns == []


SCHEMA = (
    """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY 1, 2
    """,
    "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    """
    SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
    """,
    "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
)


@postgresql
@pytest.mark.parametrize("taken", [11, 22, len(STEPS) - 1])
def test_an_older_schema_becomes_the_one_that_is_made_now(blank: str, taken: int, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as before:
        before.setattr("bot.store.postgres.store.STEPS", STEPS[:taken])
        open_postgres(blank).close()
    with pytest.raises(StoreError, match=f"has schema {taken}, this Heard needs {len(STEPS)}: run heard db upgrade"):
        open_store(blank, migrate=False)
    with pytest.raises(StoreError, match="run heard db upgrade"):
        open_store(blank, read_only=True)
    open_store(blank).close()
    made = postgres.empty_postgres()
    for question in SCHEMA:
        assert tell(blank, question) == tell(made, question)
    postgres.drop(made)


@postgresql
def test_many_programs_that_start_on_a_new_database_make_it_once(blank: str):
    versions = []

    def start() -> None:
        opened = open_store(blank)
        versions.append(opened.schema_version())
        opened.close()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert versions == [len(STEPS)] * 6
    assert tell(blank, "SELECT count(*) FROM heard_steps") == [(len(STEPS),)]


@postgresql
def test_another_program_s_database_is_left_alone_and_a_schema_of_one_s_own_in_it_is_taken(blank: str):
    tell(blank, "CREATE TABLE guests (id int)", "CREATE SCHEMA one", 'CREATE SCHEMA "Two"')
    with pytest.raises(StoreError, match="belongs to another program"):
        open_store(blank)
    assert tell(blank, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [("guests",)]
    for name in ("one", '"Two"'):
        opened = open_postgres(f"{blank}?options=-csearch_path%3D{quote(name)}")
        opened.add_targets([BLOGS], NOON)
        save(opened, an_item(1))
        assert len(list(opened.mentions(search=an_item(1).text.split()[0]))) == 1
        opened.close()
    with pytest.raises(StoreError, match="the schema in its search_path is not there"):
        open_store(f"{blank}?options=-csearch_path%3Dnowhere")


@postgresql
def test_a_newer_database_is_refused_and_left_as_it_is(blank: str):
    open_store(blank).close()
    tell(blank, "INSERT INTO heard_steps (name) VALUES ('9999_future')")
    with pytest.raises(StoreError, match=r"has schema \d+ \(9999_future\); this Heard knows up to"):
        open_store(blank)


@postgresql
def test_a_schema_that_moves_on_while_it_is_open_is_not_written_in_the_old_way(blank: str):
    store = open_postgres(blank)
    store.add_targets([BLOGS], NOON)
    for _prepared in range(7):
        store.target_states()
    tell(blank, "ALTER TABLE targets ADD COLUMN later text", "INSERT INTO heard_steps (name) VALUES ('9999_future')")
    with pytest.raises(StoreError, match="was changed while Heard ran"):
        store.target_states()
    assert len(store.target_states()) == 1, "reading goes on"
    for _again in range(2):
        with pytest.raises(Overtaken, match=r"was brought to schema 9999_future while Heard ran"):
            store.touch()
    tell(blank, "DROP TABLE heard_steps")
    with pytest.raises(Overtaken, match="holds Heard's schema no more"):
        store.touch()
    store.close()


@postgresql
@pytest.mark.parametrize(
    ("database", "said"),
    [("nowhere", "cannot be reached: .*does not exist"), ("latin", "keeps texts as LATIN1")],
)
def test_a_database_that_cannot_be_used_says_what_to_do(database: str, said: str):
    server = postgres.server()
    with suppress(psycopg.errors.DuplicateDatabase):
        server.tell("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'")
    with pytest.raises(StoreError, match=said):
        open_store(server.address(database))


@postgresql
def test_a_user_who_may_not_is_told_so(blank: str):
    server = postgres.server()
    with suppress(psycopg.errors.DuplicateObject):
        server.tell("CREATE ROLE guest LOGIN")
    with pytest.raises(StoreError, match=r"may not do that .*permission denied"):
        open_store(blank.replace(f"{postgres.USER}@", "guest@"))


@postgresql
def test_what_is_opened_to_be_read_cannot_be_written(address: str):
    reading = open_store(address, read_only=True)
    assert reading.target_states() == ()
    with pytest.raises(StoreError, match="takes no writes"):
        reading.add_targets([BLOGS], NOON)
    reading.close()


@postgresql
def test_a_connection_that_was_lost_between_two_verbs_is_made_anew_unseen(store: PostgresStore, address: str):
    for verb in (store.target_states, lambda: store.add_targets([BLOGS], NOON)):
        tell(address, f"SELECT pg_terminate_backend({pid(store)})")
        verb()
    assert len(store.target_states()) == 1


@postgresql
def test_a_connection_that_is_lost_in_the_middle_ends_that_verb_and_saves_nothing_of_it(
    store: PostgresStore, address: str
):
    def lost(usage: object) -> None:
        with store._read() as db:
            number = db.execute("SELECT pg_backend_pid()").fetchone()[0]
        tell(address, f"SELECT pg_terminate_backend({number})")

    with pytest.raises(StoreError, match=r"The connection to .* was lost"):
        store.append(an_event("r1"), TODAY, lost)
    assert list(store.offer_events()) == []
    store.append(an_event("r1"), TODAY, lambda usage: None)
    assert [event.id for event in store.offer_events()] == ["r1"]


@postgresql
def test_what_is_recorded_together_is_lost_together_and_the_next_step_works(store: PostgresStore, address: str):
    with pytest.raises(StoreError, match="was lost"), store.together():  # noqa: PT012 the loss is in the middle
        store.append(an_event("r1"), TODAY, lambda usage: None)
        tell(address, f"SELECT pg_terminate_backend({pid(store)})")
        store.append(an_event("r2"), TODAY, lambda usage: None)
    assert list(store.offer_events()) == []
    with store.together():
        with suppress(ZeroDivisionError):
            store.append(an_event("r3"), TODAY, lambda usage: 1 / 0)
        store.append(an_event("r4"), TODAY, lambda usage: None)
    assert [event.id for event in store.offer_events()] == ["r4"]


@postgresql
def test_a_server_that_is_started_anew_is_found_again():
    server = postgres.start()
    try:
        address = server.address("postgres")
        opened = open_postgres(address)
        opened.append(an_event("r1"), TODAY, lambda usage: None)
        server.control("stop", "-m", "immediate")
        for _ in range(2):
            with pytest.raises(StoreError, match="cannot be reached"):
                opened.target_states()
        server.control("start")
        assert [event.id for event in opened.offer_events()] == ["r1"], "what was promised was on the disk"
        opened.add_targets([BLOGS], NOON)
        server.control("restart", "-m", "fast")
        assert len(opened.target_states()) == 1
        opened.close()
    finally:
        postgres.stop(server)


@postgresql
def test_a_statement_that_failed_and_was_passed_over_saves_nothing_in_silence(store: PostgresStore):
    with pytest.raises(StoreError, match="passed over"), store._write() as db:  # noqa: PT012 what fails is the end
        db.execute("DELETE FROM targets")
        with suppress(psycopg.Error):
            db.execute("SELECT 1 / 0")
    assert len(store.target_states()) == 1


@postgresql
def test_who_keeps_the_others_from_writing_is_waited_for_and_then_named(store: PostgresStore, address: str):
    other = open_postgres(address)
    with store._write(), pytest.raises(StoreError, match=r"kept .* locked for 30 seconds"):
        _add_in_a_hurry(other)
    other.add_targets([replace(BLOGS, feed="x")], NOON)
    assert len(store.target_states()) == 2
    other.close()


def _add_in_a_hurry(store: PostgresStore) -> None:
    with store._read() as db:
        db.tell("COMMIT; SET lock_timeout = '50ms'; BEGIN")
    store.add_targets([BLOGS], NOON)


@postgresql
def test_values_are_held_as_sqlite_holds_them(store: PostgresStore):
    values = {"i": 2**63 - 1, "b": True, "f": 0.1 + 0.2, "n": float("nan"), "t": "é\U0001f36b", "x": None}
    with store._read() as db:
        row = db.execute(
            "SELECT :i AS i, :b AS b, :f AS f, :n AS n, :t AS t, CAST(:x AS TEXT) AS x, SUM(v) AS s, 7 / 2 AS d, 1 AS i "
            "FROM (VALUES (1), (2)) k (v)",
            values,
        ).fetchone()
        assert [row["i"], row["b"], row["f"], row["n"], row["t"], row["x"], row["s"], row["d"]] == [
            2**63 - 1, 1, 0.1 + 0.2, None, "é\U0001f36b", None, 3, 3,
        ]  # fmt: skip
        assert (row[0], len(row), list(row)[-1], row.keys()[0]) == (2**63 - 1, 9, 1, "i")
        with pytest.raises(OverflowError):
            db.execute("SELECT :i", {"i": 2**63})


@postgresql
def test_what_no_text_can_hold_is_asked_for_in_vain_and_is_no_error(store: PostgresStore):
    assert (store.mention("a\0"), store.find_code("\0"), store.digest("\0")) == (None, None, None)
    asked = "SELECT key, value FROM json_each(:list)"
    with store._read() as db:
        for written, held in (
            (r'["\u0000", "\ud800", "x\udc00y", "\ud83d\udcab"]', ["\ufffd", "\ufffd", "x\ufffdy", "\U0001f4ab"]),
            ('[["a", 1], null, 2]', ['["a", 1]', None, "2"]),
            ("[]", []),
        ):
            assert [row["value"] for row in db.execute(asked, {"list": written})] == held


@postgresql
@pytest.mark.parametrize(
    "search", ["chocolate's", "Schokolade", "BÄR", "月", "moon-cake", '"the moon"', "3.5", "a.b/c?d=e"]
)
def test_what_sqlite_finds_is_found(address: str, search: str, tmp_path):
    text = "Say\nThe moon cakes and Schokoladen, chocolate's bär 月 moon-cake costs 3.5 at https://a.b/c?d=e&f=<x>"
    found = []
    for where in (address, tmp_path / "heard.db"):
        opened = open_store(where)
        opened.add_targets([BLOGS], NOON)
        save(opened, replace(an_item(1), title="Say", text=text))
        found.append(len(list(opened.mentions(search=search))))
        opened.close()
    assert found[0] == found[1]


@postgresql
def test_a_rehearsed_import_leaves_nothing(store: PostgresStore):
    with store.apart() as rehearsed:
        with rehearsed.together():
            rehearsed.append(an_event("r1"), TODAY, lambda usage: None)
        rehearsed.append(an_event("r2"), TODAY, lambda usage: None)
        assert len(list(rehearsed.offer_events())) == 2
    assert list(store.offer_events()) == []
    store.append(an_event("r3"), TODAY, lambda usage: None)
    assert len(list(store.offer_events())) == 1


def hold_lease(address: str, line: Connection) -> None:
    """A worker that takes a target and is killed before it gives it back."""
    store = open_store(address)
    line.send(store.lease(BLOGS, f"worker-{os.getpid()}", NOON, NOON + HOUR) is not None)
    line.recv()


@postgresql
def test_a_killed_worker_is_overtaken_when_its_lease_has_run_out_and_not_before(store: PostgresStore, address: str):
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe()
    worker = context.Process(target=hold_lease, args=(address, there))
    worker.start()
    assert here.recv() is True
    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join()
    assert store.lease(BLOGS, "other", NOON + HOUR / 2, NOON + HOUR) is None
    assert store.lease(BLOGS, "other", NOON + HOUR, NOON + 2 * HOUR) is not None


@postgresql
def test_two_workers_never_hold_one_target(address: str):
    targets = [replace(BLOGS, feed=str(number)) for number in range(12)]
    first = open_store(address)
    first.add_targets(targets, NOON)
    held: list[tuple[str, str]] = []

    def work(name: str) -> None:
        own = open_store(address)
        held.extend((target.feed, name) for target in targets if own.lease(target, name, NOON, NOON + HOUR) is not None)
        own.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(feed for feed, _ in held) == sorted(target.feed for target in targets)
    first.close()


@postgresql
def test_every_table_is_counted_and_emptied(store: PostgresStore):
    assert set(store.counts()) == set(TABLES)
    refused = store.append(an_event("r1"), TODAY, lambda usage: Reason.OFFER_CAP)[0]
    assert refused.kind is EventKind.REFUSED
    assert store.counts()["offer_events"] == 1
