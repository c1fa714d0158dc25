"""Steps 25 on: what readers of digests answer."""

from __future__ import annotations

import secrets

from sqlite_utils import Database

from bot.store.migrations.making import forbid_changes, make_table, migrations


@migrations(name="0025_channels")
def _channels(db: Database) -> None:
    """Why a delivery comes by another channel, every attempt at one, and the turn a digest's feed address is in."""
    db.table("deliveries").add_column("instead", str)
    attempts = make_table(
        db,
        "delivery_attempts",
        "id:int delivery at state error?",
        pk="id",
        foreign_keys=[("delivery", "deliveries", "id")],
    )
    attempts.create_index(["delivery", "id"])
    attempts.create_index(["at"])
    make_table(db, "digest_feeds", "report turn:int", pk="report")


@migrations(name="0026_feedback")
def _feedback(db: Database) -> None:
    """What readers set right by the links in a digest, one answer a link, and what those links are signed with."""
    feedback = make_table(
        db,
        "feedback",
        "id:int digest mention judgement reader value message? other? was at",
        pk="id",
    )
    feedback.create_index(["digest", "mention", "judgement", "reader"], unique=True)
    feedback.create_index(["at"])
    forbid_changes(db, "feedback")
    db.table("keeping").insert({"name": "link_secret", "value": secrets.token_hex(32)})


@migrations(name="0027_alerts")
def _alerts(db: Database) -> None:
    """What was raised, each event of a rule and subject once, and what people were told of it."""
    alerts = make_table(
        db,
        "alerts",
        "id rule kind subject event day last_day severity count:int size:int expected:float? p:float? body raised_at "
        "updated_at told_at? told_size:int? notices",
        pk="id",
    )
    alerts.create_index(["rule", "subject", "event"], unique=True)
    alerts.create_index(["raised_at", "id"])


@migrations(name="0028_aims")
def _aims(db: Database) -> None:
    """The reviews of objectives, and tagged links: both for good. Observations are found by what they count, too."""
    decisions = make_table(
        db,
        "decisions",
        "id:int objective at verdict course reason next_change actor value:float? low:float? high:float?",
        pk="id",
    )
    decisions.create_index(["objective", "id"])
    forbid_changes(db, "decisions")
    make_table(db, "links", "id url target campaign source medium content? activity? made_at", pk="id")
    forbid_changes(db, "links")
    db.table("observations").create_index(["metric_id", "window_end"])


@migrations(name="0029_posts_given")
def _posts_given(db: Database) -> None:
    """How many posts with their texts each account took home on a day, where a platform caps that."""
    make_table(db, "posts_given", "account day posts:int", pk=("account", "day"))


@migrations(name="0030_windows")
def _windows(db: Database) -> None:
    """What keeps a digest as quick over ten years as over a month: a subject's mentions and a time's costs by time."""
    mentions = db.table("mentions")
    mentions.create_index(["subject", "told_at", "id"])
    mentions.create_index(["subject", "collected_at"])
    db.table("costs").create_index(["at"])
