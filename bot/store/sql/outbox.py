"""Statements of the outbox: digests, marks on what they told, deliveries."""

from __future__ import annotations

DIGEST = "SELECT * FROM digests WHERE id = :id"
DIGEST_FOR = """
SELECT * FROM digests WHERE report = :report AND window_start = :window_start AND window_end = :window_end
"""
LAST_DIGEST = "SELECT * FROM digests WHERE report = :report ORDER BY window_end DESC, created_at DESC, id LIMIT 1"
DIGESTS = "SELECT * FROM digests ORDER BY created_at DESC, id LIMIT :limit"
FIRST_DIGEST = """
SELECT MIN(window_start) AS window_start, MIN(created_at) AS created_at FROM digests WHERE report = :report
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
INSERT INTO deliveries (id, digest, notice, channel, recipient, key, state, attempts, next_attempt_at, sent_at, error)
VALUES (:id, :digest, :notice, :channel, :recipient, :key, :state, :attempts, :next_attempt_at, :sent_at, :error)
"""
DELIVERIES = "SELECT * FROM deliveries WHERE digest = :digest ORDER BY channel, recipient"
CLAIM = """
UPDATE deliveries
SET state = CASE WHEN state = 'pending' THEN 'sending' ELSE 'in_doubt' END, claimed_at = :now
WHERE id IN (
  SELECT id FROM deliveries
  WHERE (state = 'pending' AND (next_attempt_at IS NULL OR next_attempt_at <= :now))
     OR (state = 'in_doubt' AND claimed_at IS NULL AND (next_attempt_at IS NULL OR next_attempt_at <= :now))
     OR (state IN ('sending', 'in_doubt') AND claimed_at < :stale_before)
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
