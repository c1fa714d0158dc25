"""Statements about figures: snapshots of what platforms say, and observations."""

from __future__ import annotations

from bot.store.sql.read import MENTION_COLUMNS, page_of_mentions

ADD_SNAPSHOT = """
INSERT INTO snapshots (item, age, metrics, followers, read_at) VALUES (:item, :age, :metrics, :followers, :read_at)
ON CONFLICT (item, age) DO NOTHING RETURNING age
"""
HAS_SNAPSHOT = "SELECT 1 FROM snapshots WHERE item = :item AND age = :age"
KNOWN_ITEMS = "SELECT * FROM items WHERE key IN (SELECT value FROM json_each(:keys)) AND removed = 0"
SNAPSHOTS = """
SELECT i.key AS key, s.age AS age, s.metrics AS metrics, s.followers AS followers, s.read_at AS read_at
FROM snapshots s JOIN items i ON i.id = s.item
WHERE i.key IN (SELECT value FROM json_each(:keys)) ORDER BY s.read_at
"""
STANDING_SCORES = page_of_mentions(
    "AND m.id IN (SELECT value FROM json_each(:ids)) AND s.mention IS NOT NULL "
    "AND (m.told_at, m.id) < (:before_at, :before_id)"
)

_STANDS = "NOT EXISTS (SELECT 1 FROM observations n WHERE n.supersedes = o.id)"
OBSERVATIONS = f"""
SELECT * FROM observations o
WHERE (CAST(:subject AS TEXT) IS NULL OR subject_id = :subject)
  AND (CAST(:metric AS TEXT) IS NULL OR metric_id = :metric) AND {_STANDS} ORDER BY id
"""  # noqa: S608 made of constants only
MEASURED = f"""
SELECT * FROM observations o
WHERE subject_id IN (SELECT value FROM json_each(:keys)) AND metric_id = :metric AND basis = :basis AND {_STANDS}
ORDER BY window_end, id
"""  # noqa: S608 made of constants only
SAME_OBSERVATION = f"""
SELECT * FROM observations o
WHERE subject_id = :subject_id AND metric_id = :metric_id AND provider = :provider AND method_id = :method_id
  AND method_version = :method_version AND unit = :unit AND window_end = :window_end AND {_STANDS}
  AND (window_start = :window_start OR metric_id = 'views')  -- views are counted since an item's publication, whenever that was learned
ORDER BY id DESC LIMIT 1
"""  # noqa: S608 made of constants only
ADD_OBSERVATION = """
INSERT INTO observations (metric_id, subject_id, provider, method_id, method_version, unit, window_start, window_end,
                          tz, value, low, high, basis, collected_at, raw_ref, supersedes)
VALUES (:metric_id, :subject_id, :provider, :method_id, :method_version, :unit, :window_start, :window_end,
        :tz, :value, :low, :high, :basis, :collected_at, :raw_ref, :supersedes)
"""
REACH_ANEW = """
UPDATE mentions SET scored_by = '' WHERE item = (SELECT id FROM items WHERE key = :key)
"""
MEASURED_MENTIONS = f"""
SELECT {MENTION_COLUMNS}
FROM mentions m JOIN items i ON i.id = m.item
WHERE i.trainable = 1 AND i.removed = 0 AND i.key IN (
  SELECT o.subject_id FROM observations o
  WHERE o.metric_id = :metric AND o.basis = :basis AND o.collected_at >= :since AND o.collected_at < :until
)
ORDER BY m.told_at, m.id
"""  # noqa: S608 made of constants only
ITEMS_NAMED = """
SELECT m.id AS name, i.* FROM mentions m JOIN items i ON i.id = m.item
WHERE m.id IN (SELECT value FROM json_each(:names)) AND i.removed = 0
UNION ALL
SELECT i.key AS name, i.* FROM items i
WHERE i.key IN (SELECT value FROM json_each(:names)) AND i.removed = 0
UNION ALL
SELECT i.url AS name, i.* FROM items i
WHERE i.url IN (SELECT value FROM json_each(:names)) AND i.removed = 0
"""
