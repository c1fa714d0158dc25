"""Statements of keeping: what is erased, where it had been told, what is due, what is held, and the log of erasures."""

from __future__ import annotations

SALT = "SELECT value FROM keeping WHERE name = 'salt'"

RECKONING = "SELECT name, value FROM keeping WHERE name IN ('reckoned', 'doubted')"
REMEMBER = (
    "INSERT INTO keeping (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)

ITEMS_OF_KEYS = """
SELECT * FROM items WHERE key IN (SELECT value FROM json_each(:keys)) AND removed = 0
"""
ITEMS_UNDER = "SELECT * FROM items WHERE key >= :first AND key < :following AND removed = 0"
# The condition on what a pseudonym begins with is that of the index, which is not used without it.
ITEMS_OF_PSEUDONYM = """
SELECT * FROM items WHERE author_id = :pseudonym AND author_id LIKE '~%' AND removed = 0
"""
REPOSTS_OF = """
SELECT * FROM items WHERE refers_to IN (SELECT value FROM json_each(:keys)) AND kind = 'repost' AND removed = 0
"""
MENTIONS_OF = "SELECT id, item, subject, told_at FROM mentions WHERE item IN (SELECT CAST(value AS BIGINT) FROM json_each(:items))"
QUOTES_OF = """
SELECT quote FROM alignments WHERE mention IN (SELECT value FROM json_each(:mentions)) AND quote <> ''
"""
_SIGHTING = "SELECT key, offer, outlet, handle, quote, url, headline, at FROM sightings"
SIGHTINGS_OF = f"{_SIGHTING} WHERE key IN (SELECT value FROM json_each(:keys))"  # noqa: S608 made of constants only
SIGHTINGS_UNDER = f"{_SIGHTING} WHERE key >= :first AND key < :following"

ERASE_ITEM = """
UPDATE items
SET key = :key, url = NULL, title = '', text = '', content_hash = :content_hash, author_name = NULL,
    author_handle = NULL, author_id = NULL, author_url = NULL, author_followers = NULL, language = NULL, metrics = '{}',
    links = '[]', refers_to = NULL, removed = :removed, trainable = 0, changed_at = :now, sighted_by = ''
WHERE id = :id
"""
ERASE_WORDS = """
UPDATE items
SET key = :key, url = NULL, title = '', text = '', content_hash = :content_hash, author_name = NULL,
    author_handle = NULL, author_id = NULL, author_url = NULL, links = '[]', refers_to = NULL, removed = :removed,
    trainable = 0, changed_at = :now, sighted_by = ''
WHERE id = :id
"""
ERASE_AUTHOR = """
UPDATE items
SET key = :key, url = :url, refers_to = :refers_to, author_name = NULL, author_handle = NULL, author_id = :author_id,
    author_url = NULL, changed_at = :now
WHERE id = :id
"""
MOVE_SIGHTINGS = "UPDATE sightings SET key = :key WHERE key = :old"
MOVE_REFERENCES = "UPDATE items SET refers_to = :key WHERE refers_to = :old"
DROP_SCORES_OF = "DELETE FROM scores WHERE mention IN (SELECT value FROM json_each(:mentions)) RETURNING context_id"
FORGET_MATCHES_OF = """
UPDATE mentions SET matched = '[]', scored_by = '', judged_by = '', relevance_reason = ''
WHERE id IN (SELECT value FROM json_each(:mentions))
"""
DROP_SNAPSHOTS_OF = "DELETE FROM snapshots WHERE item IN (SELECT CAST(value AS BIGINT) FROM json_each(:items))"
EMPTY_SCORES_OF = """
UPDATE scores SET tone_why = '', spans = '[]' WHERE mention IN (SELECT value FROM json_each(:mentions))
"""
FACTORS_OF = "SELECT mention, factors FROM scores WHERE mention IN (SELECT value FROM json_each(:mentions))"
CHANGE_FACTORS = "UPDATE scores SET factors = :factors WHERE mention = :mention"
EMPTY_ALIGNMENTS_OF = """
UPDATE alignments SET quote = '', quote_start = 0, quote_end = 0, reason = ''
WHERE mention IN (SELECT value FROM json_each(:mentions))
"""
EMPTY_MATCHES_OF = """
UPDATE mentions SET matched = '[]', relevance_reason = '' WHERE id IN (SELECT value FROM json_each(:mentions))
"""
FORGET_SPEAKERS = """
UPDATE sightings SET handle = NULL, voice = NULL WHERE key IN (SELECT value FROM json_each(:keys))
"""
HIDE_ADDRESS = "UPDATE sightings SET url = :url WHERE key = :key AND url IS NOT NULL"

ALERTS_OF = """
SELECT * FROM alerts WHERE subject IN (SELECT value FROM json_each(:subjects)) AND raised_at >= :since
"""
NOTICES_OF_ALERTS = "SELECT id, body FROM notices WHERE kind = 'alert' AND created_at >= :since"
CHANGE_ALERT = "UPDATE alerts SET body = :body WHERE id = :id"
LEAK_NOTICES = """
SELECT place, offer, notice FROM leaks_told
WHERE offer IN (SELECT value FROM json_each(:offers)) AND place IN (SELECT value FROM json_each(:places))
"""
LEAKS_AT = "SELECT offer, place, notice FROM leaks_told WHERE place IN (SELECT value FROM json_each(:places))"
RENAME_PLACE = """
INSERT INTO leaks_told (offer, code, place, notice)
SELECT offer, code, :outlet, notice FROM leaks_told WHERE offer = :offer AND place = :place
ON CONFLICT (offer, code, place) DO NOTHING
"""
DROP_PLACE = "DELETE FROM leaks_told WHERE offer = :offer AND place = :place"
NOTICES_OF = "SELECT * FROM notices WHERE id IN (SELECT value FROM json_each(:ids))"
CHANGE_NOTICE = "UPDATE notices SET subject_line = :subject_line, body = :body, stale = 1 WHERE id = :id"
DIGESTS_TELLING = """
SELECT * FROM digests WHERE id IN (
  SELECT digest FROM digest_mentions WHERE mention IN (SELECT value FROM json_each(:mentions))
)
"""
DIGESTS_HOLDING = """
SELECT * FROM digests g WHERE g.created_at >= :since AND EXISTS (
  SELECT 1 FROM json_each(:needles) n WHERE g.body LIKE '%' || n.value || '%'
)
"""
CHANGE_DIGEST = "UPDATE digests SET subject_line = :subject_line, body = :body, stale = 1 WHERE id = :id"
STALE_DIGESTS = "SELECT * FROM digests WHERE stale = 1 ORDER BY created_at, id"
FRESH_DIGEST = "UPDATE digests SET stale = 0 WHERE id = :id AND body = :body"
STALE_NOTICES = "SELECT * FROM notices WHERE stale = 1 ORDER BY created_at, id"
FRESH_NOTICE = "UPDATE notices SET stale = 0 WHERE id = :id AND body = :body"

LAST = "SELECT * FROM erasures ORDER BY seq DESC LIMIT 1"
LAST_LINE = "SELECT seq, seal FROM erasures ORDER BY seq DESC LIMIT 1"
ADD_LINE = """
INSERT INTO erasures (seq, who, cause, what, source, noticed_at, erased_at, items, mentions, digests, exports, marks,
                      before, seal)
VALUES (:seq, :who, :cause, :what, :source, :noticed_at, :erased_at, :items, :mentions, :digests, :exports, :marks,
        :before, :seal)
"""
NUMBER_OF_LINES = "SELECT COALESCE(MAX(seq), 0) AS number FROM erasures"
ERASED_SINCE = "SELECT MIN(erased_at) AS first FROM erasures WHERE seq > :known"
ERASED_AMONG = """
SELECT 1 FROM json_each(:mentions) asked JOIN mentions m ON m.id = asked.value JOIN items i ON i.id = m.item
WHERE (i.removed <> 0 OR i.author_id LIKE '~%') AND i.changed_at >= :first LIMIT 1
"""
LINES = "SELECT * FROM erasures WHERE seq > :after ORDER BY seq LIMIT :limit"

WORDS_DUE = """
SELECT key, collected_at FROM items WHERE removed = 0 AND collected_at < :before ORDER BY collected_at, id LIMIT :limit
"""
AUTHORS_DUE = """
SELECT * FROM items
WHERE removed = 0 AND collected_at < :before AND (collected_at, id) > (:after_at, :after)
  AND (author_name IS NOT NULL OR author_handle IS NOT NULL OR author_url IS NOT NULL
       OR (author_id IS NOT NULL AND author_id NOT LIKE '~%'))
ORDER BY collected_at, id LIMIT :limit
"""
NUMBERS_DUE = """
SELECT id, key, source, collected_at FROM items
WHERE removed IN (1, 2, 3) AND collected_at < :before ORDER BY collected_at, id LIMIT :limit
"""
NUMBERLESS = (
    "UPDATE items SET removed = 4, changed_at = :now WHERE id IN (SELECT CAST(value AS INTEGER) FROM json_each(:items))"
)
DROP_TOLD_OF = "DELETE FROM digest_mentions WHERE mention IN (SELECT value FROM json_each(:mentions))"
DROP_MENTIONS_OF = "DELETE FROM mentions WHERE id IN (SELECT value FROM json_each(:mentions))"
DROP_HOURS = "DELETE FROM hour_counts WHERE hour < :before"

HELD = """
SELECT source, COUNT(*) AS items, SUM(CASE WHEN removed = 0 THEN 1 ELSE 0 END) AS words,
       SUM(CASE WHEN removed = 0 AND (author_name IS NOT NULL OR author_handle IS NOT NULL
                OR (author_id IS NOT NULL AND author_id NOT LIKE '~%')) THEN 1 ELSE 0 END) AS authors,
       MIN(CASE WHEN removed = 0 THEN collected_at END) AS oldest
FROM items GROUP BY source ORDER BY source
"""
ASKED = """
SELECT id, key, source, outlet, collected_at, author_name, author_handle, author_id, text, url FROM items
WHERE removed = 0 AND id > :after
  AND (CAST(:source AS TEXT) IS NULL OR source = :source)
  AND (CAST(:before AS TEXT) IS NULL OR collected_at < :before)
  AND (CAST(:url AS TEXT) IS NULL OR url = :url)
  AND (CAST(:part AS TEXT) IS NULL OR REPLACE(LOWER(url), CAST(:part AS TEXT), '') <> LOWER(url))
  AND (CAST(:subject AS TEXT) IS NULL OR EXISTS (
    SELECT 1 FROM mentions m WHERE m.item = items.id AND m.subject = :subject))
  AND (CAST(:author AS TEXT) IS NULL OR LOWER(author_name) = :author OR LOWER(author_handle) = :author
       OR LOWER(author_handle) = :at_author OR LOWER(author_id) = :author OR LOWER(author_url) IN (SELECT value FROM json_each(:profiles))
       OR author_name IN (SELECT value FROM json_each(:spellings)) OR author_id IN (SELECT value FROM json_each(:pseudonyms)))
ORDER BY id LIMIT :limit
"""
# One key of each account is enough: it says the platform.
ACCOUNTS = """
SELECT author_id, MIN(key) AS key FROM items
WHERE removed = 0 AND author_id IS NOT NULL AND author_id NOT LIKE '~%'
  AND (LOWER(author_handle) = :author OR LOWER(author_handle) = :at_author
       OR LOWER(author_url) IN (SELECT value FROM json_each(:profiles)))
GROUP BY author_id
"""
KEYS = "SELECT id, key FROM items WHERE removed = 0 AND id > :after ORDER BY id LIMIT :limit"

KEEP_OUT = "INSERT INTO never_again (mark) VALUES (:mark) ON CONFLICT (mark) DO NOTHING"
ANY_KEPT_OUT = "SELECT 1 FROM never_again LIMIT 1"
KEPT_OUT = "SELECT mark FROM never_again WHERE mark IN (SELECT value FROM json_each(:marks))"
