"""What is true of an erasure on PostgreSQL: what a VACUUM leaves, what writing anew takes, and what only the server can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.model.keeping import Cause
from bot.store.erasure.held import SAID
from bot.store.migrations import STEPS
from bot.store.postgres.schema import schema_after
from bot.store.postgres.store import PostgresStore, open_postgres
from tests.store.test_erasing import Crowd, fill, scored
from tests.support import postgres
from tests.support.leftovers import leftovers
from tests.support.samples import HOUR, NOON

pytestmark = pytest.mark.postgres
ITEMS, ERASED, SHOWN = 24, 6, 20


@pytest.fixture
def address() -> Iterator[str]:
    made = postgres.empty_postgres()
    yield made
    postgres.drop(made)


@pytest.fixture
def store(address: str) -> Iterator[PostgresStore]:
    opened = open_postgres(address)
    yield opened
    opened.close()


def files_of(address: str) -> Path:
    """The folder of the database's tables and indexes, everything written to it."""
    with psycopg.connect(address, autocommit=True) as db:
        db.execute("CHECKPOINT")
        (number,) = db.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone() or (0,)
    return postgres.server().folder / "data" / "base" / str(number)


def words_of(store: PostgresStore) -> tuple[list[str], list[str], list[str]]:
    """Fills the store; keys to erase, the words in them, and the words in the others.

    Texts are not compressed here, so that a search of the raw bytes finds what is there.
    """
    with store._write() as db:
        tables = schema_after(len(STEPS)).tables
        for name in SAID:
            table, column = name.split(".")
            if tables[table].columns[column].type.startswith("text"):
                db.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STORAGE EXTERNAL', {})
    crowd = Crowd(3)
    said = [scored(crowd.item(number)) for number in range(ITEMS)]
    fill(store, said)  # type: ignore[arg-type] # of either kind
    erased = sorted(crowd.words)[:ERASED]
    return (
        erased,
        [word for key in erased for word in crowd.words[key]],
        [word for key in crowd.words if key not in erased for word in crowd.words[key]][:SHOWN],
    )


def test_after_writing_anew_no_byte_of_it_is_in_tables_indexes_or_samples(store: PostgresStore, address: str):
    keys, words, stays = words_of(store)
    with psycopg.connect(address, autocommit=True) as db:
        db.execute("ANALYZE")
    assert set(words) <= set(leftovers(files_of(address), words)), "the search finds what is there"
    store.forget_items(keys, cause=Cause.REQUEST, noticed_at=NOON, now=NOON + HOUR)
    assert store.settle_erasure()
    left = leftovers(files_of(address), words)
    assert left, "a VACUUM alone frees the space, and overwrites nothing: docs/keeping.md says so"
    assert store.settle_erasure(rewrite=True)
    assert leftovers(files_of(address), words) == {}
    assert set(leftovers(files_of(address), stays)) == set(stays)


def test_who_still_looks_at_what_was_before_is_waited_for(store: PostgresStore, address: str):
    keys, _, _ = words_of(store)
    with psycopg.connect(address) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT COUNT(*) FROM polls")
        store.forget_items(keys, cause=Cause.REQUEST, noticed_at=NOON, now=NOON + HOUR)
        assert store.settle_erasure() is False
    assert store.settle_erasure() is True
    assert store.settle_erasure(lambda: True) is True, "what is done is not done again"
    assert store.settle_erasure(lambda: True, rewrite=True) is False, "asked to stop, it stops"


def test_of_two_workers_one_settles(store: PostgresStore, address: str):
    keys, _, _ = words_of(store)
    store.forget_items(keys, cause=Cause.REQUEST, noticed_at=NOON, now=NOON + HOUR)
    other = open_postgres(address)
    at_it: list[bool] = []

    def look() -> bool:
        at_it.append(other.settle_erasure(rewrite=True))
        return False

    assert store.settle_erasure(look, rewrite=True)
    assert set(at_it) == {False}
    assert other.settle_erasure(lambda: True, rewrite=True), "and the other finds it done"
    other.close()
