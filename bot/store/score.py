"""What scoring asks of the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlite_utils import Database

from bot.model import Mention, Score, ScoringContext
from bot.store.connection import Base
from bot.store.rows import alignment_values, context_of, context_values, mention_of, score_values
from bot.store.sql import score as sql
from bot.store.values import from_json, stamp

CHUNK = 500


class Scoring(Base):
    """Scores with their receipts, and what a scoring period freezes."""

    def unscored(self, rules_version: str, limit: int) -> tuple[Mention, ...]:
        """Mentions that have no score by these rules or whose words or figures changed since, oldest first."""
        with self._read() as db:
            rows = db.execute(sql.UNSCORED, {"rules_version": rules_version, "limit": limit}).fetchall()
        return tuple(map(mention_of, rows))

    def save_scores(self, scores: Sequence[Score], now: datetime, *, of: Sequence[Mention] = ()) -> None:
        """Scores with alignments and receipts; the newest of a mention replaces the one before.

        A context goes with the last score that was made in it.
        """
        read = {mention.id: mention for mention in of}
        left: set[str] = set()
        with self._write() as db:
            for score in scores:
                if _still_stands(db, score.mention, read.get(score.mention)):
                    left.update(_replace_score(db, score, now))
            for context in sorted(left):
                db.execute(sql.DROP_CONTEXT_UNLESS_USED, {"id": context})

    def context(self, context_id: str) -> ScoringContext | None:
        """The frozen context of that id."""
        with self._read() as db:
            row = db.execute(sql.CONTEXT, {"id": context_id}).fetchone()
        return None if row is None else context_of(row)

    def save_context(self, context: ScoringContext) -> ScoringContext:
        """Keeps a context; the one already kept under this id wins and is returned."""
        with self._write() as db:
            db.execute(sql.SAVE_CONTEXT, context_values(context))
            return context_of(db.execute(sql.CONTEXT, {"id": context.id}).fetchone())

    def pool_texts(self, since: datetime, until: datetime, limit: int) -> Iterator[str]:
        """Texts of trainable items collected in the interval, for word counts, oldest first."""
        after_at, after = stamp(since), 0
        while limit > 0:
            chunk = min(limit, CHUNK)
            wanted = {"until": stamp(until), "after_at": after_at, "after": after, "limit": chunk}
            with self._read() as db:
                rows = db.execute(sql.POOL_TEXTS, wanted).fetchall()
            for row in rows:
                yield row["text"]
            if len(rows) < chunk:
                return
            limit -= chunk
            after_at, after = rows[-1]["collected_at"], rows[-1]["id"]

    def reach_weights(self, since: datetime, until: datetime) -> Mapping[str, Sequence[float]]:
        """Per channel (the item key's part before ``:``), the reach weights of items whose reach was known."""
        with self._read() as db:
            rows = db.execute(sql.REACH_WEIGHTS, {"since": stamp(since), "until": stamp(until)}).fetchall()
        weights: dict[str, list[float]] = {}
        for row in rows:
            weights.setdefault(row["key"].partition(":")[0], []).append(row["weight"])
        return weights


def _still_stands(db: Database, mention_id: str, read: Mention | None) -> bool:
    """Whether the mention is still there, as it was when it was read."""
    row = db.execute(sql.STANDING, {"mention": mention_id}).fetchone()
    if row is None or read is None:
        return row is not None
    item = read.item
    return bool(
        row["content_hash"] == item.content_hash
        and row["author_followers"] == item.author.followers
        and from_json(row["metrics"]) == item.metrics
    )


def _replace_score(db: Database, score: Score, now: datetime) -> list[str]:
    """Writes the score; the context of the one before, if there was one."""
    before = [row["context_id"] for row in db.execute(sql.DROP_SCORE, {"mention": score.mention})]
    db.execute(sql.SAVE_SCORE, score_values(score) | {"scored_at": stamp(now)})
    for position, alignment in enumerate(score.alignments):
        db.execute(sql.SAVE_ALIGNMENT, alignment_values(score.mention, position, alignment))
    db.execute(sql.MARK_SCORED, {"mention": score.mention, "rules_version": score.rules_version})
    return before
