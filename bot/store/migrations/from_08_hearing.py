"""Steps 8 to 11: relevance, states of sources, budgets, stories."""

from __future__ import annotations

from sqlite_utils import Database

from bot.store.migrations.making import TARGET_KEY, forbid_changes, make_table, migrations


@migrations(name="0008_relevance")
def _relevance(db: Database) -> None:
    """Whether a mention is about its subject, the desk's labels, and the classifiers fitted to them."""
    mentions = db.table("mentions")
    mentions.add_column("relevant", int)
    mentions.add_column("relevance_basis", str)
    mentions.add_column("relevance_reason", str, not_null_default="")
    mentions.add_column("judged_by", str, not_null_default="")
    mentions.create_index(["subject", "judged_by", "told_at", "id"])
    labels = make_table(db, "labels", "id:int mention kind about? value who source at", pk="id")
    labels.create_index(["mention", "kind", "id"])
    forbid_changes(db, "labels")
    make_table(
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
    make_table(db, "arrivals", "source feed hours", pk=("source", "feed"), foreign_keys=[TARGET_KEY])
    make_table(db, "notices", "id kind source subject_line body created_at", pk="id").create_index(["created_at"])
    incidents = make_table(
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
    """What was read for money: what is billed once a day, requests in doubt, counts, stages, the platform's word."""
    costs = db.table("costs")
    costs.add_column("most_reads", int, not_null_default=0)
    costs.add_column("most_usd", float, not_null_default=0.0)
    costs.add_column("posts", int, not_null_default=0)
    costs.add_column("kind", str, not_null_default="read")
    costs.add_column("what", str)
    db.execute("UPDATE costs SET most_reads = reads, most_usd = usd")
    db.execute("CREATE INDEX costs_open ON costs (source, what) WHERE kind = 'open'")
    make_table(db, "read_once", "source day kind resource", pk=("source", "day", "kind", "resource"))
    make_table(db, "cost_shares", "source day subject reads:float usd:float", pk=("source", "day", "subject"))
    make_table(db, "hour_counts", "source subject hour posts:int", pk=("source", "subject", "hour"))
    make_table(db, "stages", "source stage since", pk="source")
    make_table(
        db,
        "reconciliations",
        "source day ours:int in_doubt:int platform:int? asked_at reason?",
        pk=("source", "day"),
    )
    make_table(
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
