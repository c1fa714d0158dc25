"""The use case: scores what has no score by the present rules, batch by batch, each in the frozen context of its day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.model import Mention, Score, ScoringContext
from bot.ports import ScoreStore
from bot.score.context import POOL_LIMIT, build_context, context_id, pool_interval
from bot.score.scoring import ScoringSettings, rules_version, score_mention, unscorable

__all__ = ["ScoringSettings", "rules_version", "score_mentions", "score_these"]

BATCH = 200
"""Mentions that are read, and saved, at a time."""

log = logging.getLogger("heard.score")


def never() -> bool:
    """Nobody asks to stop."""
    return False


def score_mentions(
    store: ScoreStore,
    settings: ScoringSettings,
    now: datetime,
    *,
    batch: int = BATCH,
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] = never,
) -> int:
    """Scores all unscored mentions; how many scores were handed to the store.

    ``progress`` is told the count after each batch; ``stop`` is asked before each mention, and what was scored by then
    is kept. A batch that brings back only mentions of this run ends it: they changed while they were scored, and the
    next run takes them.
    """
    work = _Work(store, settings, now, stop)
    seen: set[str] = set()
    scored = 0
    while not stop() and (mentions := store.unscored(work.version, batch)):
        fresh = [mention for mention in mentions if mention.id not in seen]
        if not fresh:
            break
        seen.update(mention.id for mention in fresh)
        scored += work.score(fresh)
        if progress is not None:
            progress(scored)
    return scored


def score_these(
    store: ScoreStore,
    settings: ScoringSettings,
    now: datetime,
    mentions: Sequence[Mention],
    *,
    batch: int = BATCH,
    stop: Callable[[], bool] = never,
) -> int:
    """Scores just these mentions, whatever else waits; how many scores were handed to the store."""
    work = _Work(store, settings, now, stop)
    return sum(work.score(mentions[start : start + batch]) for start in range(0, len(mentions), batch))


class _Work:
    """One run of scoring: its rules, and the contexts that it has met."""

    def __init__(self, store: ScoreStore, settings: ScoringSettings, now: datetime, stop: Callable[[], bool]) -> None:
        self.version = rules_version(settings)
        self._store, self._settings, self._now, self._stop = store, settings, now, stop
        self._contexts: dict[str, ScoringContext] = {}

    def score(self, mentions: Sequence[Mention]) -> int:
        """Scores mentions until told to stop, and saves them together."""
        scores: list[Score] = []
        for mention in mentions:
            if self._stop():
                break
            scores.append(self._one(mention, self._context(mention)))
        if scores:
            self._store.save_scores(scores, self._now, of=mentions[: len(scores)])
        return len(scores)

    def _one(self, mention: Mention, context: ScoringContext) -> Score:
        try:
            return score_mention(mention, self._settings, context, self.version)
        except Exception as error:
            # A bug in a rule or a plug-in must not hold up the other mentions: seen in full in the log, told in the
            # receipt, and tried again when the rules change.
            log.exception("score mention=%s item=%s bug=%s", mention.id, mention.item.key, type(error).__name__)
            why = f"a fault in the program: {type(error).__name__}; the log has it in full"
            return unscorable(mention, self._settings, context, self.version, why)

    def _context(self, mention: Mention) -> ScoringContext:
        """The context of the day that the mention was collected on: remembered, kept, or made now and kept."""
        identifier = context_id(mention.collected_at)
        if identifier not in self._contexts:
            kept = self._store.context(identifier)
            if kept is None:
                pool = pool_interval(mention.collected_at)
                texts = self._store.pool_texts(pool.start, pool.end, POOL_LIMIT)
                weights = self._store.reach_weights(pool.start, pool.end)
                kept = self._store.save_context(build_context(identifier, texts, weights))
            self._contexts[identifier] = kept
        return self._contexts[identifier]
