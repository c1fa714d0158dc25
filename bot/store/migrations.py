"""How the database came to look as it does: an append-only list, each step one transaction, recorded by sqlite-utils.

Never change a step that was released: add one. The schema's number is how many steps have been taken.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlite_utils import Database
from sqlite_utils.db import ForeignKey, Table
from sqlite_utils.migrations import Migrations

APPLICATION_ID = 0x48454152
"""``HEAR`` in ASCII, in the file's header: how Heard knows its own files."""

TABLES = (
    "targets",
    "coverage",
    "gaps",
    "polls",
    "costs",
    "read_once",
    "cost_shares",
    "hour_counts",
    "stages",
    "reconciliations",
    "backfills",
    "items",
    "mentions",
    "scores",
    "alignments",
    "contexts",
    "snapshots",
    "observations",
    "rules_versions",
    "rescored",
    "digests",
    "digest_mentions",
    "deliveries",
    "arrivals",
    "incidents",
    "notices",
    "labels",
    "relevance_models",
    "message_models",
    "review_samples",
    "offer_events",
)

SEARCH_TOKENIZER = "porter unicode61 remove_diacritics 2"
TARGET_KEY = (("source", "feed"), "targets", ("source", "feed"))
TYPES = {"": str, "int": int, "float": float}

migrations = Migrations("heard")


def _table(db: Database, name: str, columns: str, **options: Any) -> Table:
    """Makes a table. Columns are written ``name``, ``name:int`` or ``name:float``; those with ``?`` may be NULL."""
    types: dict[str, type] = {}
    required: set[str] = set()
    for column in columns.split():
        bare, _, kind = column.removesuffix("?").partition(":")
        types[bare] = TYPES[kind]
        if not column.endswith("?"):
            required.add(bare)
    return db.table(name).create(types, not_null=required, **options)


def _append_only(db: Database, name: str, verbs: tuple[str, ...] = ("UPDATE", "DELETE")) -> None:
    """Forbids what would change or take back a row."""
    for verb in verbs:
        db.execute(
            f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
        )


@migrations(name="0001_listening")
def _listening(db: Database) -> None:
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _table(
        db,
        "targets",
        "source feed state since? cursor? next_poll_at? last_success? failures:int error_kind? error? "
        "lease_owner? lease_until?",
        pk=("source", "feed"),
    )
    _table(db, "coverage", "source feed start_at end_at", pk=("source", "feed", "start_at"), foreign_keys=[TARGET_KEY])
    _table(
        db, "gaps", "source feed start_at end_at cause", pk=("source", "feed", "start_at"), foreign_keys=[TARGET_KEY]
    )
    polls = _table(
        db,
        "polls",
        "id:int source feed started_at state fetched:int matched:int new:int duplicates:int reads:int usd:float "
        "covered_from? covered_to? error_kind? error? retry_at?",
        pk="id",
        foreign_keys=[TARGET_KEY],
    )
    polls.create_index(["started_at"])
    costs = _table(db, "costs", "id:int source feed at reads:int usd:float", pk="id", foreign_keys=[TARGET_KEY])
    costs.create_index(["source", "at"])


@migrations(name="0002_mentions")
def _mentions(db: Database) -> None:
    items = _table(
        db,
        "items",
        "id:int key kind url? title text content_hash published_at? outlet "
        "author_name? author_handle? author_id? author_url? author_followers:int? "
        "language? metrics links refers_to? removed:int trainable:int source feed collected_at changed_at",
        pk="id",
    )
    items.create_index(["key"], unique=True)
    items.create_index(["collected_at", "id"])
    items.enable_fts(["text"], tokenize=SEARCH_TOKENIZER, create_triggers=True)
    mentions = _table(
        db,
        "mentions",
        "id item:int subject source story matched collected_at told_at scored_by",
        pk="id",
        defaults={"scored_by": ""},
        foreign_keys=[("item", "items", "id")],
    )
    mentions.create_index(["item", "subject"], unique=True)
    mentions.create_index(["told_at", "id"])
    mentions.create_index(["scored_by", "told_at", "id"])
    mentions.create_index(["collected_at"])


@migrations(name="0003_scores")
def _scores(db: Database) -> None:
    _table(
        db,
        "scores",
        "mention rules_version context_id tone:float? tone_label? tone_confidence:float? tone_why spans "
        "reach:float? reach_low:float? reach_high:float? reach_basis reach_method "
        "prominence:float advocacy:float weight:float quality:float? score:float? language? "
        "factors formula flags scored_at",
        pk="mention",
        foreign_keys=[ForeignKey("scores", "mention", "mentions", "id", on_delete="CASCADE")],
    )
    alignments = _table(
        db,
        "alignments",
        "mention position:int message outcome confidence:float quote quote_start:int quote_end:int reason",
        pk=("mention", "position"),
        foreign_keys=[ForeignKey("alignments", "mention", "scores", "mention", on_delete="CASCADE")],
    )
    alignments.create_index(["message", "outcome"])
    _table(db, "contexts", "id documents:int idf median_weight", pk="id")


@migrations(name="0004_outbox")
def _outbox(db: Database) -> None:
    digests = _table(
        db,
        "digests",
        "id report audience window_start window_end timezone subject_line body created_at",
        pk="id",
    )
    digests.create_index(["report", "window_start", "window_end"], unique=True)
    digests.create_index(["created_at"])
    told = _table(
        db,
        "digest_mentions",
        "report mention digest position:int",
        pk=("report", "mention"),
        foreign_keys=[("mention", "mentions", "id"), ("digest", "digests", "id")],
    )
    told.create_index(["mention"])
    told.create_index(["digest", "position"])
    deliveries = _table(
        db,
        "deliveries",
        "id digest channel recipient key state attempts:int next_attempt_at? sent_at? error? claimed_at?",
        pk="id",
        foreign_keys=[("digest", "digests", "id")],
    )
    deliveries.create_index(["digest", "channel", "recipient"], unique=True)
    deliveries.create_index(["state", "next_attempt_at"])


@migrations(name="0005_ledger")
def _ledger(db: Database) -> None:
    events = _table(
        db,
        "offer_events",
        "seq:int id offer kind at code placement? customer? key? reason? refers_to?",
        pk="seq",
    )
    events.create_index(["id"], unique=True)
    events.create_index(["key"], unique=True)
    events.create_index(["refers_to", "kind"], unique=True)
    events.create_index(["offer", "kind", "at"])
    events.create_index(["code", "kind", "offer"])
    events.create_index(["customer", "offer", "kind"])
    db.execute("CREATE UNIQUE INDEX offer_events_issued ON offer_events (code) WHERE kind = 'issued'")
    _append_only(db, "offer_events")


@migrations(name="0006_keeping")
def _keeping(db: Database) -> None:
    """What an installation keeps for itself: the salt that customer references are hashed with."""
    _table(db, "keeping", "name value", pk="name").insert({"name": "salt", "value": secrets.token_hex(16)})


@migrations(name="0007_months")
def _months(db: Database) -> None:
    """What keeps a day's questions quick after months."""
    for name in ("coverage", "gaps"):
        db.table(name).create_index(["end_at"])
    db.table("polls").create_index(["source", "feed", "started_at"])
    db.table("scores").create_index(["context_id"])


@migrations(name="0008_relevance")
def _relevance(db: Database) -> None:
    """Whether a mention is about its subject, the desk's labels, and the classifiers fitted to them."""
    mentions = db.table("mentions")
    mentions.add_column("relevant", int)
    mentions.add_column("relevance_basis", str)
    mentions.add_column("relevance_reason", str, not_null_default="")
    mentions.add_column("judged_by", str, not_null_default="")
    mentions.create_index(["subject", "judged_by", "told_at", "id"])
    labels = _table(db, "labels", "id:int mention kind about? value who source at", pk="id")
    labels.create_index(["mention", "kind", "id"])
    _append_only(db, "labels")
    _table(
        db,
        "relevance_models",
        "subject version fitted_at yes:int no:int intercept:float weights above:float? below:float? why",
        pk="subject",
    )


@migrations(name="0009_states")
def _states(db: Database) -> None:
    """Since when a target is polled, when it counts as silent, and what people are told when it breaks."""
    targets = db.table("targets")
    targets.add_column("first_polled", str)
    targets.add_column("silent_after", str)
    db.execute(
        "UPDATE targets SET first_polled = (SELECT MIN(started_at) FROM polls "
        "WHERE polls.source = targets.source AND polls.feed = targets.feed)"
    )
    _table(db, "arrivals", "source feed hours", pk=("source", "feed"), foreign_keys=[TARGET_KEY])
    _table(db, "notices", "id kind source subject_line body created_at", pk="id").create_index(["created_at"])
    incidents = _table(
        db,
        "incidents",
        "id:int source feed state began error? failures:int well_since? relapses:int told? recovered?",
        pk="id",
        foreign_keys=[TARGET_KEY, ("told", "notices", "id"), ("recovered", "notices", "id")],
    )
    incidents.create_index(["source", "feed", "id"])
    db.execute("CREATE UNIQUE INDEX incidents_open ON incidents (source, feed) WHERE recovered IS NULL")
    # A delivery is of a digest or of a notice.
    deliveries = db.table("deliveries")
    deliveries.add_column("notice", str, fk="notices", fk_col="id")
    deliveries.transform(not_null={"digest": False})
    deliveries.create_index(["notice", "channel", "recipient"], unique=True)


@migrations(name="0010_budget")
def _budget(db: Database) -> None:
    """What was read for the money: what is billed once a day, requests in doubt, counts, stages, the platform's word."""
    costs = db.table("costs")
    costs.add_column("most_reads", int, not_null_default=0)
    costs.add_column("most_usd", float, not_null_default=0.0)
    costs.add_column("posts", int, not_null_default=0)
    costs.add_column("kind", str, not_null_default="read")
    costs.add_column("what", str)
    db.execute("UPDATE costs SET most_reads = reads, most_usd = usd")
    db.execute("CREATE INDEX costs_open ON costs (source, what) WHERE kind = 'open'")
    _table(db, "read_once", "source day kind resource", pk=("source", "day", "kind", "resource"))
    _table(db, "cost_shares", "source day subject reads:float usd:float", pk=("source", "day", "subject"))
    _table(db, "hour_counts", "source subject hour posts:int", pk=("source", "subject", "hour"))
    _table(db, "stages", "source stage since", pk="source")
    _table(
        db,
        "reconciliations",
        "source day ours:int in_doubt:int platform:int? asked_at reason?",
        pk=("source", "day"),
    )
    _table(
        db,
        "backfills",
        "id source feed since_at until_at cursor? started_at finished_at? found:int",
        pk="id",
        foreign_keys=[TARGET_KEY],
    )


@migrations(name="0011_story_index")
def _story_index(db: Database) -> None:
    """A story's mentions are found, and moved when it joins another, without reading all."""
    db.table("mentions").create_index(["story"])


@migrations(name="0012_review")
def _review(db: Database) -> None:
    """Which mentions were picked for review in a period, and by what right."""
    samples = _table(
        db,
        "review_samples",
        "start_at end_at subject mention stratum place:int probability:float? drawn_at",
        pk=("start_at", "mention", "stratum"),
    )
    samples.create_index(["mention"])


@migrations(name="0013_snapshots")
def _snapshots(db: Database) -> None:
    """What platforms said of an item at set ages; the first reading at an age stands, and goes with its item."""
    _table(
        db,
        "snapshots",
        "item:int age metrics followers:int? read_at",
        pk=("item", "age"),
        foreign_keys=[ForeignKey("snapshots", "item", "items", "id", on_delete="CASCADE")],
    )
    _append_only(db, "snapshots", ("UPDATE",))


@migrations(name="0014_observations")
def _observations(db: Database) -> None:
    """Figures that others measured, and what a scoring period learnt from those of own posts."""
    observations = _table(
        db,
        "observations",
        "id:int metric_id subject_id provider method_id method_version unit window_start window_end tz "
        "value:float? low:float? high:float? basis collected_at raw_ref supersedes:int?",
        pk="id",
    )
    observations.create_index(["subject_id", "metric_id", "id"])
    observations.create_index(["collected_at"])
    observations.create_index(["supersedes"])
    _append_only(db, "observations")
    db.table("contexts").add_column("calibration", str, not_null_default="{}")


@migrations(name="0015_likeness")
def _likeness(db: Database) -> None:
    """How near a text comes to saying a message; unknown for what was scored before."""
    db.table("alignments").add_column("likeness", float)


@migrations(name="0016_message_models")
def _message_models(db: Database) -> None:
    """What the desk's labels taught about each message: a calibration and a classifier, as plain coefficients."""
    _table(
        db,
        "message_models",
        "message version statement fitted_at carried:int against:int absent:int calibration? classifier? figures why",
        pk="message",
    )


@migrations(name="0017_rules")
def _rules(db: Database) -> None:
    """What each set of scoring rules consists of, and what a rescoring replaced, for the report of differences."""
    _table(db, "rules_versions", "version told first_used_at", pk="version")
    db.execute(
        "INSERT INTO rules_versions (version, told, first_used_at) "
        "SELECT rules_version, '{}', MIN(scored_at) FROM scores GROUP BY rules_version"
    )
    _table(
        db,
        "rescored",
        "mention rules_version before",
        pk="mention",
        foreign_keys=[ForeignKey("rescored", "mention", "scores", "mention", on_delete="CASCADE")],
    )


@migrations(name="0018_pool_centre")
def _pool_centre(db: Database) -> None:
    """The mean embedding of a scoring period's texts, where something embeds them."""
    db.table("contexts").add_column("centre", str, not_null_default="[]")


def _names() -> tuple[str, ...]:
    with Database(memory=True, execute_plugins=False) as empty:
        return tuple(step.name for step in migrations.pending(empty))


STEPS = _names()
"""The names of all steps, oldest first."""
