"""Steps 12 to 18: review, frozen contexts, observations, what labels taught, the rules of scores."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.db import ForeignKey

from bot.store.migrations.making import forbid_changes, make_table, migrations


@migrations(name="0012_review")
def _review(db: Database) -> None:
    """Which mentions were picked for review in a period, and by what right."""
    samples = make_table(
        db,
        "review_samples",
        "start_at end_at subject mention stratum place:int probability:float? drawn_at",
        pk=("start_at", "mention", "stratum"),
    )
    samples.create_index(["mention"])


@migrations(name="0013_snapshots")
def _snapshots(db: Database) -> None:
    """What platforms said of an item at set ages; the first reading at an age stands, and goes with its item."""
    make_table(
        db,
        "snapshots",
        "item:int age metrics followers:int? read_at",
        pk=("item", "age"),
        foreign_keys=[ForeignKey("snapshots", "item", "items", "id", on_delete="CASCADE")],
    )
    forbid_changes(db, "snapshots", ("UPDATE",))


@migrations(name="0014_observations")
def _observations(db: Database) -> None:
    """Figures that others measured, and what a scoring period learnt from those of own posts."""
    observations = make_table(
        db,
        "observations",
        "id:int metric_id subject_id provider method_id method_version unit window_start window_end tz "
        "value:float? low:float? high:float? basis collected_at raw_ref supersedes:int?",
        pk="id",
    )
    observations.create_index(["subject_id", "metric_id", "id"])
    observations.create_index(["collected_at"])
    observations.create_index(["supersedes"])
    forbid_changes(db, "observations")
    db.table("contexts").add_column("calibration", str, not_null_default="{}")


@migrations(name="0015_likeness")
def _likeness(db: Database) -> None:
    """How near a text comes to saying a message; unknown for what was scored before."""
    db.table("alignments").add_column("likeness", float)


@migrations(name="0016_message_models")
def _message_models(db: Database) -> None:
    """What the desk's labels taught about each message: a calibration and a classifier, as plain coefficients."""
    make_table(
        db,
        "message_models",
        "message version statement fitted_at carried:int against:int absent:int calibration? classifier? figures why",
        pk="message",
    )


@migrations(name="0017_rules")
def _rules(db: Database) -> None:
    """What each set of scoring rules consists of, and what a rescoring replaced, for the report of differences."""
    make_table(db, "rules_versions", "version told first_used_at", pk="version")
    db.execute(
        "INSERT INTO rules_versions (version, told, first_used_at) "
        "SELECT rules_version, '{}', MIN(scored_at) FROM scores GROUP BY rules_version"
    )
    make_table(
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
