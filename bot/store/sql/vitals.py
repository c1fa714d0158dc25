"""Statements of the vital signs: marks of tasks, tallies of polls, what waits, and how much there is."""

from __future__ import annotations

MARK = """
INSERT INTO task_marks (host, task, every, at, took, succeeded_at)
VALUES (:host, :task, :every, :at, :took, :succeeded_at)
ON CONFLICT (host, task) DO UPDATE
SET every = excluded.every, at = excluded.at, took = excluded.took,
    succeeded_at = COALESCE(excluded.succeeded_at, task_marks.succeeded_at)
"""
FORGET_MARKS = "DELETE FROM task_marks WHERE at < :before OR at > :beyond"
MARKS = "SELECT host, task, every, at, took, succeeded_at FROM task_marks ORDER BY host, task"

# Writes what stands there already: whether one may write, and whether there is room, only a write can tell.
TOUCH = "UPDATE keeping SET value = value WHERE name = 'salt'"

COUNT_POLL = """
INSERT INTO poll_tallies (source, state, error_kind, polls, fetched, new)
VALUES (:source, :state, :error_kind, 1, :fetched, :new)
ON CONFLICT (source, state, error_kind) DO UPDATE
SET polls = poll_tallies.polls + 1, fetched = poll_tallies.fetched + excluded.fetched,
    new = poll_tallies.new + excluded.new
"""
POLL_TALLIES = (
    "SELECT source, state, error_kind, polls, fetched, new FROM poll_tallies ORDER BY source, state, error_kind"
)

# No more than so many are looked at: whoever asks wants to know whether scoring keeps up, not by how much it does not.
UNSCORED = """
SELECT COUNT(*) AS number, MIN(first.at) AS oldest FROM (
  SELECT w.collected_at AS at FROM mentions w JOIN items j ON j.id = w.item
  WHERE w.scored_by = '' AND j.removed = 0 ORDER BY w.told_at, w.id LIMIT :most
) first
"""
UNSENT = """
SELECT COUNT(*) AS number, MIN(COALESCE(d.next_attempt_at, g.created_at, n.created_at)) AS oldest
FROM deliveries d LEFT JOIN digests g ON g.id = d.digest LEFT JOIN notices n ON n.id = d.notice
WHERE d.state IN ('pending', 'in_doubt', 'sending') AND (d.next_attempt_at IS NULL OR d.next_attempt_at <= :now)
"""
_DUE = "FROM rechecks r WHERE r.platform = s.platform AND r.in_hand_since IS NULL AND r.due_at <= :now"
RECHECKS_DUE = f"""
SELECT s.platform AS platform, (SELECT MIN(r.due_at) {_DUE}) AS oldest,
  (SELECT COUNT(*) FROM (SELECT r.item {_DUE} LIMIT :most) few) AS number
FROM recheck_states s ORDER BY s.platform
"""  # noqa: S608 made of constants only
DELIVERIES = "SELECT channel, state, COUNT(*) AS number FROM deliveries GROUP BY channel, state ORDER BY channel, state"
LEAKS = "SELECT offer, COUNT(*) AS number FROM leaks_told GROUP BY offer ORDER BY offer"
RAISED = "SELECT rule, COUNT(*) AS number FROM alerts WHERE raised_at >= :since GROUP BY rule ORDER BY rule"
