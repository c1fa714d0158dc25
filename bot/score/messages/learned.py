"""The matcher that has learned: the rules first, then what the desk's labels taught about each message; pure.

The classifier's verdict, where it is sure enough, goes before the rules; else the calibration says whether a likeness
is worth anything for this message; else the rules stand. Each reason says which stage decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.model import SIDE_OF, Alignment, KeyMessage, MessageModel, Outcome, ScoringContext, Side
from bot.ports import MessageMatcher
from bot.score.alignment import LexicalMatcher
from bot.score.context import embedder_of
from bot.score.messages.classifier import chance_of, chances, decide, holds_for, pull
from bot.score.messages.features import features_of
from bot.score.messages.forms import Piece, pieces_of

ENOUGH_LIKENESS = 0.9
"""A text this near says the message nearly word for word, whatever the calibration has seen of texts farther off."""


class LearnedMatcher:
    """A ``MessageMatcher`` by rules and by what labels taught; without models it is the rules."""

    def __init__(self, models: Iterable[MessageModel] = (), rules: MessageMatcher | None = None) -> None:
        self._rules: MessageMatcher = rules or LexicalMatcher()
        self.embedder = embedder_of(self._rules)
        self._models: Mapping[str, MessageModel] = {model.message: model for model in models if model.usable}
        self.languages = self._rules.languages
        self.version = self._rules.version + self._learned()

    def align(self, text: str, messages: Sequence[KeyMessage], context: ScoringContext) -> tuple[Alignment, ...]:
        """One alignment a message, in order, ``none`` included; each quote is verbatim from ``text``."""
        return tuple(
            self._taught(text, message, ruled, context)
            for message, ruled in zip(messages, self._rules.align(text, messages, context), strict=True)
        )

    def likenesses(
        self, texts: Sequence[str], statements: Sequence[str], context: ScoringContext
    ) -> Sequence[Sequence[float]]:
        """How near each text comes to saying each statement, in [0, 1]: a row a text, a column a statement."""
        return self._rules.likenesses(texts, statements, context)

    def _learned(self) -> str:
        if not self._models:
            return ""
        told = "".join(f"{message} {model.version};" for message, model in sorted(self._models.items()))
        return f"+{hashlib.sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"

    def _taught(self, text: str, message: KeyMessage, ruled: Alignment, context: ScoringContext) -> Alignment:
        model = self._models.get(message.id)
        if model is None or not holds_for(model, message):
            return ruled
        return _by_classifier(text, model, ruled) or self._by_calibration(text, message, model, ruled, context) or ruled

    def _by_calibration(
        self, text: str, message: KeyMessage, model: MessageModel, ruled: Alignment, context: ScoringContext
    ) -> Alignment | None:
        """What the likeness is worth for this message; None where the rules found something against it, or agree."""
        calibration, likeness = model.calibration, ruled.likeness or 0.0
        if calibration is None or SIDE_OF[ruled.outcome] is Side.AGAINST:
            return None
        chance = chance_of(calibration, likeness)
        told = f"by {calibration.labels} labels, {chance:.0%} of texts this near carry it (likeness {likeness:.2f})"
        near = calibration.carries_from is not None and likeness >= calibration.carries_from
        if SIDE_OF[ruled.outcome] is Side.CARRIES:
            if near or likeness >= ENOUGH_LIKENESS:
                return replace(ruled, confidence=round(max(chance, 0.5), 2), reason=f"{ruled.reason}; {told}")
            return _nowhere(ruled, 1 - chance, f"{told}, too few; the rules said: {ruled.reason}")
        if not near:
            return None
        piece = max(
            pieces_of(text),
            key=lambda one: self._rules.align(one.text, [message], context)[0].likeness or 0.0,
            default=None,
        )
        return None if piece is None else _coded(ruled, Outcome.PARTIAL, piece, chance, f"calibrated: {told}")


def _by_classifier(text: str, model: MessageModel, ruled: Alignment) -> Alignment | None:
    """The classifier's verdict; None when it is not sure, or there is nothing to quote."""
    classifier = model.classifier
    if classifier is None:
        return None
    found = chances(classifier, features_of(text))
    side = decide(classifier, found)
    if side is None:
        return None
    told = f"the classifier of {model.labels} labels"
    if side is SIDE_OF[ruled.outcome]:
        return replace(
            ruled, confidence=round(found[side], 2), reason=f"{ruled.reason}; {told} agrees ({found[side]:.0%})"
        )
    reason = f"{told} finds it {found[side]:.0%} likely that it is so; the rules said: {ruled.reason}"
    if side is Side.ABSENT:
        return _nowhere(ruled, found[side], reason)
    piece = max(pieces_of(text), key=lambda one: pull(classifier, features_of(one.text), side), default=None)
    return None if piece is None else _coded(ruled, classifier.as_outcome[side], piece, found[side], reason)


def _coded(ruled: Alignment, outcome: Outcome, piece: Piece, chance: float, reason: str) -> Alignment:
    return replace(
        ruled,
        outcome=outcome,
        confidence=round(chance, 2),
        quote=piece.text,
        start=piece.start,
        end=piece.start + len(piece.text),
        reason=reason,
    )


def _nowhere(ruled: Alignment, chance: float, reason: str) -> Alignment:
    return replace(ruled, outcome=Outcome.NONE, confidence=round(chance, 2), quote="", start=0, end=0, reason=reason)
