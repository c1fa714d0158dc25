"""The use case: scores what has no score by the present rules, batch by batch, each in the frozen context of its day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.model import Mention, ScoringContext
from bot.ports import ScoreStore
from bot.score.context import POOL_LIMIT, build_context, context_id, pool_interval
from bot.score.scoring import ScoringSettings, rules_version, score_mention

__all__ = ["ScoringSettings", "rules_version", "score_mentions"]


def score_mentions(
    store: ScoreStore,
    settings: ScoringSettings,
    now: datetime,
    *,
    batch: int = 200,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Scores all unscored mentions; how many scores were handed to the store.

    ``progress`` is told the count after each batch. A batch that brings back only mentions of this run ends it: they
    changed while they were scored, and the next run takes them.
    """
    version = rules_version(settings)
    contexts: dict[str, ScoringContext] = {}
    seen: set[str] = set()
    scored = 0
    while mentions := store.unscored(version, batch):
        fresh = [mention for mention in mentions if mention.id not in seen]
        if not fresh:
            break
        scores = [score_mention(mention, settings, _context(store, contexts, mention), version) for mention in fresh]
        store.save_scores(scores, now, of=fresh)
        seen.update(mention.id for mention in fresh)
        scored += len(scores)
        if progress is not None:
            progress(scored)
    return scored


def _context(store: ScoreStore, known: dict[str, ScoringContext], mention: Mention) -> ScoringContext:
    """The context of the day that the mention was collected on: remembered, kept, or made now and kept."""
    identifier = context_id(mention.collected_at)
    if identifier not in known:
        kept = store.context(identifier)
        if kept is None:
            pool = pool_interval(mention.collected_at)
            texts = store.pool_texts(pool.start, pool.end, POOL_LIMIT)
            kept = store.save_context(build_context(identifier, texts, store.reach_weights(pool.start, pool.end)))
        known[identifier] = kept
    return known[identifier]
