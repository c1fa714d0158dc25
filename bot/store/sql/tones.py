"""Statements that count stories by tone, and by what they do to each message."""

from __future__ import annotations

# Stories that hold a text of one's own are left out as a whole, wherever in time that text stands; of those that one
# mention tells, it is that of others, and no score needs to be read again. A story has the tone of the first mention
# that told it: times are of one width, so the first time with its mention's id after it is the least. What was told is
# found first, or PostgreSQL would read all scores to be done with all stretches at once.
COUNTS = """
WITH stretches AS MATERIALIZED (
  SELECT CAST(key AS INTEGER) AS place, json_extract(value, '$[0]') AS start, json_extract(value, '$[1]') AS stop
  FROM json_each(:stretches)
), near AS MATERIALIZED (
  SELECT t.place AS place, m.id AS id, m.item AS item, m.story AS story, m.told_at AS told_at,
         m.relevant AS relevant
  FROM stretches t CROSS JOIN mentions m
  WHERE m.told_at >= t.start AND m.told_at < t.stop AND m.subject IN (SELECT value FROM json_each(:subjects))
), told AS MATERIALIZED (
  SELECT m.place AS place, CASE m.story WHEN '' THEN m.id ELSE m.story END AS story,
         substr(MIN(m.told_at || m.id), 28) AS mention
  FROM near m CROSS JOIN scores s CROSS JOIN items i
  WHERE s.mention = m.id AND i.id = m.item AND COALESCE(m.relevant, 1) = 1 AND i.removed = 0
    AND s.flags NOT LIKE :owned
  GROUP BY 1, 2
), ours AS MATERIALIZED (
  SELECT m.story AS story
  FROM (SELECT DISTINCT story FROM told) t CROSS JOIN mentions m
  JOIN scores s ON s.mention = m.id JOIN items i ON i.id = m.item
  WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM mentions c WHERE c.story = t.story LIMIT 2) two) > 1 AND m.story = t.story
    AND m.subject IN (SELECT value FROM json_each(:subjects)) AND s.flags LIKE :owned AND i.kind <> 'repost'
)
SELECT told.place AS place, COALESCE(
    (SELECT l.value FROM labels l WHERE l.mention = told.mention AND l.kind = 'tone' ORDER BY l.id DESC LIMIT 1),
    CASE WHEN s.score IS NULL THEN NULL ELSE s.tone_label END) AS tone, COUNT(*) AS number
FROM told JOIN scores s ON s.mention = told.mention
WHERE told.story NOT IN (SELECT story FROM ours) GROUP BY 1, 2
"""

# The outcome of a story is its strongest, a contradiction at a tie, as bot.score.summary.strongest has it: 4 is
# contrary. A person's last word stands in place of the score's. A story that one mention tells has no text of one's
# own: that one is others'.
OUTCOMES = """
WITH told AS MATERIALIZED (
  SELECT m.id AS id, m.subject AS subject, m.story AS story
  FROM mentions m JOIN scores s ON s.mention = m.id JOIN items i ON i.id = m.item
  WHERE m.told_at >= :since AND m.told_at < :until AND m.subject IN (SELECT value FROM json_each(:subjects))
    AND COALESCE(m.relevant, 1) = 1 AND i.removed = 0 AND s.flags NOT LIKE :owned
), ours AS MATERIALIZED (
  SELECT m.story AS story
  FROM (SELECT DISTINCT story FROM told WHERE story <> '') t CROSS JOIN mentions m
  JOIN scores s ON s.mention = m.id JOIN items i ON i.id = m.item
  WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM mentions c WHERE c.story = t.story LIMIT 2) two) > 1 AND m.story = t.story
    AND m.subject IN (SELECT value FROM json_each(:subjects)) AND s.flags LIKE :owned AND i.kind <> 'repost'
), earned AS MATERIALIZED (
  SELECT id, subject, CASE story WHEN '' THEN id ELSE story END AS story FROM told
  WHERE story NOT IN (SELECT story FROM ours)
), said AS (
  SELECT t.subject AS subject, t.story AS story, a.message AS message, a.outcome AS outcome
  FROM earned t CROSS JOIN alignments a
  WHERE a.mention = t.id AND NOT EXISTS (
    SELECT 1 FROM labels l WHERE l.mention = a.mention AND l.kind = 'message' AND l.about = a.message)
  UNION ALL
  SELECT t.subject, t.story, l.about, l.value
  FROM earned t CROSS JOIN labels l
  WHERE l.mention = t.id AND l.kind = 'message' AND l.about IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM labels n WHERE n.mention = l.mention AND n.kind = 'message' AND n.about = l.about AND n.id > l.id)
), coded AS (
  SELECT message,
         MAX(CASE outcome WHEN 'contrary' THEN 4 WHEN 'full' THEN 3 WHEN 'misframed' THEN 2 WHEN 'partial' THEN 1 ELSE 0 END)
           AS strongest
  FROM said GROUP BY subject, story, message
)
SELECT message, strongest, COUNT(*) AS number FROM coded GROUP BY message, strongest
"""
