"""Statements of feedback: what readers of digests set right, and the secret that their links are signed with."""

from __future__ import annotations

# One answer a link: the second one finds the first.
ADD_FEEDBACK = """
INSERT INTO feedback (digest, mention, judgement, reader, value, message, other, was, at)
VALUES (:digest, :mention, :judgement, :reader, :value, :message, :other, :was, :at)
ON CONFLICT (digest, mention, judgement, reader) DO NOTHING
RETURNING id
"""
FEEDBACK = """
SELECT * FROM feedback
WHERE digest = :digest AND mention = :mention AND judgement = :judgement AND reader = :reader
"""
FEEDBACK_BETWEEN = "SELECT * FROM feedback WHERE at >= :since AND at < :until ORDER BY id"
KEPT_FOR_LINKS = "SELECT value FROM keeping WHERE name = 'link_secret'"
