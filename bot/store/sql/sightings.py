"""Statements of sightings: which items are yet to be looked at, what was seen in them, and what of it was told."""

from __future__ import annotations

UNLOOKED = """
SELECT * FROM items WHERE id IN (
  SELECT id FROM (
    SELECT id FROM items WHERE sighted_by < :by AND removed = 0
    UNION ALL SELECT id FROM items WHERE sighted_by > :by AND removed = 0
  ) unlooked ORDER BY id DESC LIMIT :limit
) ORDER BY id DESC
"""
LOOKED = """
UPDATE items SET sighted_by = :by WHERE key = :key AND content_hash = :content_hash RETURNING id
"""
SEE = """
INSERT INTO sightings (item, key, offer, named, code, issued_for, start_at, end_at, quote, url, outlet, handle, voice,
                       headline, at, seen_at, standing)
VALUES (:item, :key, :offer, :named, :code, :issued_for, :start_at, :end_at, :quote, :url, :outlet, :handle, :voice,
        :headline, :at, :seen_at, :standing)
ON CONFLICT (key, offer, named, code) DO UPDATE SET
  item = :item, start_at = :start_at, end_at = :end_at, quote = :quote, url = :url, outlet = :outlet,
  handle = :handle, voice = :voice, headline = :headline, standing = :standing
"""
LOSE_PLACES = "UPDATE sightings SET start_at = NULL, end_at = NULL WHERE key = :key"
FORGET = """
UPDATE sightings
SET quote = NULL, url = NULL, handle = NULL, voice = NULL, headline = '', start_at = NULL, end_at = NULL
WHERE key IN (SELECT value FROM json_each(:keys))
"""
SIGHTINGS = """
SELECT s.*, m.id AS mention, m.story AS story, c.reach AS reach, c.reach_low AS reach_low, c.reach_high AS reach_high,
       c.reach_basis AS reach_basis, c.reach_method AS reach_method
FROM sightings s
LEFT JOIN mentions m ON m.id = (
  SELECT n.id FROM mentions n WHERE n.item = s.item ORDER BY n.subject LIKE 'offer:%', n.subject LIMIT 1
)
LEFT JOIN scores c ON c.mention = m.id
WHERE (CAST(:offer AS TEXT) IS NULL OR s.offer = :offer) AND s.id > :after
ORDER BY s.id LIMIT :limit
"""
ISSUED = """
SELECT code, offer, placement, at FROM offer_events
WHERE kind = 'issued' AND code IN (SELECT value FROM json_each(:keys))
"""
TOLD = "SELECT offer, code, place FROM leaks_told"
TELL = """
INSERT INTO leaks_told (offer, code, place, notice) VALUES (:offer, :code, :place, :notice)
ON CONFLICT (offer, code, place) DO NOTHING
"""
