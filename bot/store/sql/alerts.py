"""Statements of alerts: what days brought, what was raised."""

from __future__ import annotations

# What the subject says itself, and stories that hold a text of its own, are nobody's reaction.
_EARNED = """
  m.subject = :subject AND m.told_at >= :since AND m.told_at < :until AND COALESCE(m.relevant, 1) = 1
"""
TOLD = f"""
SELECT COALESCE(NULLIF(m.story, ''), m.id) AS story, m.told_at AS at,
       COALESCE((SELECT l.value FROM labels l WHERE l.mention = m.id AND l.kind = 'tone' ORDER BY l.id DESC LIMIT 1),
                s.tone_label) AS tone,
       EXISTS (SELECT 1 FROM alignments a WHERE a.mention = m.id AND a.outcome IN ('contrary', 'misframed')
               AND a.confidence >= :confidence) AS contrary,
       COALESCE(s.flags, '') LIKE :owned AS own, i.kind <> 'repost' AS text
FROM mentions m JOIN items i ON i.id = m.item LEFT JOIN scores s ON s.mention = m.id
WHERE {_EARNED} AND i.removed = 0
"""  # noqa: S608 made of constants only, at import
BY_SOURCE = f"SELECT m.source AS source, COUNT(*) AS number FROM mentions m WHERE {_EARNED} GROUP BY m.source"  # noqa: S608 the same

RAISE = """
INSERT INTO alerts (id, rule, kind, subject, event, day, last_day, severity, count, size, expected, p, body, raised_at,
                    updated_at, notices)
VALUES (:id, :rule, :kind, :subject, :event, :day, :last_day, :severity, :count, :size, :expected, :p, :body, :raised_at,
        :updated_at, '[]')
ON CONFLICT (rule, subject, event) DO UPDATE SET
  last_day = excluded.last_day, severity = excluded.severity, count = excluded.count, size = excluded.size,
  expected = excluded.expected, p = excluded.p, body = excluded.body, updated_at = excluded.updated_at
"""
OF_EVENT = "SELECT * FROM alerts WHERE rule = :rule AND subject = :subject AND event = :event"
ALERT = "SELECT * FROM alerts WHERE id = :id"
ALERTS = """
SELECT * FROM alerts
WHERE raised_at >= :since AND raised_at < :until AND (CAST(:rule AS TEXT) IS NULL OR rule = :rule)
ORDER BY raised_at DESC, id LIMIT :limit
"""
LAST_TOLD = "SELECT MAX(told_at) AS told_at FROM alerts WHERE rule = :rule AND subject = :subject"
TELL = """
UPDATE alerts SET told_at = :told_at, told_size = :size, notices = :notices WHERE id = :id
"""
