"""What scores are made by, put together from a configuration: the one that holds, or one that is only tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.engines.language import identifier
from bot.model import MessageModel
from bot.ports import SentimentEngine
from bot.score.messages.classifier import holds_for
from bot.score.messages.learned import LearnedMatcher
from bot.score.scoring import ScoringSettings
from bot.wiring.adapters import build_matcher
from bot.wiring.score.ranks import read_ranks
from config.settings import Settings


def build_scoring(settings: Settings, engine: SentimentEngine, learned: Iterable[MessageModel] = ()) -> ScoringSettings:
    """A configuration's rules, with what labels taught of its messages. Raises ConfigError if weights do not add up."""
    return ScoringSettings(
        subjects=settings.subjects,
        messages=settings.messages,
        outlets=settings.outlets,
        weights=settings.weights,
        engine=engine,
        matcher=LearnedMatcher(_of(settings, learned), build_matcher(settings)),
        identifier=identifier(),
        ranks=read_ranks(settings.ranks) if settings.ranks else None,
    )


def _of(settings: Settings, learned: Iterable[MessageModel]) -> Iterator[MessageModel]:
    """What holds for the messages as they are put now: what does not changes no rules."""
    messages = {message.id: message for message in settings.messages}
    return (model for model in learned if model.message in messages and holds_for(model, messages[model.message]))
