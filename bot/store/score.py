"""What scoring asks of the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.model import Mention, RulesVersion, Score, ScoreBrief, ScoredMention, ScoringContext
from bot.store.read import Reading
from bot.store.rows import (
    alignment_values,
    brief_json,
    brief_of_json,
    context_of,
    context_values,
    mention_of,
    score_values,
)
from bot.store.session import Session
from bot.store.sql import score as sql
from bot.store.values import EARLIEST, LATEST, from_json, moment_of, stamp, to_json

CHUNK = 500


class Scoring(Reading):
    """Scores with their receipts, the rules that made them, and what a scoring period freezes."""

    def unscored(self, limit: int) -> tuple[Mention, ...]:
        """Mentions that have no score, or whose words or figures changed since, oldest first."""
        with self._read() as db:
            rows = db.execute(sql.UNSCORED, {"limit": limit}).fetchall()
        return tuple(map(mention_of, rows))

    def outdated(
        self, rules_version: str, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[ScoredMention]:
        """Mentions told in ``[since, until)`` whose score is by other rules than these, newest first."""
        wanted = {"rules_version": rules_version, "since": _from(since)}
        for found in self._pages(sql.OUTDATED, wanted, LATEST if until is None else stamp(until)):
            if isinstance(found, ScoredMention):
                yield found

    def count_outdated(self, rules_version: str, since: datetime | None = None) -> int:
        """How many mentions told since then have a score by other rules than these."""
        with self._read() as db:
            wanted = {"rules_version": rules_version, "since": _from(since)}
            return int(db.execute(sql.COUNT_OUTDATED, wanted).fetchone()["number"])

    def outdated_versions(self, rules_version: str, since: datetime | None = None) -> tuple[str, ...]:
        """The other rules by which mentions told since then have their score."""
        with self._read() as db:
            rows = db.execute(sql.OUTDATED_VERSIONS, {"rules_version": rules_version, "since": _from(since)}).fetchall()
        return tuple(row["version"] for row in rows)

    def rescored(self, rules_version: str, since: datetime | None = None) -> Iterator[tuple[ScoredMention, ScoreBrief]]:
        """Mentions told since then that were scored anew by these rules, with what their score was before."""
        wanted = {"rules_version": rules_version, "since": _from(since)}
        for found in self._pages(sql.RESCORED, wanted, LATEST):
            if isinstance(found, Mention):
                continue
            with self._read() as db:
                row = db.execute(
                    sql.RESCORED_BEFORE, {"mention": found.mention.id, "rules_version": rules_version}
                ).fetchone()
            if row is not None:
                yield found, brief_of_json(row["before"])

    def note_rules(self, rules: RulesVersion) -> None:
        """Writes down what a set of rules consists of, unless that is known."""
        values = {
            "version": rules.version,
            "told": to_json(dict(rules.told)),
            "first_used_at": stamp(rules.first_used_at),
        }
        with self._write() as db:
            db.execute(sql.NOTE_RULES, values)

    def rules_versions(self) -> tuple[RulesVersion, ...]:
        """Every set of rules that scores were made by, in the order of their first use."""
        with self._read() as db:
            rows = db.execute(sql.RULES_VERSIONS).fetchall()
        return tuple(
            RulesVersion(row["version"], from_json(row["told"]), moment_of(row["first_used_at"])) for row in rows
        )

    def save_scores(
        self,
        scores: Sequence[Score],
        now: datetime,
        *,
        of: Sequence[Mention] = (),
        before: Mapping[str, ScoreBrief] | None = None,
    ) -> None:
        """Scores with alignments and receipts; the newest of a mention replaces the one before.

        A context goes with the last score that was made in it. ``before`` is what a rescoring replaces, by mention.
        """
        read = {mention.id: mention for mention in of}
        left: set[str] = set()
        with self._write() as db:
            for score in scores:
                if _still_stands(db, score.mention, read.get(score.mention), waits=before is None):
                    left.update(_replace_score(db, score, now))
                    if before is not None and score.mention in before:
                        db.execute(sql.KEEP_RESCORED, _kept(score, before[score.mention]))
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

    def pool_texts(
        self, since: datetime, until: datetime, limit: int, *, by_author: int | None = None
    ) -> Iterator[str]:
        """Texts of trainable items collected in the interval, for word counts, oldest first.

        ``by_author`` is how many of one author are taken at most; of a story then only the first text is.
        """
        after_at, after = stamp(since), 0
        stories: set[str] = set()
        authors: Counter[str] = Counter()
        while limit > 0:
            chunk = min(limit, CHUNK)
            wanted = {"until": stamp(until), "after_at": after_at, "after": after, "limit": chunk}
            with self._read() as db:
                rows = db.execute(sql.POOL_TEXTS, wanted).fetchall()
            for row in rows:
                if by_author is not None:
                    author, story = row["author"], row["story"]
                    if story in stories or (author and authors[author] >= by_author):
                        continue
                    stories.update(filter(None, (story,)))
                    authors.update(filter(None, (author,)))
                limit -= 1
                yield row["text"]
            if len(rows) < chunk:
                return
            after_at, after = rows[-1]["collected_at"], rows[-1]["id"]

    def reach_weights(self, since: datetime, until: datetime) -> Mapping[str, Sequence[float]]:
        """Per channel (the item key's part before ``:``), the reach weights of items whose reach was known."""
        with self._read() as db:
            rows = db.execute(sql.REACH_WEIGHTS, {"since": stamp(since), "until": stamp(until)}).fetchall()
        weights: dict[str, list[float]] = {}
        for row in rows:
            weights.setdefault(row["key"].partition(":")[0], []).append(row["weight"])
        return weights


def _from(since: datetime | None) -> str:
    return EARLIEST if since is None else stamp(since)


def _kept(score: Score, before: ScoreBrief) -> dict[str, str]:
    return {"mention": score.mention, "rules_version": score.rules_version, "before": brief_json(before)}


def _still_stands(db: Session, mention_id: str, read: Mention | None, *, waits: bool) -> bool:
    """Whether the mention is still there, as it was when it was read; ``waits`` says whether it had no score then."""
    row = db.execute(sql.STANDING, {"mention": mention_id}).fetchone()
    if row is None or read is None:
        return row is not None
    item = read.item
    return bool(
        (row["scored_by"] == "") is waits
        and row["content_hash"] == item.content_hash
        and row["author_followers"] == item.author.followers
        and from_json(row["metrics"]) == item.metrics
    )


def _replace_score(db: Session, score: Score, now: datetime) -> list[str]:
    """Writes the score; the context of the one before, if there was one."""
    before = [row["context_id"] for row in db.execute(sql.DROP_SCORE, {"mention": score.mention})]
    db.execute(sql.SAVE_SCORE, score_values(score) | {"scored_at": stamp(now)})
    db.executemany(
        sql.SAVE_ALIGNMENT,
        [alignment_values(score.mention, position, alignment) for position, alignment in enumerate(score.alignments)],
    )
    db.execute(sql.MARK_SCORED, {"mention": score.mention, "rules_version": score.rules_version})
    return before
