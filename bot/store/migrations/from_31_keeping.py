"""Steps 31 on: what years of running need."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.db import ForeignKey

from bot.store.migrations.making import forbid_changes, make_table, migrations

SIGHTINGS_OF_NOBODY = (
    """
    UPDATE sightings SET quote = NULL, url = NULL, handle = NULL, voice = NULL, headline = '' WHERE item IS NULL
    """,
    """
    UPDATE sightings SET url = (SELECT url FROM items WHERE items.id = sightings.item)
    WHERE url IS NOT NULL AND item IN (SELECT id FROM items WHERE author_id LIKE '~%')
    """,
)
"""What step 36 does to rows, in words that both databases take."""


@migrations(name="0031_rechecks")
def _rechecks(db: Database) -> None:
    """When each item is to be looked at again at its platform, how that goes with each, and the log of looks."""
    rechecks = make_table(
        db,
        "rechecks",
        "item:int platform due_at looked_at? in_hand_since?",
        pk="item",
        foreign_keys=[ForeignKey("rechecks", "item", "items", "id", on_delete="CASCADE")],
    )
    rechecks.create_index(["platform", "in_hand_since", "due_at"])
    make_table(
        db,
        "recheck_states",
        "platform source feed enrolled:int state since? cursor? next_poll_at? last_success? failures:int error_kind? "
        "error? first_polled? silent_after? lease_owner? lease_until?",
        pk="platform",
    )
    looks = make_table(
        db,
        "recheck_looks",
        "id:int at platform source looked:int gone:int late:float lag:float? reads:int usd:float",
        pk="id",
    )
    looks.create_index(["at"])
    looks.create_index(["platform", "at"])


@migrations(name="0032_erasures")
def _erasures(db: Database) -> None:
    """The log of what was erased, each line sealed over the one before; authors who asked to be forgotten, as marks.

    ``items.removed`` now also says why words are gone (0: they are there); a digest or notice that was changed is
    ``stale`` until the copies of it that channels keep were written anew.
    """
    erasures = make_table(
        db,
        "erasures",
        "seq:int who cause what source noticed_at erased_at items:int mentions:int digests:int exports:int marks "
        "before seal",
        pk="seq",
    )
    erasures.create_index(["erased_at"])
    forbid_changes(db, "erasures")
    items = db.table("items")
    items.create_index(["refers_to"])
    # In part: were "removed" a column of it, SQLite would take it for the key of every question that names it.
    db.execute("CREATE INDEX items_with_words ON items (collected_at, id) WHERE removed = 0")
    db.execute("CREATE INDEX items_without_words ON items (collected_at, id) WHERE removed IN (1, 2, 3)")
    for told in ("digests", "notices"):
        db.table(told).add_column("stale", int, not_null_default=0)
        db.table(told).create_index(["stale"])


@migrations(name="0033_vitals")
def _vitals(db: Database) -> None:
    """When each task of the bot last ran on each host, and how often each source was polled since the beginning.

    Rows of polls are dropped after a while; a count that is to be read as a counter must never fall.
    """
    make_table(db, "task_marks", "host task every:float at took:float? succeeded_at?", pk=("host", "task"))
    make_table(
        db,
        "poll_tallies",
        "source state error_kind polls:int fetched:int new:int",
        pk=("source", "state", "error_kind"),
    )
    db.execute("""
        INSERT INTO poll_tallies (source, state, error_kind, polls, fetched, new)
        SELECT source, state, COALESCE(error_kind, ''), COUNT(*), SUM(fetched), SUM(new)
        FROM polls GROUP BY source, state, COALESCE(error_kind, '')
    """)


@migrations(name="0034_pseudonyms")
def _pseudonyms(db: Database) -> None:
    """The items of a pseudonym, which all go when a platform says that the account is gone."""
    db.execute("CREATE INDEX items_of_pseudonyms ON items (author_id) WHERE author_id LIKE '~%'")


@migrations(name="0035_searched_at_once")
def _searched_at_once(db: Database) -> None:
    """New words are indexed by who adds them, a page at a time, and known ones again only when they are other words."""
    db.execute("DROP TRIGGER items_ai")
    db.execute("DROP TRIGGER items_au")
    db.execute("""
        CREATE TRIGGER items_au AFTER UPDATE OF text ON items WHEN old.text IS NOT new.text BEGIN
          INSERT INTO items_fts (items_fts, rowid, text) VALUES ('delete', old.rowid, old.text);
          INSERT INTO items_fts (rowid, text) VALUES (new.rowid, new.text);
        END
    """)


@migrations(name="0036_sightings_of_nobody")
def _sightings_of_nobody(db: Database) -> None:
    """Sightings say nothing of items that went with an edit, and do not name by an address whom a pseudonym hides.

    What goes by items (retention, a person's request) could never reach the former.
    """
    for statement in SIGHTINGS_OF_NOBODY:
        db.execute(statement)


@migrations(name="0037_never_again")
def _never_again(db: Database) -> None:
    """Marks of what was forgotten for good and is in no row: a backup from before it was read was restored."""
    make_table(db, "never_again", "mark", pk="mark")
