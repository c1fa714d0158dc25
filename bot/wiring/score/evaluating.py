"""Evaluating, wired: the readers of a configuration, or where there is none those of a fresh installation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.engines.language import identifier
from bot.engines.several import as_one
from bot.evaluate.evaluate import Readers
from bot.evaluate.gold import Desk, gold
from bot.evaluate.result import Evaluation, Task
from bot.model import Mention, Relevance, Score, mention_of
from bot.model.feedback import FROM_DIGEST
from bot.ports import MessageMatcher, SentimentEngine
from bot.score.context import build_context, context_id, embedder_of
from bot.score.scoring import ScoringSettings, rules_version, score_mention
from bot.store.verbs import HeardStore
from bot.wiring import adapters
from bot.wiring.listen.judging import Judging
from config.settings import Settings
from config.tables import ScoreTable


def build_readers(settings: Settings | None, engine: str | None = None, matcher: str | None = None) -> Readers:
    """The readers in use, or others by name. Raises ConfigError for one that is not installed."""
    return Readers(_engine(settings, engine), _matcher(settings, matcher), identifier())


class Evaluating:
    """The desk's own labels, held against the present rules."""

    def __init__(self, store: HeardStore, scoring: ScoringSettings, judging: Judging) -> None:
        self._store, self._scoring, self._judging = store, scoring, judging
        self._version = rules_version(scoring)

    def gold(self, only: Task | None = None, engine: SentimentEngine | None = None) -> Iterator[Evaluation]:
        """One evaluation a task that has labels; with another ``engine`` than the configured one where it is given.

        What readers of digests set right is left out: they wrote because it was wrong.
        """
        if engine is not None:
            self._scoring = replace(self._scoring, engine=engine)
        labels = (label for label in self._store.labels() if label.source != FROM_DIGEST)
        return gold(labels, Desk(self._mention, self._score, self._relevance), only)

    def _mention(self, mention_id: str) -> Mention | None:
        found = self._store.mention(mention_id)
        mention = None if found is None else mention_of(found)
        return None if mention is None or mention.item.removed else mention

    def _score(self, mention: Mention) -> Score:
        """Its score by the present rules, in the context of its day."""
        name = context_id(mention.collected_at, embedder_of(self._scoring.matcher))
        context = self._store.context(name) or build_context(name, (), {})
        return score_mention(mention, self._scoring, context, self._version)

    def _relevance(self, mention: Mention) -> Relevance:
        return self._judging.judge().judged(mention)


def _matcher(settings: Settings | None, name: str | None) -> MessageMatcher:
    if settings is not None and name is None:
        return adapters.build_matcher(settings)
    return adapters.build_named_matcher(name or adapters.LEXICAL, "--matcher")


def _engine(settings: Settings | None, name: str | None) -> SentimentEngine:
    if settings is not None and name is None:
        return adapters.build_engine(settings)
    if name is not None:
        return adapters.build_named_engine(name, "--engine", _options(settings, name))
    return as_one([adapters.build_named_engine(one, "the default engine") for one in ScoreTable().engine])


def _options(settings: Settings | None, name: str) -> Mapping[str, Any]:
    """What the configuration sets for the engine, where it is one of those in use."""
    if settings is None or name not in settings.engines:
        return {}
    options: Mapping[str, Any] = settings.engine_options
    return options if len(settings.engines) == 1 else options.get(name, {})
