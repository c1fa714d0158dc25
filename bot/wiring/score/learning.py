"""Learning what carries a message, wired: the desk's labels of outcomes, what was fitted to them, and fitting anew."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from bot.errors import ConfigError
from bot.listen.relevance.judge_mentions import GREW, MOST_LABELS
from bot.model import KeyMessage, Mention, MessageModel, ScoredMention, ScoringContext
from bot.ports import Clock, Embedder
from bot.score.context import context_id, embedder_of
from bot.score.drift import BEFORE, RECENT
from bot.score.labelled import as_labelled
from bot.score.messages.classifier import fingerprint
from bot.store.verbs import HeardStore
from bot.wiring.adapters import build_matcher
from bot.wiring.listen.judging import MISSING
from bot.wiring.score.fitting import Fitting
from config.settings import Settings

if TYPE_CHECKING:
    from bot.score.messages.training import Example, Fit

log = logging.getLogger("heard.learn")

PAGE = 200
"""Mentions whose labels are read at a time."""


@dataclass(frozen=True, slots=True)
class MessageLearning:
    """How learning stands for one message: its usable labels, and what was learned from them, if anything."""

    message: KeyMessage
    labels: int
    model: MessageModel | None


class Learning:
    """What the desk learns of its messages, and what people said in place of the rules."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._fitting = Fitting(load_fit, log)

    def standings(self) -> tuple[MessageLearning, ...]:
        """Each configured message's labels and what they taught."""
        models = {model.message: model for model in self._store.message_models()}
        return tuple(
            MessageLearning(
                message,
                self._store.count_message_labels(message.id, drawn_before=self._drawn_before()),
                models.get(message.id),
            )
            for message in self._settings.messages
        )

    def fit_grown(self, *, stop: Callable[[], bool]) -> int:
        """Learns of each message that has enough new labels; how many. Nothing, said once, without scikit-learn."""
        grown = [one.message for one in self.standings() if self._wants_fit(one)]
        return self._fitting.each(grown, lambda fit, message: self.fit(message, fit), stop=stop)

    def fit(self, message: KeyMessage, fit: Fit) -> MessageModel:
        """Learns of one message from its labels, and keeps what it learned."""
        model = fit(message, self._examples(message), self._clock.now(), self._settings.learn)
        self._store.save_message_model(model)
        log.info("learned message=%s labels=%d usable=%s", message.id, model.labels, model.usable)
        return model

    def as_labelled(self, mentions: Collection[ScoredMention]) -> tuple[ScoredMention, ...]:
        """The mentions with what people said of their tone and messages in place of what the rules say."""
        words = self._store.peoples_words({one.mention.id for one in mentions})
        return tuple(as_labelled(one, words.get(one.mention.id, ())) for one in mentions)

    def as_told(self, found: Iterable[ScoredMention | Mention]) -> Iterator[ScoredMention | Mention]:
        """The same for a listing of any length, which may hold mentions without a score."""
        rest = iter(found)
        while page := list(islice(rest, PAGE)):
            labelled = iter(self.as_labelled([one for one in page if isinstance(one, ScoredMention)]))
            for one in page:
                yield next(labelled) if isinstance(one, ScoredMention) else one

    def _wants_fit(self, standing: MessageLearning) -> bool:
        """Whether enough was labelled since, or the message was put otherwise since."""
        model, enough = standing.model, self._settings.learn.calibration
        if standing.labels < enough:
            return False
        if model is None or model.statement != fingerprint(standing.message):
            return True
        return abs(standing.labels - model.labels) >= max(GREW, model.labels // 10)

    def _examples(self, message: KeyMessage) -> Iterator[Example]:
        from bot.score.messages.training import Example  # noqa: PLC0415 an extra, and heavy: only for fitting

        rules = build_matcher(self._settings)
        contexts: dict[str, ScoringContext] = {}
        for mention, said in self._store.message_labels(message.id, MOST_LABELS, drawn_before=self._drawn_before()):
            context = self._context(mention, contexts, embedder_of(rules))
            ruled = rules.align(mention.item.text, self._settings.messages, context)
            yield Example(mention, next(one for one in ruled if one.message == message.id), said)

    def _drawn_before(self) -> datetime:
        """Since when random samples still serve estimates and the watch over drift, and so teach nothing."""
        return self._clock.now() - RECENT - BEFORE

    def _context(self, mention: Mention, known: dict[str, ScoringContext], embedder: Embedder | None) -> ScoringContext:
        """The frozen context that the mention is scored in; an empty one when it was dropped."""
        identifier = context_id(mention.collected_at, embedder)
        if identifier not in known:
            known[identifier] = self._store.context(identifier) or ScoringContext(identifier)
        return known[identifier]


def load_fit() -> Fit:
    """The fitting function. Raises ConfigError when scikit-learn, an extra, is not installed."""
    try:
        from bot.score.messages.training import fit  # noqa: PLC0415 an extra, and heavy: only for fitting
    except ImportError as error:
        raise ConfigError(MISSING) from error
    return fit
