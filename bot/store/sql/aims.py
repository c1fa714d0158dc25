"""Statements of what is decided about objectives, and of tagged links."""

from __future__ import annotations

ADD_DECISION = """
INSERT INTO decisions (objective, at, verdict, course, reason, next_change, actor, value, low, high)
VALUES (:objective, :at, :verdict, :course, :reason, :next_change, :actor, :value, :low, :high)
"""
DECISIONS = """
SELECT * FROM decisions WHERE CAST(:objective AS TEXT) IS NULL OR objective = :objective ORDER BY id
"""
# The same link made again is the same link.
ADD_LINK = """
INSERT INTO links (id, url, target, campaign, source, medium, content, activity, made_at)
VALUES (:id, :url, :target, :campaign, :source, :medium, :content, :activity, :made_at)
ON CONFLICT (id) DO NOTHING
"""
LINK = "SELECT * FROM links WHERE id = :id"
LINKS = "SELECT * FROM links ORDER BY made_at, id"
