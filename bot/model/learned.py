"""What the desk's labels taught about a key message: a calibration of likeness and a classifier, as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.score import Outcome


class Side(StrEnum):
    """Which way a text stands to a message."""

    CARRIES = "carries"
    AGAINST = "against"
    ABSENT = "absent"


SIDE_OF: Mapping[Outcome, Side] = {
    Outcome.FULL: Side.CARRIES,
    Outcome.PARTIAL: Side.CARRIES,
    Outcome.MISFRAMED: Side.AGAINST,
    Outcome.CONTRARY: Side.AGAINST,
    Outcome.NONE: Side.ABSENT,
}


@dataclass(frozen=True, slots=True)
class LearnNeeds:
    """How many labels of a message are enough: for calibrating its likeness, and for a classifier of its own."""

    calibration: int = 50
    classifier: int = 100


@dataclass(frozen=True, slots=True)
class LikenessCalibration:
    """What a likeness is worth: the chance that it carries is the logistic of ``intercept + slope * likeness``.

    From ``carries_from`` on, texts carried the message often enough (``bot.score.messages.training.PRECISE``); None: at
    no likeness. ``labels`` counts what it rests on.
    """

    slope: float
    intercept: float
    carries_from: float | None
    labels: int


@dataclass(frozen=True, slots=True)
class MessageClassifier:
    """Tells the three sides from a text's words and letters.

    A side's logit is its intercept plus the sum of the weights of the text's known features over the root of their
    number; a triple is carries, against, absent. ``above`` are the probabilities from which a verdict holds; a side
    that is missing gets none. ``as_outcome`` is the outcome that people mostly gave on that side.
    """

    intercepts: tuple[float, float, float]
    weights: Mapping[str, tuple[float, float, float]]
    above: Mapping[Side, float]
    as_outcome: Mapping[Side, Outcome]


@dataclass(frozen=True, slots=True)
class MessageModel:
    """What labels taught about one message; no text is kept.

    ``statement`` is the fingerprint of how the message was put then: put otherwise, nothing here holds for it. ``why``
    says what is missing and why. ``figures`` are held-out shares by name, each with the ends of its 95 % interval.
    """

    message: str
    version: str
    statement: str
    fitted_at: datetime
    carried: int
    against: int
    absent: int
    calibration: LikenessCalibration | None = None
    classifier: MessageClassifier | None = None
    figures: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    why: str = ""

    @property
    def labels(self) -> int:
        """How many labels it was fitted to."""
        return self.carried + self.against + self.absent

    @property
    def usable(self) -> bool:
        """Whether it changes anything."""
        return self.calibration is not None or self.classifier is not None
