"""Statements that read the ledger page by page."""

from __future__ import annotations

PAGE = """
SELECT * FROM offer_events WHERE offer = :offer AND kind <> 'issued' AND seq > :after ORDER BY seq LIMIT :limit
"""
REDEMPTION = """
SELECT * FROM offer_events
WHERE id = :id AND kind = 'redeemed' OR refers_to = :id AND kind = 'rolled_back' ORDER BY seq LIMIT 2
"""
