"""An installation of the version before, with what it has gathered, under this one."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlite_utils import Database

from bot.model import DeliveryState, EventKind, Label, LabelKind, Page, ScoredMention, ScoringContext, brief_of
from bot.model.digest import Attempt
from bot.ports import Since
from bot.store.migrations import APPLICATION_ID, STEPS, TABLES, migrations
from bot.store.sqlite import SqliteStore, open_store
from bot.store.values import stamp
from tests.support.database import empty_database, the_search_fits
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
    db.execute("DELETE FROM keeping WHERE name <> 'salt'")  # all that was kept then
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
    assert the_search_fits(old)
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


@pytest.fixture
def before_impact(tmp_path: Path) -> Path:
    """A database of schema 24, with mentions, a label, and a digest of which a delivery waits and another was left."""
    path = tmp_path / "24.db"
    db = Database(path, execute_plugins=False)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrations.apply(db, stop_before=STEPS[24])
    filled(tmp_path / "new.db")
    db.execute("DELETE FROM keeping")
    db.execute("ATTACH ? AS new", [str(tmp_path / "new.db")])
    for name in ("keeping", *TABLES):
        if db.table(name).exists():
            columns = ", ".join(f'"{column.name}"' for column in db.table(name).columns)
            db.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM new.{name}")  # noqa: S608 names of our own
    db.execute("DELETE FROM keeping WHERE name = 'link_secret'")
    db.execute(
        "INSERT INTO digests (id, report, audience, window_start, window_end, timezone, subject_line, body, created_at) "
        "VALUES ('d', 'pr', 'pr', ?, ?, 'UTC', 'Loved', '{}', ?)",
        [stamp(NOON - DAY), stamp(NOON), stamp(NOON)],
    )
    for one, state, claimed in (("a", "pending", None), ("b", "sending", stamp(NOON)), ("c", "sent", None)):
        db.execute(
            "INSERT INTO deliveries (id, digest, channel, recipient, key, state, attempts, claimed_at) "
            "VALUES (?, 'd', 'mail', ?, 'd', ?, 0, ?)",
            [one, f"{one}@example.org", state, claimed],
        )
    db.conn.commit()
    db.close()
    return path


def test_what_waited_in_the_outbox_before_the_upgrade_goes_out_after_it(before_impact: Path) -> None:
    store = open_store(before_impact)
    claimed = store.claim_deliveries(NOON + HOUR, 9, NOON + HOUR / 2)
    assert [(one.id, one.state, one.instead) for one in claimed] == [
        ("a", DeliveryState.SENDING, None),
        ("b", DeliveryState.IN_DOUBT, None),
    ]
    for one in claimed:
        store.settle_delivery(replace(one, state=DeliveryState.SENT), Attempt(NOON + HOUR, DeliveryState.SENT))
    assert {len(tried) for tried in store.attempts("d").values()} == {1}
    assert store.integrity_check() == ()
    store.close()


def test_programs_that_start_at_once_on_an_old_file_bring_it_up_to_date_once(before_impact: Path) -> None:
    start, secrets, troubles = Barrier(4), set[str](), list[BaseException]()

    def begin() -> None:
        start.wait()
        try:
            store = open_store(before_impact)
            secrets.add(store.link_secret())
            store.close()
        except BaseException as error:  # noqa: BLE001 a thread's troubles are told by the test
            troubles.append(error)

    threads = [Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert len(secrets) == 1
    store = open_store(before_impact)
    assert store.schema_version() == len(STEPS)
    assert store.counts()["mentions"] == 3
    assert store.integrity_check() == ()
    store.close()


def test_what_readers_said_is_held_by_the_file_itself(tmp_path: Path) -> None:
    store = open_store(empty_database(tmp_path))
    db = store._connections.database()
    db.table("feedback").insert({column.name: "1" for column in db.table("feedback").columns})
    for statement in ("UPDATE feedback SET value = 'yes'", "DELETE FROM feedback"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
    store.close()


def test_steps_are_taken_in_the_order_of_their_numbers() -> None:
    assert [name[:4] for name in STEPS] == [f"{number:04}" for number in range(1, len(STEPS) + 1)]
