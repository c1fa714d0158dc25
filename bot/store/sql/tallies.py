"""Statements that count the ledger; every count is derived from events, none is kept."""

from __future__ import annotations

# The index on (offer, kind, at, placement) answers this alone; what was given back is few, and asked apart.
DAYS = """
WITH days AS MATERIALIZED (
  SELECT CAST(key AS INTEGER) AS place, json_extract(value, '$[0]') AS start, json_extract(value, '$[1]') AS stop
  FROM json_each(:days)
)
SELECT o.value AS offer, d.place AS place, e.placement AS placement, k.column1 AS kind, COUNT(*) AS number
FROM json_each(:offers) o CROSS JOIN days d CROSS JOIN (VALUES ('redeemed'), ('refused')) k
CROSS JOIN offer_events e
WHERE e.offer = o.value AND e.kind = k.column1 AND e.at >= d.start AND e.at < d.stop
GROUP BY 1, 2, 3, 4
"""
GIVEN_BACK = """
SELECT e.offer AS offer, e.placement AS placement, e.at AS at
FROM json_each(:offers) o
CROSS JOIN offer_events r
JOIN offer_events e ON e.id = r.refers_to AND e.kind = 'redeemed'
WHERE r.offer = o.value AND r.kind = 'rolled_back' AND e.at >= :start AND e.at < :stop
"""
FIRST = """
SELECT MIN(first) AS first FROM (
  SELECT (SELECT MIN(at) FROM offer_events WHERE offer = o.value AND kind = k.column1) AS first
  FROM json_each(:offers) o CROSS JOIN (VALUES ('redeemed'), ('refused')) k
) firsts
"""
HELD = """
SELECT e.offer AS offer, e.placement AS placement, COUNT(*) AS number
FROM json_each(:offers) o CROSS JOIN offer_events e
WHERE e.offer = o.value AND e.kind = 'reserved' AND e.at <= :moment AND e.expires_at > :moment AND NOT EXISTS (
  SELECT 1 FROM offer_events n
  WHERE n.refers_to = e.id AND n.kind IN ('redeemed', 'released', 'expired') AND n.at <= :moment
)
GROUP BY 1, 2
"""
REASONS = """
SELECT reason, placement, COUNT(*) AS number FROM offer_events
WHERE offer = :offer AND kind = 'refused' AND at >= :start AND at < :stop GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
LAST = "SELECT COALESCE(MAX(seq), 0) AS seq FROM offer_events"
# What was told after event ``:after`` of what happened before ``:before``: it stands in no digest yet. A redemption
# that was told and given back since then changes nothing that anybody has read.
LATE = """
SELECT e.offer AS offer, e.placement AS placement, e.at AS at, 1 AS told, 0 AS given_back
FROM offer_events e
WHERE e.seq > :after AND e.kind = 'redeemed' AND e.at < :before
  AND NOT EXISTS (SELECT 1 FROM offer_events r WHERE r.refers_to = e.id AND r.kind = 'rolled_back')
UNION ALL
SELECT e.offer, e.placement, e.at, 0, 1
FROM offer_events r JOIN offer_events e ON e.id = r.refers_to AND e.kind = 'redeemed'
WHERE r.seq > :after AND r.kind = 'rolled_back' AND e.seq <= :after AND e.at < :before
"""
SCOPES = """
WITH scopes AS MATERIALIZED (
  SELECT CAST(key AS INTEGER) AS place, json_extract(value, '$.offer') AS offer, json_extract(value, '$.start') AS start,
    json_extract(value, '$.stop') AS stop, json_extract(value, '$.placement') AS placement,
    json_extract(value, '$.code') AS code, json_extract(value, '$.door') AS door,
    CAST(json_extract(value, '$.listed') AS INTEGER) AS listed
  FROM json_each(:scopes)
)
SELECT s.place AS place, COUNT(e.id) AS number,
  json_group_array(e.order_id) FILTER (WHERE s.listed = 1 AND e.order_id IS NOT NULL) AS orders
FROM scopes s LEFT JOIN offer_events e
  ON e.offer = s.offer AND e.kind = 'redeemed' AND e.at >= s.start AND e.at < s.stop
  AND (s.placement IS NULL OR e.placement = s.placement)
  AND (s.code IS NULL OR e.code = s.code) AND (s.door IS NULL OR e.door = s.door)
  AND NOT EXISTS (SELECT 1 FROM offer_events r WHERE r.refers_to = e.id AND r.kind = 'rolled_back')
GROUP BY s.place ORDER BY s.place
"""
BETWEEN = """
SELECT e.*, EXISTS (SELECT 1 FROM offer_events r WHERE r.refers_to = e.id AND r.kind = 'rolled_back') AS returned
FROM offer_events e
WHERE e.offer = :offer AND e.kind IN ('redeemed', 'refused') AND e.at >= :start AND e.at < :stop ORDER BY e.at, e.seq
"""
STANDING = """
SELECT e.at, e.customer, e.new_customer, e.order_id, e.value, e.currency FROM offer_events e
WHERE e.offer = :offer AND e.kind = 'redeemed' AND e.at <= :moment
  AND NOT EXISTS (SELECT 1 FROM offer_events r WHERE r.refers_to = e.id AND r.kind = 'rolled_back')
ORDER BY e.at, e.seq
"""
_DAYS_OF_AN_OFFER = """
WITH days AS MATERIALIZED (
  SELECT CAST(key AS INTEGER) AS place, json_extract(value, '$[0]') AS start, json_extract(value, '$[1]') AS stop
  FROM json_each(:days)
)"""
_GROUPS = f"""{_DAYS_OF_AN_OFFER}, leaks AS MATERIALIZED (
  SELECT key AS code, value AS since FROM json_each(:leaked)
)
SELECT d.place AS place, e.placement AS placement, e.new_customer AS new,
  CASE WHEN CAST(e.value AS REAL) > 0 THEN 1 WHEN e.value IS NOT NULL THEN 0 WHEN e.order_id IS NOT NULL THEN 1 END AS attached,
  CASE WHEN e.at >= (SELECT since FROM leaks WHERE code = e.code) THEN 1 ELSE 0 END AS leaked, COUNT(*) AS number,
  {{customers}} AS customers
FROM days d CROSS JOIN offer_events e
WHERE e.offer = :offer AND e.kind = 'redeemed' AND e.at >= d.start AND e.at < d.stop
  AND NOT EXISTS (SELECT 1 FROM offer_events r WHERE r.refers_to = e.id AND r.kind = 'rolled_back')
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1
"""  # noqa: S608 made of constants only
GROUPS = _GROUPS.format(customers="'[]'")
GROUPS_WITH_CUSTOMERS = _GROUPS.format(customers="json_group_array(e.customer) FILTER (WHERE e.customer IS NOT NULL)")
CAPPED = f"""{_DAYS_OF_AN_OFFER}
SELECT DISTINCT d.place AS place, e.placement AS placement
FROM days d CROSS JOIN offer_events e
WHERE e.offer = :offer AND e.kind = 'refused' AND e.at >= d.start AND e.at < d.stop AND e.reason IN ('day_cap', 'week_cap')
"""  # noqa: S608 made of constants only
SWITCHES = """
SELECT e.offer AS offer, e.at AS at, e.code AS code, e.kind = 'enabled' AS is_on
FROM json_each(:offers) o
CROSS JOIN offer_events e
WHERE e.offer = o.value AND e.kind IN ('disabled', 'enabled') AND e.at <= :moment
ORDER BY e.at, e.seq
"""
# Redemptions, and what gives them back, are the events with a running number; of a code they have an index.
AROUND = """
SELECT COUNT(CASE WHEN e.at < :moment THEN 1 END) AS before, COUNT(CASE WHEN e.at >= :moment THEN 1 END) AS since
FROM offer_events e
WHERE e.code = :code AND e.offer = :offer AND e.code_uses IS NOT NULL AND e.kind = 'redeemed'
  AND NOT EXISTS (SELECT 1 FROM offer_events r WHERE r.refers_to = e.id AND r.kind = 'rolled_back')
"""
