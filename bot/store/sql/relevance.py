"""Statements of relevance: judgements, labels, and the classifiers that were fitted to them."""

from __future__ import annotations

from bot.store.sql.read import MENTION_COLUMNS

LABEL_COLUMNS = """
  l.mention AS label_mention, l.kind AS label_kind, l.about AS label_about, l.value AS label_value,
  l.who AS label_who, l.source AS label_source, l.at AS label_at
"""
LAST_LABEL = "SELECT MAX(k.id) FROM labels k WHERE k.mention = m.id AND k.kind = 'relevant'"
TRAINABLE = f"""
FROM mentions m JOIN items i ON i.id = m.item JOIN labels l ON l.id = ({LAST_LABEL})
WHERE i.trainable = 1 AND i.removed = 0
"""

UNJUDGED = f"""
SELECT {MENTION_COLUMNS}, {LABEL_COLUMNS}
FROM mentions m JOIN items i ON i.id = m.item LEFT JOIN labels l ON l.id = ({LAST_LABEL})
WHERE m.id IN (
  SELECT w.id FROM (
    SELECT id, item, told_at FROM mentions WHERE subject = :subject AND judged_by < :version
    UNION ALL SELECT id, item, told_at FROM mentions WHERE subject = :subject AND judged_by > :version
  ) w JOIN items j ON j.id = w.item
  WHERE j.removed = 0 ORDER BY w.told_at, w.id LIMIT :limit
)
ORDER BY m.told_at, m.id
"""  # noqa: S608 made of constants only
# A label gives way to a label only, and what a digest has told to nothing else either.
SET_RELEVANCE = """
UPDATE mentions SET relevant = :relevant, relevance_basis = :basis, relevance_reason = :reason
WHERE id = :id AND EXISTS (SELECT 1 FROM items WHERE items.id = mentions.item AND items.content_hash = :content_hash)
  AND (:basis = 'label' OR (COALESCE(relevance_basis, '') <> 'label'
    AND NOT EXISTS (SELECT 1 FROM digest_mentions WHERE digest_mentions.mention = mentions.id)))
"""
MARK_JUDGED = """
UPDATE mentions SET judged_by = :by
WHERE id = :id AND EXISTS (SELECT 1 FROM items WHERE items.id = mentions.item AND items.content_hash = :content_hash)
"""
DECIDE = """
UPDATE mentions SET relevant = :relevant, relevance_basis = :basis, relevance_reason = :reason WHERE id = :id
"""
KNOWN = "SELECT 1 FROM mentions WHERE id = :id"

ADD_LABEL = """
INSERT INTO labels (mention, kind, about, value, who, source, at)
VALUES (:mention, :kind, :about, :value, :who, :source, :at)
"""
LABELS = f"""
SELECT l.id AS id, {LABEL_COLUMNS} FROM labels l
WHERE l.id > :after AND (CAST(:mention AS TEXT) IS NULL OR l.mention = :mention)
  AND (CAST(:kind AS TEXT) IS NULL OR l.kind = :kind)
ORDER BY l.id LIMIT :limit
"""  # noqa: S608 made of constants only
TRAINING_LABELS = f"""
SELECT {MENTION_COLUMNS}, l.value AS label_value {TRAINABLE} AND m.subject = :subject ORDER BY l.id DESC LIMIT :limit
"""
TRAINING_COUNTS = f"""
SELECT m.subject AS subject, SUM(CASE WHEN l.value = 'yes' THEN 1 ELSE 0 END) AS yes, COUNT(*) AS labels
{TRAINABLE} GROUP BY m.subject ORDER BY m.subject
"""
# A newer label of the same mention, question and message replaces an older one.
LAST_MESSAGE_LABELS = """
SELECT MAX(k.id) FROM labels k WHERE k.kind = 'message' AND k.about = :message GROUP BY k.mention
"""
# What estimates rest on teaches nothing: a classifier would look better on those very stories than on all others.
MESSAGE_TRAINABLE = f"""
FROM labels l JOIN mentions m ON m.id = l.mention JOIN items i ON i.id = m.item
WHERE l.id IN ({LAST_MESSAGE_LABELS}) AND i.trainable = 1 AND i.removed = 0 AND COALESCE(m.relevant, 1) = 1
  AND COALESCE(m.story, m.id) NOT IN (
    SELECT COALESCE(k.story, k.id) FROM review_samples r JOIN mentions k ON k.id = r.mention
    WHERE r.stratum = 'random' AND r.end_at > :drawn_before)
"""  # noqa: S608 made of constants only
MESSAGE_LABELS = f"""
SELECT {MENTION_COLUMNS}, l.value AS label_value {MESSAGE_TRAINABLE} ORDER BY l.id DESC LIMIT :limit
"""
COUNT_MESSAGE_LABELS = f"SELECT COUNT(*) AS labels {MESSAGE_TRAINABLE}"
PEOPLES_WORDS = f"""
SELECT {LABEL_COLUMNS} FROM labels l
WHERE l.kind IN ('tone', 'message') AND l.mention IN (SELECT value FROM json_each(:mentions)) ORDER BY l.id
"""  # noqa: S608 made of constants only

MESSAGE_MODELS = "SELECT * FROM message_models ORDER BY message"
MESSAGE_VERSIONS = "SELECT message, version FROM message_models"
DROP_MESSAGE_MODEL = "DELETE FROM message_models WHERE message = :message"
SAVE_MESSAGE_MODEL = """
INSERT INTO message_models (message, version, statement, fitted_at, carried, against, absent, calibration, classifier,
                            figures, why)
VALUES (:message, :version, :statement, :fitted_at, :carried, :against, :absent, :calibration, :classifier,
        :figures, :why)
"""

MODELS = "SELECT * FROM relevance_models ORDER BY subject"
DROP_MODEL = "DELETE FROM relevance_models WHERE subject = :subject"
SAVE_MODEL = """
INSERT INTO relevance_models (subject, version, fitted_at, yes, no, intercept, weights, above, below, why)
VALUES (:subject, :version, :fitted_at, :yes, :no, :intercept, :weights, :above, :below, :why)
"""
