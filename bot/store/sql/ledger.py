"""Statements of the offers' ledger; nothing here changes or removes an event."""

from __future__ import annotations

APPEND = """
INSERT INTO offer_events (id, offer, kind, at, code, placement, customer, key, reason, refers_to)
VALUES (:id, :offer, :kind, :at, :code, :placement, :customer, :key, :reason, :refers_to)
"""
ISSUE = """
INSERT INTO offer_events (id, offer, kind, at, code, placement)
VALUES (:id, :offer, 'issued', :at, :code, :placement)
ON CONFLICT DO NOTHING
"""
ISSUED = "SELECT offer, placement FROM offer_events WHERE code = :code AND kind = 'issued'"
EVENT_BY_KEY = "SELECT * FROM offer_events WHERE key = :key"
REDEMPTION = "SELECT * FROM offer_events WHERE id = :id AND kind = 'redeemed'"
ROLLED_BACK = "SELECT 1 FROM offer_events WHERE refers_to = :id AND kind = 'rolled_back'"

# A rolled_back event repeats its redemption's offer, code and customer, so that whole counts are a difference of two
# index ranges. A day or a week asks each redemption in it, because it may have been given back later.
USAGE = """
SELECT
  (SELECT COUNT(*) FROM offer_events WHERE offer = :offer AND kind = 'redeemed')
  - (SELECT COUNT(*) FROM offer_events WHERE offer = :offer AND kind = 'rolled_back') AS offer,
  (SELECT COUNT(*) FROM offer_events WHERE code = :code AND kind = 'redeemed' AND offer = :offer)
  - (SELECT COUNT(*) FROM offer_events WHERE code = :code AND kind = 'rolled_back' AND offer = :offer) AS code,
  (SELECT COUNT(*) FROM offer_events WHERE customer = :customer AND offer = :offer AND kind = 'redeemed')
  - (SELECT COUNT(*) FROM offer_events WHERE customer = :customer AND offer = :offer AND kind = 'rolled_back')
    AS customer,
  (SELECT COUNT(*) FROM offer_events e WHERE e.offer = :offer AND e.kind = 'redeemed' AND e.at >= :day
   AND NOT EXISTS (SELECT 1 FROM offer_events r WHERE r.refers_to = e.id AND r.kind = 'rolled_back')) AS day,
  (SELECT COUNT(*) FROM offer_events e WHERE e.offer = :offer AND e.kind = 'redeemed' AND e.at >= :week
   AND NOT EXISTS (SELECT 1 FROM offer_events r WHERE r.refers_to = e.id AND r.kind = 'rolled_back')) AS week
"""
EVENTS = """
SELECT * FROM offer_events
WHERE kind <> 'issued' AND (at, seq) > (:after_at, :after) AND (CAST(:offer AS TEXT) IS NULL OR offer = :offer)
ORDER BY at, seq LIMIT :limit
"""
CODES = """
SELECT c.seq AS seq, c.code AS code, c.placement AS placement,
  CASE WHEN EXISTS (
    SELECT 1 FROM offer_events e WHERE e.code = c.code AND e.kind = 'redeemed' AND e.offer = c.offer
    AND NOT EXISTS (SELECT 1 FROM offer_events r WHERE r.refers_to = e.id AND r.kind = 'rolled_back')
  ) THEN 1 ELSE 0 END AS used
FROM offer_events c WHERE c.offer = :offer AND c.kind = 'issued' AND c.seq > :after ORDER BY c.seq LIMIT :limit
"""
