"""Steps 1 to 7: listening, mentions, scores, the outbox and the ledger."""

from __future__ import annotations

import secrets

from sqlite_utils import Database
from sqlite_utils.db import ForeignKey

from bot.store.migrations.making import (
    APPLICATION_ID,
    SEARCH_TOKENIZER,
    TARGET_KEY,
    forbid_changes,
    make_table,
    migrations,
)


@migrations(name="0001_listening")
def _listening(db: Database) -> None:
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    make_table(
        db,
        "targets",
        "source feed state since? cursor? next_poll_at? last_success? failures:int error_kind? error? "
        "lease_owner? lease_until?",
        pk=("source", "feed"),
    )
    make_table(
        db, "coverage", "source feed start_at end_at", pk=("source", "feed", "start_at"), foreign_keys=[TARGET_KEY]
    )
    make_table(
        db, "gaps", "source feed start_at end_at cause", pk=("source", "feed", "start_at"), foreign_keys=[TARGET_KEY]
    )
    polls = make_table(
        db,
        "polls",
        "id:int source feed started_at state fetched:int matched:int new:int duplicates:int reads:int usd:float "
        "covered_from? covered_to? error_kind? error? retry_at?",
        pk="id",
        foreign_keys=[TARGET_KEY],
    )
    polls.create_index(["started_at"])
    costs = make_table(db, "costs", "id:int source feed at reads:int usd:float", pk="id", foreign_keys=[TARGET_KEY])
    costs.create_index(["source", "at"])


@migrations(name="0002_mentions")
def _mentions(db: Database) -> None:
    items = make_table(
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
    mentions = make_table(
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
    make_table(
        db,
        "scores",
        "mention rules_version context_id tone:float? tone_label? tone_confidence:float? tone_why spans "
        "reach:float? reach_low:float? reach_high:float? reach_basis reach_method "
        "prominence:float advocacy:float weight:float quality:float? score:float? language? "
        "factors formula flags scored_at",
        pk="mention",
        foreign_keys=[ForeignKey("scores", "mention", "mentions", "id", on_delete="CASCADE")],
    )
    alignments = make_table(
        db,
        "alignments",
        "mention position:int message outcome confidence:float quote quote_start:int quote_end:int reason",
        pk=("mention", "position"),
        foreign_keys=[ForeignKey("alignments", "mention", "scores", "mention", on_delete="CASCADE")],
    )
    alignments.create_index(["message", "outcome"])
    make_table(db, "contexts", "id documents:int idf median_weight", pk="id")


@migrations(name="0004_outbox")
def _outbox(db: Database) -> None:
    digests = make_table(
        db,
        "digests",
        "id report audience window_start window_end timezone subject_line body created_at",
        pk="id",
    )
    digests.create_index(["report", "window_start", "window_end"], unique=True)
    digests.create_index(["created_at"])
    told = make_table(
        db,
        "digest_mentions",
        "report mention digest position:int",
        pk=("report", "mention"),
        foreign_keys=[("mention", "mentions", "id"), ("digest", "digests", "id")],
    )
    told.create_index(["mention"])
    told.create_index(["digest", "position"])
    deliveries = make_table(
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
    events = make_table(
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
    forbid_changes(db, "offer_events")


@migrations(name="0006_keeping")
def _keeping(db: Database) -> None:
    """What an installation keeps for itself: the salt that customer references are hashed with."""
    make_table(db, "keeping", "name value", pk="name").insert({"name": "salt", "value": secrets.token_hex(16)})


@migrations(name="0007_months")
def _months(db: Database) -> None:
    """What keeps a day's questions quick after months."""
    for name in ("coverage", "gaps"):
        db.table(name).create_index(["end_at"])
    db.table("polls").create_index(["source", "feed", "started_at"])
    db.table("scores").create_index(["context_id"])
