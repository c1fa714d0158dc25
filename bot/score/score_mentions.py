"""The use case: scores what has no score, batch by batch, each in the frozen context of its day.

A score by other rules is a score: changed rules alone set nothing to work. History is scored anew only where somebody
asks for it (:mod:`bot.score.rescore`), so that new mentions never wait for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import Calibration, Known, Mention, RulesVersion, Score, ScoreBrief, ScoringContext
from bot.ports import ScoreStore
from bot.score.calibration import DAYS, calibrations, pairs_of
from bot.score.context import POOL_BY_AUTHOR, POOL_LIMIT, build_context, context_id, embedder_of, pool_interval
from bot.score.reach import thread_of
from bot.score.scoring import (
    UNSCORABLE,
    Figures,
    ScoringSettings,
    is_owned,
    rules_told,
    rules_version,
    score_mention,
    unscorable,
    with_reach,
)

__all__ = ["ScoringSettings", "Work", "never", "rules_version", "score_mentions", "score_these"]

BATCH = 200
"""Mentions that are read, and saved, at a time."""

CONTEXTS_HELD = 16
"""Contexts in memory at a time, of a megabyte or two each: a year's history has hundreds, and comes day by day."""

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
    work = Work(store, settings, now, stop)
    seen: set[str] = set()
    scored = 0
    while not stop() and (mentions := store.unscored(batch)):
        fresh = [mention for mention in mentions if mention.id not in seen]
        if not fresh:
            break
        seen.update(mention.id for mention in fresh)
        scored += work.score(fresh, standing=store.standing_scores([mention.id for mention in fresh]))
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
    work = Work(store, settings, now, stop)
    return sum(work.score(mentions[start : start + batch]) for start in range(0, len(mentions), batch))


class Work:
    """One run of scoring: its rules, and the contexts that it has met. ``keep``: whether anything is written."""

    def __init__(
        self,
        store: ScoreStore,
        settings: ScoringSettings,
        now: datetime,
        stop: Callable[[], bool] = never,
        *,
        keep: bool = True,
    ) -> None:
        self.version = rules_version(settings)
        self._store, self._settings, self._now, self._stop, self._keep = store, settings, now, stop, keep
        self._embedder = embedder_of(settings.matcher)
        self._contexts: dict[str, ScoringContext] = {}
        self._known: Mapping[str, Known] = {}
        self._noted = False

    def score(
        self,
        mentions: Sequence[Mention],
        before: Mapping[str, ScoreBrief] | None = None,
        standing: Mapping[str, Score] | None = None,
    ) -> int:
        """Scores mentions until told to stop, and saves them together; ``before`` is what a rescoring replaces.

        A score in ``standing`` keeps its rules and gets its reach anew: only figures of the mention changed.
        """
        scores: list[Score] = []
        self._read_figures(mentions)
        for mention in mentions:
            if self._stop():
                break
            scores.append(self.one(mention, (standing or {}).get(mention.id)))
        if scores:
            self._note_rules()
            self._store.save_scores(scores, self._now, of=mentions[: len(scores)], before=before)
        return len(scores)

    def one(self, mention: Mention, standing: Score | None = None) -> Score:
        """The score of one mention, or the ``standing`` one with its reach anew; saves none."""
        context = self._context(mention)
        figures = self._figures(mention)
        try:
            if standing is not None and UNSCORABLE not in standing.flags:
                return with_reach(standing, mention, self._settings, context, figures)
            return score_mention(mention, self._settings, context, self.version, figures)
        except Exception as error:
            # A bug in a rule or a plug-in must not hold up the other mentions: seen in full in the log, told in the
            # receipt, and tried again when the mention is scored anew.
            log.exception("score mention=%s item=%s bug=%s", mention.id, mention.item.key, type(error).__name__)
            why = f"a fault in the program: {type(error).__name__}; the log has it in full"
            return unscorable(mention, self._settings, context, self.version, why)

    def _read_figures(self, mentions: Sequence[Mention]) -> None:
        """Reads what is known of these mentions' items and threads, all at once."""
        keys = {mention.item.key for mention in mentions}
        threads = {thread for mention in mentions if (thread := thread_of(mention.item))}
        self._known = self._store.known(sorted(keys | threads))

    def _figures(self, mention: Mention) -> Figures:
        """The figures to score by; the item is the one that was read with the mention."""
        item = mention.item
        if item.key not in self._known:
            self._read_figures([mention])
        known = self._known.get(item.key, Known(item))
        return Figures(replace(known, item=item), self._known.get(thread_of(item) or ""))

    def _note_rules(self) -> None:
        """Writes down what the rules are, before the first score by them."""
        if not self._noted:
            self._store.note_rules(RulesVersion(self.version, rules_told(self._settings), self._now))
            self._noted = True

    def _context(self, mention: Mention) -> ScoringContext:
        """The context of the day that the mention was collected on: remembered, kept, or made now and kept."""
        identifier = context_id(mention.collected_at, self._embedder)
        if identifier not in self._contexts:
            kept = self._store.context(identifier)
            if kept is None:
                pool = pool_interval(mention.collected_at)
                texts = self._store.pool_texts(pool.start, pool.end, POOL_LIMIT, by_author=POOL_BY_AUTHOR)
                weights = self._store.reach_weights(pool.start, pool.end)
                kept = build_context(identifier, texts, weights, self._calibrations(pool.end), self._embedder)
                if self._keep:
                    kept = self._store.save_context(kept)
            if len(self._contexts) >= CONTEXTS_HELD:
                del self._contexts[next(iter(self._contexts))]
            self._contexts[identifier] = kept
        return self._contexts[identifier]

    def _calibrations(self, until: datetime) -> Mapping[str, Calibration]:
        """What own posts whose views were measured before then taught about the reach methods."""
        measured = self._store.measured_mentions(until - timedelta(days=DAYS), until)
        own = {
            mention.item.key: known
            for mention, known in measured
            if is_owned(mention, self._settings.subject(mention.subject))
        }
        return calibrations(pairs_of(own.values(), self._settings.places))
