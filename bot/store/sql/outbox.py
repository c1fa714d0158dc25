"""Statements of the outbox: digests, marks on what they told, deliveries."""

from __future__ import annotations

DIGEST = "SELECT * FROM digests WHERE id = :id"
DIGEST_FOR = """
SELECT * FROM digests WHERE report = :report AND window_start = :window_start AND window_end = :window_end
"""
LAST_DIGEST = """
SELECT * FROM digests WHERE report = :report AND window_end <= :before ORDER BY window_end DESC, created_at DESC, id LIMIT 1
"""
DIGESTS = """
SELECT * FROM digests d
WHERE CAST(:after AS TEXT) IS NULL OR EXISTS (
  SELECT 1 FROM digests a
  WHERE a.id = :after AND (d.created_at < a.created_at OR d.created_at = a.created_at AND d.id > a.id)
)
ORDER BY created_at DESC, id LIMIT :limit
"""
FIRST_DIGEST = """
SELECT MIN(window_start) AS window_start, MIN(created_at) AS created_at
FROM digests WHERE report = :report AND window_start < :told_before
"""
ADD_DIGEST = """
INSERT INTO digests (id, report, audience, window_start, window_end, timezone, subject_line, body, created_at)
VALUES (:id, :report, :audience, :window_start, :window_end, :timezone, :subject_line, :body, :created_at)
ON CONFLICT (report, window_start, window_end) DO NOTHING
RETURNING id
"""
TELL = """
INSERT INTO digest_mentions (report, mention, digest, position)
SELECT :report, id, :digest, :position FROM mentions WHERE id = :mention
ON CONFLICT (report, mention) DO NOTHING
RETURNING mention
"""
TOLD = "SELECT mention FROM digest_mentions WHERE digest = :digest ORDER BY position"
ADD_DELIVERY = """
INSERT INTO deliveries
  (id, digest, notice, channel, recipient, key, state, attempts, next_attempt_at, sent_at, error, instead)
VALUES
  (:id, :digest, :notice, :channel, :recipient, :key, :state, :attempts, :next_attempt_at, :sent_at, :error, :instead)
"""
DIGESTS_OF = "SELECT * FROM digests WHERE report = :report ORDER BY window_end DESC, created_at DESC, id LIMIT :limit"
FEED_TURNS = "SELECT * FROM digest_feeds"
ADD_FEED = """
INSERT INTO digest_feeds (report, turn) VALUES (:report, 1)
ON CONFLICT (report) DO UPDATE SET turn = digest_feeds.turn + :more
RETURNING turn
"""
ADD_INSTEAD = """
INSERT INTO deliveries
  (id, digest, notice, channel, recipient, key, state, attempts, next_attempt_at, sent_at, error, instead)
SELECT
  :id, :digest, :notice, :channel, :recipient, :key, :state, :attempts, :next_attempt_at, :sent_at, :error, :instead
WHERE NOT EXISTS (
  SELECT 1 FROM deliveries
  WHERE key = :key AND recipient = :recipient AND (channel = :channel OR state <> 'failed')
    AND (digest = :digest OR notice = :notice)
)
RETURNING *
"""
DELIVERIES = "SELECT * FROM deliveries WHERE digest = :digest ORDER BY channel, recipient"
CLAIM = """
UPDATE deliveries
SET state = CASE WHEN state = 'pending' THEN 'sending' ELSE 'in_doubt' END,
    attempts = attempts + CASE WHEN claimed_at IS NULL THEN 0 ELSE 1 END, claimed_at = :now
WHERE id IN (
  SELECT id FROM deliveries
  WHERE (state = 'pending' AND (next_attempt_at IS NULL OR next_attempt_at <= :now OR next_attempt_at > :beyond))
     OR (state = 'in_doubt' AND claimed_at IS NULL
         AND (next_attempt_at IS NULL OR next_attempt_at <= :now OR next_attempt_at > :beyond))
     OR (state IN ('sending', 'in_doubt') AND (claimed_at < :stale_before OR claimed_at > :beyond))
  ORDER BY COALESCE(next_attempt_at, ''), id LIMIT :limit
)
RETURNING *
"""
SETTLE = """
UPDATE deliveries
SET state = :state, attempts = :attempts, next_attempt_at = :next_attempt_at, sent_at = :sent_at, error = :error,
    claimed_at = NULL
WHERE id = :id
"""
LOG = "INSERT INTO delivery_attempts (delivery, at, state, error) VALUES (:delivery, :at, :state, :error)"
FORGET_BEYOND = """
DELETE FROM delivery_attempts WHERE delivery = :delivery AND id <= (
  SELECT id FROM delivery_attempts WHERE delivery = :delivery ORDER BY id DESC LIMIT 1 OFFSET :most
)
"""
FORGET_BEFORE = "DELETE FROM delivery_attempts WHERE at < :before"
ATTEMPTS = """
SELECT a.* FROM delivery_attempts a JOIN deliveries d ON d.id = a.delivery WHERE d.digest = :digest ORDER BY a.id
"""
