"""Statements of listening: targets and leases, what was looked at, items and their mentions."""

from __future__ import annotations

ADD_TARGET = """
INSERT INTO targets (source, feed, state, next_poll_at, failures) VALUES (:source, :feed, :state, :now, 0)
ON CONFLICT (source, feed) DO NOTHING
"""
TARGETS = "SELECT * FROM targets ORDER BY source, feed"
TARGET_NAMES = "SELECT source, feed FROM targets ORDER BY source, feed"
LEASE = """
UPDATE targets SET lease_owner = :owner, lease_until = :until
WHERE source = :source AND feed = :feed
  AND (lease_owner IS NULL OR lease_owner = :owner OR lease_until IS NULL OR lease_until <= :now OR lease_until > :far)
RETURNING *
"""
GIVE_BACK = """
UPDATE targets SET lease_owner = NULL, lease_until = NULL
WHERE source = :source AND feed = :feed AND lease_owner = :owner
"""
GIVE_BACK_ALL = "UPDATE targets SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = :owner"
MOVE_CURSOR = """
UPDATE targets
SET cursor = COALESCE(:cursor, cursor),
    lease_until = CASE WHEN lease_owner IS NULL THEN lease_until ELSE :hold_until END
WHERE source = :source AND feed = :feed AND (CAST(:owner AS TEXT) IS NULL OR lease_owner = :owner)
"""
FINISH = """
UPDATE targets
SET since = CASE WHEN state = 'paused' THEN since ELSE :since END,
    state = CASE WHEN state = 'paused' THEN state ELSE :state END,
    next_poll_at = :next_poll_at, last_success = :last_success, failures = :failures,
    error_kind = :error_kind, error = :error, lease_owner = NULL, lease_until = NULL,
    first_polled = COALESCE(first_polled, :first_polled), silent_after = :silent_after
WHERE source = :source AND feed = :feed AND (CAST(:owner AS TEXT) IS NULL OR lease_owner = :owner)
RETURNING state
"""
PAUSE = """
UPDATE targets SET since = CASE WHEN state = 'paused' THEN since ELSE :now END, state = 'paused'
WHERE source = :source
"""
RESUME = """
UPDATE targets
SET since = CASE WHEN state = 'ok' THEN since ELSE :now END,
    state = CASE WHEN last_success IS NULL THEN 'new' ELSE 'ok' END,
    next_poll_at = :now, failures = 0, error_kind = NULL, error = NULL
WHERE source = :source
"""
ADD_POLL = """
INSERT INTO polls (source, feed, started_at, state, fetched, matched, new, duplicates, reads, usd,
                   covered_from, covered_to, error_kind, error, retry_at)
VALUES (:source, :feed, :started_at, :state, :fetched, :matched, :new, :duplicates, :reads, :usd,
        :covered_from, :covered_to, :error_kind, :error, :retry_at)
"""
# Oldest first and few at a time: each poll adds one row, and a clock that runs ahead for an hour forgets little.
DROP_OLD_POLLS = """
DELETE FROM polls WHERE id IN (SELECT id FROM polls WHERE started_at < :before ORDER BY started_at LIMIT 2)
"""
LAST_POLL = "SELECT MAX(started_at) AS at FROM polls WHERE source = :source AND feed = :feed AND started_at <= :now"
SPENT = """
SELECT COALESCE(SUM(reads), 0) AS reads, COALESCE(SUM(usd), 0.0) AS usd FROM costs
WHERE source = :source AND at >= :since
"""

COVERAGE_TOUCHING = """
SELECT start_at, end_at FROM coverage
WHERE source = :source AND feed = :feed AND start_at <= :end_at AND end_at >= :start_at ORDER BY start_at
"""
COVERAGE_BEYOND = """
SELECT start_at, end_at FROM coverage WHERE source = :source AND feed = :feed AND end_at > :far
"""
ACCOUNTED_UNTIL = """
WITH known AS MATERIALIZED (
  SELECT first_polled,
    (SELECT MAX(end_at) FROM coverage WHERE source = :source AND feed = :feed AND start_at < :start) AS covered
  FROM targets WHERE source = :source AND feed = :feed AND first_polled < :start
)
SELECT CASE WHEN covered > first_polled THEN covered ELSE first_polled END AS until FROM known
"""
ADD_COVERAGE = "INSERT INTO coverage (source, feed, start_at, end_at) VALUES (:source, :feed, :start_at, :end_at)"
DROP_COVERAGE = "DELETE FROM coverage WHERE source = :source AND feed = :feed AND start_at = :start_at"
GAPS_TOUCHING = """
SELECT start_at, end_at, cause FROM gaps
WHERE source = :source AND feed = :feed AND start_at <= :end_at AND end_at >= :start_at ORDER BY start_at
"""
GAPS_BEYOND = """
SELECT start_at, end_at, cause FROM gaps WHERE source = :source AND feed = :feed AND end_at > :far
"""
ADD_GAP = """
INSERT INTO gaps (source, feed, start_at, end_at, cause) VALUES (:source, :feed, :start_at, :end_at, :cause)
"""
DROP_GAP = "DELETE FROM gaps WHERE source = :source AND feed = :feed AND start_at = :start_at"

KEPT_KEYS = "SELECT key FROM items WHERE key IN (SELECT value FROM json_each(:keys))"
ITEM = "SELECT * FROM items WHERE key = :key"
NAME_ITEM = "UPDATE items SET key = :key WHERE id = :id RETURNING *"
ADD_ITEM = """
INSERT INTO items (key, kind, url, title, text, content_hash, published_at, outlet, author_name, author_handle,
                   author_id, author_url, author_followers, language, metrics, links, refers_to, removed, trainable,
                   source, feed, collected_at, changed_at)
VALUES (:key, :kind, :url, :title, :text, :content_hash, :published_at, :outlet, :author_name, :author_handle,
        :author_id, :author_url, :author_followers, :language, :metrics, :links, :refers_to, :removed, :trainable,
        :source, :feed, :now, :now)
RETURNING id
"""
CHANGE_ITEM = """
UPDATE items
SET kind = :kind, url = :url, title = :title, text = :text, content_hash = :content_hash, outlet = :outlet,
    author_name = :author_name, author_handle = :author_handle, author_id = :author_id, author_url = :author_url,
    author_followers = :author_followers, language = :language, metrics = :metrics, links = :links,
    refers_to = :refers_to, removed = :removed, trainable = :trainable, source = :source, feed = :feed,
    changed_at = :now, sighted_by = CASE WHEN content_hash = :content_hash THEN sighted_by ELSE '' END
WHERE key = :key
"""
# What was told of it, or seen in it, can only be taken back by way of this row.
DROP_ITEM_WITHOUT_MENTIONS = """
DELETE FROM items
WHERE id = :item AND NOT EXISTS (SELECT 1 FROM mentions WHERE mentions.item = :item)
  AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.item = :item)
"""
MENTIONS_OF_ITEM = "SELECT id, subject FROM mentions WHERE item = :item"
ADD_MENTION = """
INSERT INTO mentions (id, item, subject, source, story, matched, collected_at, told_at,
                      relevant, relevance_basis, relevance_reason, judged_by)
VALUES (:id, :item, :subject, :source, :story, :matched, :collected_at, :told_at,
        :relevant, :basis, :reason, CASE WHEN EXISTS (SELECT 1 FROM labels WHERE mention = :id) THEN '' ELSE :by END)
"""
SET_MATCHED = "UPDATE mentions SET matched = :matched WHERE id = :id"
DROP_MENTION_UNLESS_TOLD = """
DELETE FROM mentions
WHERE id = :id AND NOT EXISTS (SELECT 1 FROM digest_mentions WHERE digest_mentions.mention = mentions.id)
  AND NOT EXISTS (SELECT 1 FROM alerts WHERE raised_at >= mentions.told_at AND instr(alerts.body, '"' || mentions.id || '"') > 0)
  AND NOT EXISTS (
    SELECT 1 FROM notices WHERE created_at >= mentions.told_at AND instr(notices.body, '"' || mentions.id || '"') > 0)
"""
RESCORE_ITEM = "UPDATE mentions SET scored_by = '', judged_by = '' WHERE item = :item"
DROP_SCORES_OF_ITEM = "DELETE FROM scores WHERE mention IN (SELECT id FROM mentions WHERE item = :item)"
# Each item once, by the first of its mentions since then; in this order, so that a page is found by when it was
# collected.
STORY_CANDIDATES = """
SELECT i.*, m.collected_at AS seen,
       (SELECT MIN(e.story) FROM mentions e WHERE e.item = m.item AND e.collected_at >= :since) AS story
FROM mentions m CROSS JOIN items i
WHERE i.id = m.item AND (m.collected_at, m.item) > (:after_at, :after) AND i.removed = 0
  AND NOT EXISTS (
    SELECT 1 FROM mentions e
    WHERE e.item = m.item AND e.collected_at >= :since AND (e.collected_at, e.id) < (m.collected_at, m.id))
ORDER BY m.collected_at, m.item LIMIT :limit
"""
JOIN_STORY = "UPDATE mentions SET story = :older WHERE story = :younger"
