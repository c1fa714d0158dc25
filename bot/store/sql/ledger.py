"""Statements of the offers' ledger; nothing here changes or removes an event.

``offer_uses`` and ``code_uses`` are running numbers: how much of the offer and of the code is used after this event,
written in the transaction that writes the event, so that a cap is judged by one line instead of a count of all. A day's
and a week's cap are judged by ``offer_quarters``: how many redemptions that happened in a quarter of an hour still
count. Days begin at a full quarter in every time zone, so that the zone may be changed. :data:`MISCOUNTED` holds all of
them against the events.
"""

from __future__ import annotations

from collections.abc import Iterable

_COLUMNS = (
    "id", "offer", "kind", "at", "code", "placement", "customer", "key", "reason", "refers_to",
    "told_at", "order_id", "value", "currency", "new_customer", "door", "actor", "expires_at", "request",
)  # fmt: skip

_LAST_OF_OFFER = """
COALESCE((SELECT offer_uses FROM offer_events WHERE offer = :offer AND offer_uses IS NOT NULL
          ORDER BY seq DESC LIMIT 1), 0)"""
_LAST_OF_CODE = """
COALESCE((SELECT code_uses FROM offer_events WHERE code = :code AND offer = :offer AND code_uses IS NOT NULL
          ORDER BY seq DESC LIMIT 1), 0)"""

APPEND = f"""
INSERT INTO offer_events ({", ".join(_COLUMNS)}, offer_uses, code_uses)
VALUES ({", ".join(f":{name}" for name in _COLUMNS)}, :step + {_LAST_OF_OFFER}, :step + {_LAST_OF_CODE})
"""  # noqa: S608 made of constants only
"""``step``: what the event adds to what is used (1, -1), or NULL where it neither uses nor gives back."""

ISSUE = """
INSERT INTO offer_events (id, offer, kind, at, told_at, code, placement, printed)
VALUES (:id, :offer, 'issued', :at, :at, :code, :placement, :printed)
"""
ISSUED = "SELECT offer, placement FROM offer_events WHERE code = :code AND kind = 'issued'"
ISSUED_COUNT = "SELECT COUNT(*) FROM offer_events WHERE offer = :offer AND kind = 'issued'"
EVENT_BY_KEY = "SELECT * FROM offer_events WHERE key = :key"
EVENT = "SELECT * FROM offer_events WHERE id = :id AND kind <> 'issued'"
ENDING = """
SELECT * FROM offer_events
WHERE refers_to = :id AND kind IN ('redeemed', 'released', 'expired', 'rolled_back')
"""
OF_ORDER = """
SELECT * FROM offer_events WHERE order_id = :order_id AND kind IN ('redeemed', 'reserved') ORDER BY seq
"""

_QUARTER = """substr({at}, 1, 14) || CASE WHEN substr({at}, 15, 2) < '15' THEN '00' WHEN substr({at}, 15, 2) < '30' THEN '15'
  WHEN substr({at}, 15, 2) < '45' THEN '30' ELSE '45' END"""
COUNT_QUARTER = f"""
INSERT INTO offer_quarters (offer, quarter, uses)
SELECT offer, {_QUARTER.format(at="at")}, :step FROM offer_events WHERE id = CASE WHEN :step > 0 THEN :id ELSE :refers_to END
ON CONFLICT (offer, quarter) DO UPDATE SET uses = offer_quarters.uses + excluded.uses
"""  # noqa: S608 made of constants only
"""What is given back is given back to the quarter in which it was redeemed."""

# A rolled_back event repeats its redemption's customer, so that a customer's count is a difference of two index ranges.
# Where no cap counts by the day or the week, its range is empty.
_REDEEMED_IN = """
  (SELECT COALESCE(SUM(uses), 0) FROM offer_quarters
   WHERE offer = :offer AND quarter >= substr(:{span}, 1, 16) AND quarter < substr(:next_{span}, 1, 16)) AS {span}"""
USAGE = f"""
SELECT
  {_LAST_OF_OFFER} AS offer,
  {_LAST_OF_CODE} AS code,
  (SELECT COUNT(*) FROM offer_events WHERE customer = :customer AND offer = :offer AND kind = 'redeemed')
  - (SELECT COUNT(*) FROM offer_events WHERE customer = :customer AND offer = :offer AND kind = 'rolled_back')
    AS customer, {_REDEEMED_IN.format(span="day")}, {_REDEEMED_IN.format(span="week")}
"""  # noqa: S608 made of constants only
USES = f"SELECT {_LAST_OF_OFFER} AS uses"
HELD = """
SELECT COUNT(*) AS offer, COUNT(CASE WHEN h.code = :code THEN 1 END) AS code,
  COUNT(CASE WHEN h.customer = :customer THEN 1 END) AS customer,
  COUNT(CASE WHEN h.at < :next_day THEN 1 END) AS day, COUNT(CASE WHEN h.at < :next_week THEN 1 END) AS week
FROM offer_events h
WHERE h.kind = 'reserved' AND h.offer = :offer AND h.expires_at > :now
  AND (CAST(:own AS TEXT) IS NULL OR h.id <> :own)
  AND NOT EXISTS (
    SELECT 1 FROM offer_events e WHERE e.refers_to = h.id AND e.kind IN ('redeemed', 'released', 'expired')
  )
"""
SWITCHED = """
SELECT kind FROM offer_events
WHERE offer = :offer AND code = :code AND kind IN ('disabled', 'enabled') ORDER BY seq DESC LIMIT 1
"""
RUN_OUT = """
SELECT * FROM offer_events h
WHERE h.kind = 'reserved' AND h.expires_at <= :now
  AND NOT EXISTS (
    SELECT 1 FROM offer_events e WHERE e.refers_to = h.id AND e.kind IN ('redeemed', 'released', 'expired')
  )
ORDER BY h.seq
"""
GUESSES = """
SELECT told_at FROM offer_events
WHERE reason = 'unknown_code' AND actor = :actor AND told_at >= :since ORDER BY told_at
"""
EVENTS = """
SELECT * FROM offer_events
WHERE kind <> 'issued' AND (at, seq) > (:after_at, :after) AND (CAST(:offer AS TEXT) IS NULL OR offer = :offer)
ORDER BY at, seq LIMIT :limit
"""
# Which ones they are is read off an index, also where an offer's are not in order there; only those are read whole.
_LATEST = """
SELECT * FROM offer_events WHERE seq IN (
  SELECT seq FROM offer_events
  WHERE kind <> 'issued' {narrowed} AND at >= :since AND (:kinds = '' OR instr(:kinds, ' ' || kind || ' ') > 0)
  ORDER BY seq DESC LIMIT :limit)
ORDER BY seq DESC
"""
CODES = """
SELECT c.seq AS seq, c.code AS code, c.placement AS placement, c.printed AS printed,
  COALESCE((SELECT u.code_uses FROM offer_events u WHERE u.code = c.code AND u.offer = c.offer
            AND u.code_uses IS NOT NULL ORDER BY u.seq DESC LIMIT 1), 0) AS uses
FROM offer_events c WHERE c.offer = :offer AND c.kind = 'issued' AND c.seq > :after ORDER BY c.seq LIMIT :limit
"""
ISSUED_AMONG = """
SELECT c.code AS code, c.placement AS placement, c.printed AS printed,
  COALESCE((SELECT u.code_uses FROM offer_events u WHERE u.code = c.code AND u.offer = c.offer
            AND u.code_uses IS NOT NULL ORDER BY u.seq DESC LIMIT 1), 0) AS uses
FROM offer_events c
WHERE c.kind = 'issued' AND c.code IN (SELECT value FROM json_each(:codes)) ORDER BY c.seq
"""
MISCOUNTED = f"""
SELECT offer FROM (
  SELECT offer, offer_uses, code_uses,
    SUM(CASE kind WHEN 'redeemed' THEN 1 ELSE -1 END) OVER (PARTITION BY offer ORDER BY seq) AS of_offer,
    SUM(CASE kind WHEN 'redeemed' THEN 1 ELSE -1 END) OVER (PARTITION BY offer, code ORDER BY seq) AS of_code
  FROM offer_events WHERE kind IN ('redeemed', 'rolled_back')
) counted
WHERE offer_uses IS NULL OR offer_uses <> of_offer OR code_uses IS NULL OR code_uses <> of_code
UNION
SELECT offer FROM (
  SELECT offer, quarter, -uses AS difference FROM offer_quarters
  UNION ALL
  SELECT e.offer, {_QUARTER.format(at="e.at")}, CASE WHEN r.seq IS NULL THEN 1 ELSE 0 END FROM offer_events e
  LEFT JOIN offer_events r ON r.refers_to = e.id AND r.kind = 'rolled_back'
  WHERE e.kind = 'redeemed'
) differences GROUP BY offer, quarter HAVING SUM(difference) <> 0
LIMIT 1
"""  # noqa: S608 made of constants only


def latest(narrowed_by: Iterable[str]) -> str:
    """The last events, narrowed by columns that have an index of their own (``code``, ``actor``) or by ``offer``."""
    return _LATEST.format(narrowed=" ".join(f"AND {name} = :{name}" for name in narrowed_by))
