"""Statements that read scored mentions without their words: what rates and counts are made of."""

from __future__ import annotations

from bot.store.sql.read import FILTERS, OF_STORY

_SAID = """
  m.told_at >= :since AND m.told_at < :until AND m.subject IN (SELECT value FROM json_each(:subjects))
  AND COALESCE(m.relevant, 1) = 1
"""
# A person's word changes the score, which is then worked out anew from its factors.
_COLUMNS = """
  m.id AS id, m.subject, m.source, m.story, m.collected_at, m.told_at AS told_at, m.relevant, m.relevance_basis, m.judged_by,
  i.key, i.kind, i.published_at, i.outlet, i.author_name, i.author_handle, i.author_id, i.removed,
  s.rules_version AS rules_version, s.context_id, s.tone, s.tone_label, s.tone_confidence, s.reach, s.reach_low, s.reach_high,
  s.reach_basis, s.reach_method, s.prominence, s.advocacy, s.weight, s.quality, s.score, s.language, s.formula, s.flags,
  CASE WHEN EXISTS (SELECT 1 FROM labels b WHERE b.mention = m.id) THEN s.factors ELSE '[]' END AS factors
"""
SAID = f"""
SELECT {_COLUMNS}
FROM mentions m JOIN items i ON i.id = m.item JOIN scores s ON s.mention = m.id
WHERE {_SAID}
ORDER BY m.told_at DESC, m.id DESC
"""  # noqa: S608 made of constants only, at import
CODED = f"""
SELECT a.mention, a.message, a.outcome, a.confidence
FROM mentions m JOIN alignments a ON a.mention = m.id
WHERE {_SAID}
ORDER BY a.mention, a.position
"""  # noqa: S608 the same
LISTED = f"""
SELECT {_COLUMNS}
FROM mentions m JOIN items i ON i.id = m.item LEFT JOIN scores s ON s.mention = m.id
WHERE 1 = 1 {FILTERS}
ORDER BY m.told_at DESC, m.id DESC LIMIT :limit
"""  # noqa: S608 the same
LISTED_OF_STORY = LISTED.replace("WHERE 1 = 1", OF_STORY)
LISTED_AMONG = LISTED.replace("WHERE 1 = 1", "WHERE m.id IN (SELECT value FROM json_each(:among))")
COPIES = """
SELECT m.subject, m.story, COUNT(*) AS number FROM mentions m
WHERE m.story IN (SELECT value FROM json_each(:stories)) AND COALESCE(m.relevant, 1) = 1 GROUP BY m.subject, m.story
"""
WITHOUT_SCORE = f"""
SELECT COUNT(*) AS number FROM mentions m JOIN items i ON i.id = m.item
WHERE {_SAID} AND i.removed = 0 AND NOT EXISTS (SELECT 1 FROM scores s WHERE s.mention = m.id)
"""  # noqa: S608 the same
CODED_OF = """
SELECT a.mention, a.message, a.outcome, a.confidence FROM alignments a
WHERE a.mention IN (SELECT value FROM json_each(:mentions)) ORDER BY a.mention, a.position
"""
