"""What the desk looks over: which mention was picked for review, by what right, and what its coders said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.relevance import NO, YES, Label, LabelKind
from bot.model.score import Outcome, ToneLabel
from bot.model.source import Interval

FIRM, TENTATIVE = 0.80, 0.67
"""Alpha from which figures are firm, and under which none is printed (measurement §5.3)."""
LEAST_PAIRED = 20
"""Units under two coders or more from which agreement is judged at all."""
SIGNIFICANT = 0.001
"""The chance under which a change of the model is told: it is looked for again and again, so the bar is high."""


class Stratum(StrEnum):
    """Why a mention is reviewed: drawn at random, found to go against a message, or too near to call.

    Only the first two enter estimates; the third serves training.
    """

    RANDOM = "random"
    FLAGGED = "flagged"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class ReviewSample:
    """A mention picked for review in a period.

    ``place`` is its rank in the order of asking, from 0. ``probability`` is the chance that it had of being picked when
    it was: the share drawn, 1 for a census, None where chance had no part.
    """

    period: Interval
    mention: str
    subject: str
    stratum: Stratum
    place: int
    probability: float | None
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class Coding:
    """What one coder says of one mention, the last word of each kind; None: not said."""

    relevant: bool | None = None
    tone: ToneLabel | None = None
    messages: Mapping[str, Outcome] = field(default_factory=dict)

    def with_label(self, label: Label) -> Coding:
        """The coding after one more label; a kind that is not coded here leaves it as it is."""
        match label.kind:
            case LabelKind.RELEVANT if label.value in (YES, NO):
                return Coding(label.value == YES, self.tone, self.messages)
            case LabelKind.TONE if label.value in tuple(ToneLabel):
                return Coding(self.relevant, ToneLabel(label.value), self.messages)
            case LabelKind.MESSAGE if label.about and label.value in tuple(Outcome):
                return Coding(self.relevant, self.tone, {**self.messages, label.about: Outcome(label.value)})
        return self


Gold = Mapping[str, Mapping[str, Coding]]
"""Codings by mention and coder."""


class Strength(StrEnum):
    """What an alpha allows."""

    FIRM = "firm"
    TENTATIVE = "tentative"
    WEAK = "weak"
    UNKNOWN = "too few"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How coders agree on one kind of question: ``units`` were answered by two or more of the ``coders``.

    ``alpha`` is 1 for perfect agreement and 0 for chance; None where it is not defined: nothing was answered twice, or
    everybody always gave the one same answer.
    """

    units: int
    coders: int
    alpha: float | None

    @property
    def strength(self) -> Strength:
        """What it allows; under twenty units nothing is said."""
        if self.units < LEAST_PAIRED or self.alpha is None:
            return Strength.UNKNOWN
        if self.alpha >= FIRM:
            return Strength.FIRM
        return Strength.TENTATIVE if self.alpha >= TENTATIVE else Strength.WEAK


@dataclass(frozen=True, slots=True)
class Drift:
    """How the model did lately and before, on one kind of question.

    ``right`` of ``labels`` are counts, abstentions left out; ``error`` is the mean of people's values less the model's.
    ``p_right`` is the chance of so many fewer right ones, ``p_error`` of so large a change of the error, if nothing had
    changed; None with too few labels.
    """

    kind: LabelKind
    right: int
    labels: int
    error: float | None
    right_before: int
    labels_before: int
    error_before: float | None
    p_right: float | None
    p_error: float | None

    @property
    def worse(self) -> bool:
        """Whether it is right less often than before."""
        return self.p_right is not None and self.p_right < SIGNIFICANT

    @property
    def shifted(self) -> bool:
        """Whether the counts are off by another amount than before."""
        return self.p_error is not None and self.p_error < SIGNIFICANT

    @property
    def text(self) -> str:
        """The warning, for people; empty when there is none."""
        what = "tone" if self.kind is LabelKind.TONE else "messages"
        if self.worse:
            now, then = self.right / self.labels, self.right_before / self.labels_before
            return (
                f"The model reads {what} worse than before: right in {now * 100:.0f} % of {self.labels} labelled texts of "
                f"the last 4 weeks, in {then * 100:.0f} % of {self.labels_before} before."
            )
        if self.shifted:
            return (
                f"The model's count of {what} is off by more or less than before: by {self.error:+.2f} in the last "
                f"4 weeks, by {self.error_before:+.2f} before. Trust the corrected figures, and label more."
            ).replace("-", "−")
        return ""
