"""Statements of notices: the incidents of targets, what was told of them, and when things arrive."""

from __future__ import annotations

OPEN_INCIDENT = """
SELECT * FROM incidents WHERE source = :source AND feed = :feed AND recovered IS NULL
"""
RECENT_RELAPSES = """
SELECT relapses + 1 AS relapses FROM incidents
WHERE source = :source AND feed = :feed AND well_since >= :recently ORDER BY id DESC LIMIT 1
"""
ADD_INCIDENT = """
INSERT INTO incidents (source, feed, state, began, error, failures, relapses)
VALUES (:source, :feed, :state, :began, :error, :failures, :relapses)
"""
WORSE = """
UPDATE incidents
SET state = :state, error = :error, failures = :failures,
    relapses = relapses + CASE WHEN well_since IS NULL THEN 0 ELSE 1 END, well_since = NULL
WHERE id = :id
"""
WELL = "UPDATE incidents SET well_since = :now WHERE id = :id AND well_since IS NULL"
DROP_INCIDENT = "DELETE FROM incidents WHERE id = :id"
INCIDENTS = """
SELECT incidents.*, targets.next_poll_at, targets.state AS present
FROM incidents JOIN targets USING (source, feed) WHERE recovered IS NULL ORDER BY incidents.id
"""
MARK_TOLD = "UPDATE incidents SET told = :notice WHERE id = :id AND told IS NULL"
MARK_RECOVERED = """
UPDATE incidents SET recovered = :notice WHERE id = :id AND recovered IS NULL AND well_since IS NOT NULL
"""
ADD_NOTICE = """
INSERT INTO notices (id, kind, source, subject_line, body, created_at)
VALUES (:id, :kind, :source, :subject_line, :body, :created_at)
"""
NOTICE = "SELECT * FROM notices WHERE id = :id"
NOTICES = "SELECT * FROM notices ORDER BY created_at DESC, id LIMIT :limit"
NOTICE_DELIVERIES = "SELECT * FROM deliveries WHERE notice = :notice ORDER BY channel, recipient"
TELLS_OF = "SELECT id FROM incidents WHERE told = :notice OR recovered = :notice ORDER BY id"

ARRIVALS_OF = "SELECT hours FROM arrivals WHERE source = :source AND feed = :feed"
ARRIVALS = "SELECT * FROM arrivals"
SET_ARRIVALS = """
INSERT INTO arrivals (source, feed, hours) VALUES (:source, :feed, :hours)
ON CONFLICT (source, feed) DO UPDATE SET hours = :hours
"""
