"""An installation of the version before, with what it has gathered, under this one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.model import EventKind, Label, LabelKind, Page, ScoredMention, ScoringContext, brief_of
from bot.ports import Since
from bot.store.migrations import APPLICATION_ID, STEPS, TABLES, migrations
from bot.store.sqlite import SqliteStore, open_store
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_mention, a_score, an_event, an_item

CONTEXT = ScoringContext("2026-03", 12, {"moon": 1.5}, {"rss": 0.25})


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of schema 11 with rows in it: those that this version writes, as far as they had columns then."""
    filled(tmp_path / "new.db")
    path = tmp_path / "old.db"
    db = Database(path, execute_plugins=False)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrations.apply(db, stop_before=STEPS[11])
    db.execute("DELETE FROM keeping")
    db.execute("ATTACH ? AS new", [str(tmp_path / "new.db")])
    for name in ("keeping", *TABLES):
        if db.table(name).exists():
            columns = ", ".join(f'"{column.name}"' for column in db.table(name).columns)
            db.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM new.{name}")  # noqa: S608 names of our own
    db.conn.commit()
    db.close()
    return path


def filled(path: Path) -> None:
    store = open_store(path)
    store.add_targets([BLOGS], NOON)
    items = [an_item(1), an_item(2), an_item(3, published_at=NOON - DAY)]
    mentions = [a_mention(item) for item in items]
    store.save_page(BLOGS, Page(items=items), mentions, NOON, NOON + HOUR, trainable=True)
    store.save_context(CONTEXT)
    store.save_scores([a_score(mentions[0]), a_score(mentions[2], rules_version="0")], NOON)
    store.add_label(Label(mentions[0].id, LabelKind.TONE, "negative", "ada", "cli", NOON), None)
    store.append(an_event("r1"), Since(NOON, NOON), lambda usage: None)
    store.close()


def told(store: SqliteStore) -> list[object]:
    return [*store.mentions(), *store.labels(), *store.offer_events(), store.context(CONTEXT.id), store.salt()]


def test_nothing_that_was_gathered_is_lost_or_changed_by_the_upgrade(old: Path) -> None:
    with sqlite3.connect(old) as raw:
        assert raw.execute("SELECT COUNT(*) FROM _sqlite_migrations").fetchone() == (11,)
    raw.close()
    as_written = open_store(old.with_name("new.db"))
    before = told(as_written)
    as_written.close()
    upgraded = open_store(old)
    assert upgraded.schema_version() == len(STEPS)
    assert upgraded.integrity_check() == ()
    assert told(upgraded) == before
    assert [event.kind for event in upgraded.offer_events()] == [EventKind.REDEEMED]
    upgraded.close()


def test_what_was_scored_before_the_upgrade_is_known_to_be_by_other_rules(old: Path) -> None:
    store = open_store(old)
    scored = {found.mention.id: found for found in store.mentions() if isinstance(found, ScoredMention)}
    assert {rules.version: dict(rules.told) for rules in store.rules_versions()} == {"0": {}, "1": {}}
    assert store.count_outdated("2") == len(scored) == 2
    assert len(store.unscored(9)) == 1
    for mention_id, found in scored.items():
        newer = a_score(found.mention, rules_version="2")
        store.save_scores([newer], NOON, of=[found.mention], before={mention_id: brief_of(found.score)})
    assert {before.rules_version for _, before in store.rescored("2")} == {"0", "1"}
    assert store.count_outdated("2") == 0
    assert store.integrity_check() == ()
    store.close()


def test_old_items_have_no_snapshots_and_take_them_from_the_next_reading_on(old: Path) -> None:
    store = open_store(old)
    (key,) = store.known(["rss:3"])
    assert store.known([key])[key].snapshots == ()
    store.save_page(BLOGS, Page(items=[an_item(3, published_at=NOON - DAY, metrics={"score": 9.0})]), [], NOON, NOON)
    (taken,) = store.known([key])[key].snapshots
    assert (taken.age, taken.metrics["score"]) == ("24h", 9.0)
    store.close()
