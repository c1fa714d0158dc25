"""Statements of the budget: charges, what is billed once a day, counts, stages, the platform's own figures,
backfills.
"""

from __future__ import annotations

OPEN = """
INSERT INTO costs (source, feed, at, reads, usd, most_reads, most_usd, kind, what)
VALUES (:source, :feed, :at, :reads, :usd, :reads, :usd, 'open', :what) RETURNING id
"""
CLOSE = "DELETE FROM costs WHERE id = :charge AND kind = 'open'"
CLOSE_DOUBTS = "DELETE FROM costs WHERE source = :source AND kind = 'open' AND what = :what AND at >= :since"
BOOK = """
INSERT INTO costs (source, feed, at, reads, usd, most_reads, most_usd, posts, kind)
VALUES (:source, :feed, :at, :reads, :usd, :most_reads, :most_usd, :posts, :kind)
"""
READ_ONCE = """
INSERT INTO read_once (source, day, kind, resource) VALUES (:source, :day, :kind, :resource)
ON CONFLICT (source, day, kind, resource) DO NOTHING RETURNING 1
"""
FORGET_READ = "DELETE FROM read_once WHERE source = :source AND (day < :before OR day > :day)"
SHARE = """
INSERT INTO cost_shares (source, day, subject, reads, usd) VALUES (:source, :day, :subject, :reads, :usd)
ON CONFLICT (source, day, subject) DO UPDATE
SET reads = cost_shares.reads + excluded.reads, usd = cost_shares.usd + excluded.usd
"""
SHARES = """
SELECT subject, SUM(reads) AS reads, SUM(usd) AS usd FROM cost_shares
WHERE source = :source AND day >= :since GROUP BY subject ORDER BY subject
"""
RELEVANT = """
SELECT subject, COUNT(*) AS mentions FROM mentions
WHERE COALESCE(relevant, 1) = 1 AND source = :source AND collected_at >= :since
GROUP BY subject ORDER BY subject
"""
DAYS = """
SELECT substr(at, 1, 10) AS day,
       SUM(reads) AS reads, SUM(usd) AS usd, SUM(most_reads) AS most_reads, SUM(most_usd) AS most_usd,
       SUM(CASE WHEN kind = 'open' THEN reads ELSE 0 END) AS open_reads,
       SUM(CASE WHEN kind = 'open' THEN usd ELSE 0.0 END) AS open_usd,
       SUM(posts) AS posts
FROM costs WHERE source = :source AND at >= :since GROUP BY substr(at, 1, 10) ORDER BY day
"""
COUNT_HOUR = """
INSERT INTO hour_counts (source, subject, hour, posts) VALUES (:source, :subject, :hour, :posts)
ON CONFLICT (source, subject, hour) DO UPDATE SET posts = excluded.posts
"""
COUNTS = """
SELECT source, subject, hour, posts FROM hour_counts
WHERE hour >= :since AND hour < :until ORDER BY source, hour, subject
"""
COUNTED_DAYS = """
SELECT substr(hour, 1, 10) AS day, COUNT(DISTINCT hour) AS hours, SUM(posts) AS posts, MAX(hour) AS last
FROM hour_counts WHERE source = :source AND hour >= :since GROUP BY substr(hour, 1, 10) ORDER BY day
"""
FORGET_COUNTS = "DELETE FROM hour_counts WHERE source = :source AND hour < :before"
STAGE = "SELECT stage, since FROM stages WHERE source = :source"
SET_STAGE = """
INSERT INTO stages (source, stage, since) VALUES (:source, :stage, :now)
ON CONFLICT (source) DO UPDATE
SET since = CASE WHEN stages.stage = excluded.stage THEN stages.since ELSE excluded.since END, stage = excluded.stage
"""
OURS = """
SELECT COALESCE(SUM(CASE WHEN kind = 'read' THEN posts ELSE 0 END), 0) AS posts,
       COALESCE(SUM(CASE WHEN kind = 'open' THEN reads ELSE 0 END), 0) AS in_doubt
FROM costs WHERE source = :source AND at >= :since AND at < :until
"""
# What is in doubt at the price of bare posts; whether authors came with the others nobody else can say.
SETTLE_DOUBTS = """
DELETE FROM costs WHERE source = :source AND kind = 'open' AND at >= :since AND at < :until
  AND reads > 0 AND ABS(usd - reads * :price) < 0.000001
"""
DROP_CORRECTION = "DELETE FROM costs WHERE source = :source AND kind = 'correction' AND at >= :since AND at < :until"
RECONCILE = """
INSERT INTO reconciliations (source, day, ours, in_doubt, platform, asked_at, reason)
VALUES (:source, :day, :ours, :in_doubt, :platform, :asked_at, :reason)
ON CONFLICT (source, day) DO UPDATE
SET ours = CASE WHEN excluded.ours > reconciliations.ours THEN excluded.ours ELSE reconciliations.ours END,
    in_doubt = CASE WHEN excluded.in_doubt > reconciliations.in_doubt THEN excluded.in_doubt ELSE reconciliations.in_doubt END,
    platform = COALESCE(excluded.platform, reconciliations.platform),
    asked_at = excluded.asked_at, reason = excluded.reason
"""
RECONCILED = "SELECT * FROM reconciliations WHERE source = :source AND day >= :since ORDER BY day"

BEGIN_BACKFILL = """
INSERT INTO backfills (id, source, feed, since_at, until_at, started_at, found)
VALUES (:id, :source, :feed, :since, :until, :now, 0) ON CONFLICT (id) DO NOTHING
"""
DROP_DONE_BACKFILL = "DELETE FROM backfills WHERE id = :id AND finished_at IS NOT NULL"
BACKFILL = "SELECT cursor, until_at, finished_at, found FROM backfills WHERE id = :id"
MOVE_BACKFILL = "UPDATE backfills SET cursor = COALESCE(:cursor, cursor), found = found + :found WHERE id = :id"
END_BACKFILL = "UPDATE backfills SET finished_at = :now WHERE id = :id"
