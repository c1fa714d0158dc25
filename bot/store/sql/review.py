"""Statements of the review: which mentions were picked, and those mentions with their scores."""

from __future__ import annotations

from bot.store.sql.read import page_of_mentions

DRAWN = "SELECT 1 FROM review_samples WHERE start_at = :start_at AND stratum = 'random' LIMIT 1"
ADD_SAMPLE = """
INSERT INTO review_samples (start_at, end_at, subject, mention, stratum, place, probability, drawn_at)
VALUES (:start_at, :end_at, :subject, :mention, :stratum, :place, :probability, :drawn_at)
ON CONFLICT DO NOTHING
"""
SAMPLES = """
SELECT * FROM review_samples WHERE start_at < :until AND end_at > :since ORDER BY start_at, stratum, place
"""
REVIEWED = page_of_mentions("""
  AND (m.told_at, m.id) < (:before_at, :before_id)
  AND m.id IN (SELECT r.mention FROM review_samples r WHERE r.start_at < :until AND r.end_at > :since)
""")
