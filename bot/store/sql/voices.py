"""Statements about who is spoken of: stories by subject and source, without their texts."""

from __future__ import annotations

# Neither grouped nor in order: nearly every row is a group of its own, and sorting so many texts costs more than
# reading them.
TOLD = """
SELECT m.subject AS subject, CASE m.story WHEN '' THEN m.id ELSE m.story END AS story, m.source AS source,
       m.told_at AS told_at
FROM mentions m JOIN scores s ON s.mention = m.id JOIN items i ON i.id = m.item
WHERE m.told_at >= :since AND m.told_at < :until AND m.subject IN (SELECT value FROM json_each(:subjects))
  AND COALESCE(m.relevant, 1) = 1 AND i.removed = 0 AND s.flags NOT LIKE :owned
"""
FIRST_FOUND = """
SELECT asked.value AS subject, (SELECT MIN(m.collected_at) FROM mentions m WHERE m.subject = asked.value) AS at
FROM json_each(:subjects) asked
"""
