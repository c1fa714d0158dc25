"""Statements of what the restore of a backup left to be decided."""

from __future__ import annotations

RESTORED = "SELECT name, value FROM keeping WHERE name IN ('restored_from', 'restored_at')"
RELEASE = """
UPDATE deliveries SET state = 'pending', next_attempt_at = :now, claimed_at = NULL, error = NULL
WHERE state = 'held' AND digest IN (SELECT id FROM digests WHERE report = :report)
"""
RELEASE_NOTICES = """
UPDATE deliveries SET state = 'pending', next_attempt_at = :now, claimed_at = NULL, error = NULL
WHERE state = 'held' AND notice IS NOT NULL
"""
