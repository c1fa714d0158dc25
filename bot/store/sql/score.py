"""Statements of scoring: what is to be scored, scores with their alignments, and the frozen contexts."""

from __future__ import annotations

from bot.store.sql.read import MENTION_COLUMNS, page_of_mentions

UNSCORED = f"""
SELECT {MENTION_COLUMNS}
FROM mentions m JOIN items i ON i.id = m.item
WHERE m.id IN (
  SELECT w.id FROM mentions w JOIN items j ON j.id = w.item
  WHERE w.scored_by = '' AND j.removed = 0 ORDER BY w.told_at, w.id LIMIT :limit
)
ORDER BY m.told_at, m.id
"""  # noqa: S608 made of constants only
_OUTDATED = "m.scored_by <> '' AND m.scored_by <> :rules_version AND m.told_at >= :since"
OUTDATED = page_of_mentions(f"AND {_OUTDATED} AND i.removed = 0 AND (m.told_at, m.id) < (:before_at, :before_id)")
COUNT_OUTDATED = f"""
SELECT COUNT(*) AS number FROM mentions m JOIN items i ON i.id = m.item WHERE {_OUTDATED} AND i.removed = 0
"""  # noqa: S608 made of constants only
STANDING = """
SELECT i.content_hash AS content_hash, i.metrics AS metrics, i.author_followers AS author_followers,
       m.scored_by AS scored_by
FROM mentions m JOIN items i ON i.id = m.item WHERE m.id = :mention AND i.removed = 0
"""
SAVE_SCORE = """
INSERT INTO scores (mention, rules_version, context_id, tone, tone_label, tone_confidence, tone_why, spans, reach,
                    reach_low, reach_high, reach_basis, reach_method, prominence, advocacy, weight, quality, score,
                    language, factors, formula, flags, scored_at)
VALUES (:mention, :rules_version, :context_id, :tone, :tone_label, :tone_confidence, :tone_why, :spans, :reach,
        :reach_low, :reach_high, :reach_basis, :reach_method, :prominence, :advocacy, :weight, :quality, :score,
        :language, :factors, :formula, :flags, :scored_at)
"""
DROP_SCORE = "DELETE FROM scores WHERE mention = :mention RETURNING context_id"
SAVE_ALIGNMENT = """
INSERT INTO alignments (mention, position, message, outcome, confidence, quote, quote_start, quote_end, reason,
                        likeness)
VALUES (:mention, :position, :message, :outcome, :confidence, :quote, :quote_start, :quote_end, :reason, :likeness)
"""
OUTDATED_VERSIONS = f"""
SELECT DISTINCT m.scored_by AS version FROM mentions m JOIN items i ON i.id = m.item
WHERE {_OUTDATED} AND i.removed = 0 ORDER BY version
"""  # noqa: S608 made of constants only
KEEP_RESCORED = """
INSERT INTO rescored (mention, rules_version, before) VALUES (:mention, :rules_version, :before)
"""
RESCORED_BEFORE = "SELECT before FROM rescored WHERE mention = :mention AND rules_version = :rules_version"
RESCORED = page_of_mentions(
    "AND m.told_at >= :since AND (m.told_at, m.id) < (:before_at, :before_id) AND s.rules_version = :rules_version "
    "AND EXISTS (SELECT 1 FROM rescored r WHERE r.mention = m.id AND r.rules_version = :rules_version)"
)
RULES_VERSIONS = "SELECT version, told, first_used_at FROM rules_versions ORDER BY first_used_at, version"
NOTE_RULES = """
INSERT INTO rules_versions (version, told, first_used_at) VALUES (:version, :told, :first_used_at)
ON CONFLICT (version) DO UPDATE SET told = excluded.told WHERE rules_versions.told = '{}'
"""
MARK_SCORED = "UPDATE mentions SET scored_by = :rules_version WHERE id = :mention"

CONTEXT = "SELECT * FROM contexts WHERE id = :id"
SAVE_CONTEXT = """
INSERT INTO contexts (id, documents, idf, median_weight, calibration, centre)
VALUES (:id, :documents, :idf, :median_weight, :calibration, :centre)
ON CONFLICT (id) DO NOTHING
"""
DROP_CONTEXT_UNLESS_USED = """
DELETE FROM contexts WHERE id = :id AND NOT EXISTS (SELECT 1 FROM scores WHERE scores.context_id = :id)
"""
POOL_TEXTS = """
SELECT id, collected_at, text, substr(key, 1, instr(key, ':')) || COALESCE(author_id, author_handle) AS author,
       (SELECT MIN(story) FROM mentions WHERE mentions.item = items.id) AS story
FROM items
WHERE trainable = 1 AND removed = 0 AND collected_at < :until AND (collected_at, id) > (:after_at, :after)
ORDER BY collected_at, id LIMIT :limit
"""
REACH_WEIGHTS = """
SELECT i.key AS key, MAX(s.weight) AS weight
FROM items i JOIN mentions m ON m.item = i.id JOIN scores s ON s.mention = m.id
WHERE i.collected_at >= :since AND i.collected_at < :until AND s.reach IS NOT NULL AND COALESCE(m.relevant, 1) = 1
GROUP BY i.id, i.key ORDER BY i.id
"""
