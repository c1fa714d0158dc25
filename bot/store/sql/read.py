"""Statements of reading: pages of mentions with their scores and alignments, coverage, gaps and polls.

Mentions are read in pages by the key (told time, id), newest first: ``before_at``/``before_id`` is where the page
before ended, and for the first page the end of the wanted time with an empty id. Each page is one statement, so it
shows one state, and no cursor stays open while the reader works.
"""

from __future__ import annotations

MENTION_COLUMNS = """
  m.id AS id, m.subject AS subject, m.source AS source, m.story AS story, m.matched AS matched,
  m.collected_at AS collected_at, m.told_at AS told_at, m.relevant AS relevant,
  m.relevance_basis AS relevance_basis, m.relevance_reason AS relevance_reason, m.judged_by AS judged_by,
  i.key AS key, i.kind AS kind, i.url AS url, i.title AS title, i.text AS text, i.published_at AS published_at,
  i.outlet AS outlet, i.author_name AS author_name, i.author_handle AS author_handle, i.author_id AS author_id,
  i.author_url AS author_url, i.author_followers AS author_followers, i.language AS item_language,
  i.metrics AS metrics, i.links AS links, i.refers_to AS refers_to, i.removed AS removed
"""
SCORE_COLUMNS = """
  s.mention AS scored, s.rules_version AS rules_version, s.context_id AS context_id, s.tone AS tone,
  s.tone_label AS tone_label, s.tone_confidence AS tone_confidence, s.tone_why AS tone_why, s.spans AS spans,
  s.reach AS reach, s.reach_low AS reach_low, s.reach_high AS reach_high, s.reach_basis AS reach_basis,
  s.reach_method AS reach_method, s.prominence AS prominence, s.advocacy AS advocacy, s.weight AS weight,
  s.quality AS quality, s.score AS score, s.language AS language, s.factors AS factors, s.formula AS formula,
  s.flags AS flags
"""
ALIGNMENT_COLUMNS = """
  a.position AS position, a.message AS message, a.outcome AS outcome, a.confidence AS confidence, a.quote AS quote,
  a.quote_start AS quote_start, a.quote_end AS quote_end, a.reason AS reason,
  a.likeness AS likeness
"""
FILTERS = """
  AND m.told_at >= :since AND (m.told_at, m.id) < (:before_at, :before_id)
  AND (CAST(:subject AS TEXT) IS NULL OR m.subject = :subject)
  AND (CAST(:source AS TEXT) IS NULL OR m.source = :source)
  AND (CAST(:story AS TEXT) IS NULL OR m.story = :story)
  AND (CAST(:tone AS TEXT) IS NULL OR s.mention IS NOT NULL AND :tone = COALESCE(
    (SELECT l.value FROM labels l WHERE l.mention = m.id AND l.kind = 'tone' ORDER BY l.id DESC LIMIT 1),
    s.tone_label))
  AND (CAST(:message AS TEXT) IS NULL OR s.mention IS NOT NULL AND 'none' <> COALESCE(
    (SELECT l.value FROM labels l WHERE l.mention = m.id AND l.kind = 'message' AND l.about = :message
     ORDER BY l.id DESC LIMIT 1),
    (SELECT c.outcome FROM alignments c WHERE c.mention = m.id AND c.message = :message), 'none'))
  AND COALESCE(m.relevant * 2, 1) BETWEEN :least AND :most
"""
UNTOLD_CONDITION = """
  AND s.mention IS NOT NULL AND COALESCE(m.relevant, 1) = 1 AND m.told_at < :window_end AND (m.told_at, m.id) < (:before_at, :before_id)
  AND m.told_at >= :late_since
  AND (m.told_at >= :window_start OR m.told_at >= :late_told OR m.collected_at >= :late_collected)
  AND NOT EXISTS (
    SELECT 1 FROM digest_mentions d JOIN digests g ON g.id = d.digest
    WHERE d.report = :report AND d.mention = m.id AND g.window_start < :told_before)
"""


def page_of_mentions(condition: str) -> str:
    """The statement that reads a page of the mentions that meet ``condition``, a constant of this package."""
    return f"""
SELECT page.*, {ALIGNMENT_COLUMNS}
FROM (
  SELECT {MENTION_COLUMNS}, {SCORE_COLUMNS}
  FROM mentions m JOIN items i ON i.id = m.item LEFT JOIN scores s ON s.mention = m.id
  WHERE 1 = 1 {condition}
  ORDER BY m.told_at DESC, m.id DESC LIMIT :limit
) page LEFT JOIN alignments a ON a.mention = page.id
ORDER BY page.told_at DESC, page.id DESC, a.position
"""  # noqa: S608 made of constants only, at import


def count_of_mentions(condition: str) -> str:
    """The statement that counts the mentions that meet ``condition``, a constant of this package."""
    return f"""
SELECT COUNT(*) AS found
FROM mentions m JOIN items i ON i.id = m.item LEFT JOIN scores s ON s.mention = m.id
WHERE 1 = 1 {condition}
"""  # noqa: S608 made of constants only, at import


# A story has an index of its own; among the other filters, each of which may be empty, it would not be seen.
OF_STORY = "WHERE m.story = :story"
MENTIONS = page_of_mentions(FILTERS)
MENTIONS_OF_STORY = MENTIONS.replace("WHERE 1 = 1", OF_STORY)
MENTION_COUNT = count_of_mentions(FILTERS)
MENTION_COUNT_OF_STORY = MENTION_COUNT.replace("WHERE 1 = 1", OF_STORY)
MENTION = page_of_mentions("AND m.id = :id")
UNTOLD = page_of_mentions(UNTOLD_CONDITION)

_OWNED = "s.flags LIKE :owned AND i.kind <> 'repost' AND m.story <> ''"
OWNED_STORIES = f"""
SELECT DISTINCT m.subject AS subject, m.story AS story
FROM scores s JOIN mentions m ON m.id = s.mention JOIN items i ON i.id = m.item
WHERE {_OWNED}
"""  # noqa: S608 made of constants only, at import
OWNED_AMONG = f"""
SELECT DISTINCT m.subject AS subject, m.story AS story
FROM json_each(:among) asked CROSS JOIN mentions m
JOIN scores s ON s.mention = m.id JOIN items i ON i.id = m.item
WHERE m.story = asked.value AND {_OWNED}
"""  # noqa: S608 made of constants only, at import
OWNED_AMONG_SHARED = OWNED_AMONG.replace(
    "WHERE",
    "WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM mentions c WHERE c.story = asked.value LIMIT 2) two) > 1 AND",
    1,
)
COVERED = """
SELECT source, feed, start_at, end_at FROM coverage WHERE start_at < :until AND end_at > :since ORDER BY start_at
"""
GAPS = """
SELECT source, feed, start_at, end_at, cause FROM gaps WHERE start_at < :until AND end_at > :since ORDER BY start_at
"""
POLLS = """
SELECT source, COUNT(*) AS polls,
       SUM(CASE WHEN state IN ('failing', 'blocked', 'out-of-credit') THEN 1 ELSE 0 END) AS failed
FROM polls WHERE started_at >= :since AND started_at < :until GROUP BY source
"""
COSTS = """
SELECT source, SUM(reads) AS reads, SUM(usd) AS usd FROM costs WHERE at >= :since AND at < :until GROUP BY source
"""
