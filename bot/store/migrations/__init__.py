"""How the database came to look as it does: an append-only list, each step one transaction, recorded by sqlite-utils.

Never change a step that was released: add one. The schema's number is how many steps have been taken. PostgreSQL's
schema is derived from these steps (:mod:`bot.store.postgres.schema`): tables, columns, indexes, what is append-only and
what is newly kept. What the steps up to 35 do to rows that are there they do on SQLite alone: no released Heard has
made a PostgreSQL schema that lacks one of these. A later step which changes rows has its statements in ``ROWS``:
PostgreSQL is told them too, after the whole schema is there.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlite_utils import Database

from bot.store.migrations import (
    from_01_main_job,
    from_08_hearing,
    from_12_scoring,
    from_19_offers,
    from_25_impact,
    from_31_keeping,
)
from bot.store.migrations.making import APPLICATION_ID, migrations

__all__ = ["APPLICATION_ID", "ROWS", "STEPS", "TABLES", "migrations"]

# Importing a module registers its steps; their order, that of the numbers in the names, is the order of the steps.
_ = (from_01_main_job, from_08_hearing, from_12_scoring, from_19_offers, from_25_impact, from_31_keeping)

ROWS: Mapping[str, tuple[str, ...]] = {"0036_sightings_of_nobody": from_31_keeping.SIGHTINGS_OF_NOBODY}
"""What a step does to rows, by its name; on SQLite the step itself does it."""

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
    "delivery_attempts",
    "digest_feeds",
    "arrivals",
    "incidents",
    "notices",
    "labels",
    "relevance_models",
    "message_models",
    "review_samples",
    "offer_events",
    "offer_quarters",
    "shop_deliveries",
    "shop_orders",
    "shop_codes",
    "sightings",
    "leaks_told",
    "alerts",
    "decisions",
    "links",
    "access_keys",
    "accounts",
    "sessions",
    "sign_in_tries",
    "access_log",
    "feedback",
    "posts_given",
    "rechecks",
    "recheck_states",
    "recheck_looks",
    "erasures",
    "never_again",
    "task_marks",
    "poll_tallies",
)


def _names() -> tuple[str, ...]:
    with Database(memory=True, execute_plugins=False) as empty:
        return tuple(step.name for step in migrations.pending(empty))


STEPS = _names()
"""The names of all steps, oldest first."""
