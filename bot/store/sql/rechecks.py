"""Statements of looking again: due times, what is in hand, states of platforms, and the log of looks."""

from __future__ import annotations

# "in hand" is written in_hand_since > '': of that, unlike of IS NOT NULL, every database makes a stretch of the index.

# The inner query walks the primary key; what of it is the platform's is told afterwards.
NEW_ITEMS = """
SELECT id, key, published_at, collected_at, removed FROM items WHERE id > :after ORDER BY id LIMIT :limit
"""
ENROL = """
INSERT INTO rechecks (item, platform, due_at) VALUES (:item, :platform, :due_at) ON CONFLICT (item) DO NOTHING
"""
MARK = "SELECT enrolled FROM recheck_states WHERE platform = :platform"
SET_MARK = """
INSERT INTO recheck_states (platform, source, feed, state, failures, enrolled)
VALUES (:platform, '', '', 'new', 0, :enrolled)
ON CONFLICT (platform) DO UPDATE SET enrolled = excluded.enrolled
"""
_KEPT = """
SELECT i.key AS key, i.published_at AS published_at, i.collected_at AS collected_at, i.removed AS removed,
       r.due_at AS due_at, r.looked_at AS looked_at
FROM rechecks r JOIN items i ON i.id = r.item
"""
DUE = (
    _KEPT
    + """
WHERE r.platform = :platform AND r.in_hand_since IS NULL AND r.due_at <= :now ORDER BY r.due_at, r.item LIMIT :limit
"""
)
ADRIFT = (
    _KEPT
    + """
WHERE r.platform = :platform AND r.in_hand_since IS NULL AND r.due_at > :far ORDER BY r.due_at, r.item LIMIT :limit
"""
)
IN_HAND = _KEPT + "WHERE r.platform = :platform AND r.in_hand_since > '' ORDER BY r.due_at, r.item"
TAKE = """
UPDATE rechecks SET in_hand_since = :now
WHERE platform = :platform AND item IN (SELECT id FROM items WHERE key IN (SELECT value FROM json_each(:keys)))
"""
RELEASE = "UPDATE rechecks SET in_hand_since = NULL WHERE platform = :platform AND in_hand_since > ''"
RESCHEDULE = """
UPDATE rechecks SET looked_at = :now, due_at = :due_at, in_hand_since = NULL
WHERE item = (SELECT id FROM items WHERE key = :key)
"""
ADD_LOOK = """
INSERT INTO recheck_looks (at, platform, source, looked, gone, late, lag, reads, usd)
VALUES (:at, :platform, :source, :looked, :gone, :late, :lag, :reads, :usd)
"""
# Oldest first and few at a time, as with polls: a clock that runs ahead for an hour forgets little.
DROP_OLD_LOOKS = """
DELETE FROM recheck_looks WHERE id IN (SELECT id FROM recheck_looks WHERE at < :before ORDER BY at LIMIT 2)
"""
ADD_STATE = """
INSERT INTO recheck_states (platform, source, feed, state, failures, enrolled)
VALUES (:platform, :source, :feed, 'new', 0, 0)
ON CONFLICT (platform) DO UPDATE SET source = excluded.source, feed = excluded.feed
"""
LEASE = """
UPDATE recheck_states SET lease_owner = :owner, lease_until = :until
WHERE platform = :platform
  AND (lease_owner IS NULL OR lease_owner = :owner OR lease_until IS NULL OR lease_until <= :now OR lease_until > :far)
RETURNING *
"""
KEEP = """
UPDATE recheck_states SET lease_until = :until, cursor = COALESCE(:cursor, cursor)
WHERE platform = :platform AND lease_owner = :owner
RETURNING platform
"""
FINISH = """
UPDATE recheck_states
SET state = :state, since = :since, next_poll_at = :next_poll_at, last_success = :last_success, failures = :failures,
    error_kind = :error_kind, error = :error, first_polled = :first_polled, lease_owner = NULL, lease_until = NULL
WHERE platform = :platform AND lease_owner = :owner
"""
STATES = "SELECT * FROM recheck_states WHERE source <> '' ORDER BY platform"
# Each part walks its own stretch of the index: most of what is kept is due some other day. Nor is all of it counted.
COUNTS = """
SELECT
  (SELECT COUNT(*) FROM (SELECT 1 FROM rechecks WHERE platform = :platform LIMIT 100001) AS counted) AS kept,
  (SELECT COUNT(*) FROM rechecks WHERE platform = :platform AND in_hand_since > '') AS in_hand,
  (SELECT COUNT(*) FROM rechecks WHERE platform = :platform AND in_hand_since IS NULL AND due_at <= :now) AS due,
  (SELECT COUNT(*) FROM rechecks WHERE platform = :platform AND in_hand_since IS NULL AND due_at <= :long_ago)
  + (SELECT COUNT(*) FROM rechecks WHERE platform = :platform AND in_hand_since > '' AND due_at <= :long_ago)
    AS overdue,
  (SELECT MIN(due_at) FROM rechecks WHERE platform = :platform AND in_hand_since IS NULL AND due_at <= :now) AS oldest,
  (SELECT MIN(due_at) FROM rechecks WHERE platform = :platform AND in_hand_since IS NULL AND due_at > :now) AS next_due
"""
LOOKS = """
SELECT COALESCE(SUM(looked), 0) AS looked, COALESCE(SUM(gone), 0) AS gone, COALESCE(MAX(late), 0.0) AS late,
       MAX(lag) AS lag, COALESCE(SUM(reads), 0) AS reads, COALESCE(SUM(usd), 0.0) AS usd
FROM recheck_looks WHERE platform = :platform AND at >= :since AND at <= :now
"""
WHY_GONE = "SELECT removed, changed_at FROM items WHERE key = :key AND removed <> 0"
