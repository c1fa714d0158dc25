"""What an erasure leaves behind in a PostgreSQL database, and how much of it can be made to go.

An UPDATE or DELETE leaves the row as it was as a dead row. ``VACUUM`` frees its space without overwriting it: the bytes
stay in the page until something else is written there, and an index of words keeps the words of rows that are gone.
Only writing tables and their indexes anew (``VACUUM FULL``) leaves all that behind, and nobody can read or write a
table meanwhile. So the first is done soon after each erasure, the second when ``rewrite`` asks for it.

Not reached from here: the write-ahead log until it is recycled and overwritten, its archive, standbys, base backups,
and the disk's own blocks. Samples of values that the planner would keep (``pg_statistic``) are never taken:
:func:`unsampled`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.store.erasure.held import COUNTED_WORDS, SAID
from bot.store.migrations import APPLICATION_ID
from bot.store.postgres.connections import Connections
from bot.store.postgres.schema import Schema

ALONE = f"SELECT pg_try_advisory_lock({APPLICATION_ID}, hashtext('settling ' || current_schema())) AS alone"
LET_GO = f"SELECT pg_advisory_unlock({APPLICATION_ID}, hashtext('settling ' || current_schema()))"
BEGUN = "SELECT CAST(CAST(pg_current_xact_id() AS xid) AS text) AS now"
HELD_UP = """
SELECT EXISTS (
  SELECT 1 FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND datname = current_database()
    AND age(backend_xmin) > age(CAST(CAST(:now AS text) AS xid))
) AS held_up
"""
"""Whether somebody still looks at the database as it was before: what such a look could see is not taken away."""
LAST = "SELECT COALESCE((SELECT seal FROM erasures ORDER BY seq DESC LIMIT 1), '') AS seal"
DONE = "SELECT value FROM keeping WHERE name = :name"
NOTE = "INSERT INTO keeping (name, value) VALUES (:name, :seal) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
TABLES = tuple(sorted({column.partition(".")[0] for column in SAID}))
"""The tables that hold what others said."""


def settle(connections: Connections, stop: Callable[[], bool], *, rewrite: bool) -> bool:
    """Vacuums every table that holds what others said; whether nothing was in the way.

    Of several workers one does so, once after each erasure. False: asked to stop, another worker is at it, or somebody
    still looks at what was before; then it is to be called again.
    """
    with connections.read() as db:
        alone = db.execute(ALONE).fetchone()["alone"]
    try:
        return bool(alone) and _settled(connections, stop, rewrite=rewrite)
    finally:
        connections.outside(LET_GO)


def _settled(connections: Connections, stop: Callable[[], bool], *, rewrite: bool) -> bool:
    name = "rewritten_after" if rewrite else "vacuumed_after"
    with connections.write() as db:
        seal = db.execute(LAST).fetchone()["seal"]
        done = db.execute(DONE, {"name": name}).fetchone()
        if done is not None and done["value"] == seal:
            return True
        now = db.execute(BEGUN).fetchone()["now"]
    for table in TABLES:
        if stop():
            return False
        connections.outside(f'VACUUM ({"FULL, " if rewrite else ""}ANALYZE) "{table}"')
    with connections.write() as db:
        if db.execute(HELD_UP, {"now": now}).fetchone()["held_up"]:
            return False
        db.execute(NOTE, {"name": name, "seal": seal})
    return True


def unsampled(schema: Schema) -> Iterator[str]:
    """The statements that keep the planner from taking samples of what others said.

    Columns that an index stands on are left: without samples a search by them would be planned wrongly.
    """
    searches = {name: sql for name, sql in schema.indexes.items() if "heard_words(" in sql}
    indexed = [" ".join(sql.split()) for name, sql in schema.indexes.items() if name not in searches]
    for name in sorted(SAID | COUNTED_WORDS):
        table, column = name.split(".")
        is_indexed = any(f'ON "{table}"' in sql and f'"{column}"' in sql for sql in indexed)
        held = schema.tables[table].columns.get(column) if table in schema.tables else None  # a later step makes it
        if held is not None and held.type.startswith("text") and not is_indexed:
            yield f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STATISTICS 0'
    for name in searches:
        yield f'ALTER INDEX "{name}" ALTER COLUMN 1 SET STATISTICS 0'
