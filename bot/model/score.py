"""How it is scored: tone, reach, prominence, message alignment, and the receipt that recomputes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.item import Mention
from bot.model.relevance import Context


class ToneLabel(StrEnum):
    """Tone toward the subject; unknown is None, not neutral."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


TONE_VALUE: Mapping[ToneLabel, float] = {ToneLabel.NEGATIVE: -1.0, ToneLabel.NEUTRAL: 0.0, ToneLabel.POSITIVE: 1.0}
"""A label's part in net tone."""


class Genre(StrEnum):
    """What kind of writing a text is: engines read a post otherwise than an article."""

    POST = "post"
    DISCUSSION = "discussion"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Span:
    """Words that drove a tone. Offsets are code points of the mention's text, half-open."""

    start: int
    end: int
    text: str
    contribution: float


@dataclass(frozen=True, slots=True)
class ToneReading:
    """What an engine says about the tone toward a subject: ``tone`` in [-1, 1], None when it abstains (``why``).

    ``probabilities`` of negative, neutral and positive come from engines that are calibrated; they are there when the
    engine abstains too, and sum to 1.
    """

    tone: float | None
    label: ToneLabel | None
    confidence: float | None
    spans: tuple[Span, ...] = ()
    why: str = ""
    probabilities: tuple[float, float, float] | None = None

    @property
    def likely(self) -> ToneLabel | None:
        """The label, or the most likely one of a reading that abstained; None when nothing is known."""
        if self.label is not None or self.probabilities is None:
            return self.label
        return max(zip(self.probabilities, ToneLabel, strict=True))[1]


class ReachBasis(StrEnum):
    """Where a reach figure comes from (measurement: never mix them in a sum)."""

    MEASURED = "measured"
    PLATFORM_REPORTED = "platform_reported"
    ESTIMATED = "estimated"
    POTENTIAL = "potential"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reach:
    """People (or impressions, as ``method`` says) that an item reached, with a band; unknown is None, never 0."""

    value: float | None
    low: float | None
    high: float | None
    basis: ReachBasis
    method: str


UNKNOWN_REACH = Reach(None, None, None, ReachBasis.UNKNOWN, "none")


class Outcome(StrEnum):
    """How a mention carries a message."""

    FULL = "full"
    PARTIAL = "partial"
    MISFRAMED = "misframed"
    CONTRARY = "contrary"
    NONE = "none"


OUTCOME_VALUE: Mapping[Outcome, float] = {
    Outcome.FULL: 1.0,
    Outcome.PARTIAL: 0.5,
    Outcome.NONE: 0.0,
    Outcome.MISFRAMED: -0.5,
    Outcome.CONTRARY: -1.0,
}
"""The m-values of the press equation (measurement §5.1)."""

CARRIES = (Outcome.FULL, Outcome.PARTIAL)
"""What carries a message, best first."""

HURTS = (Outcome.CONTRARY, Outcome.MISFRAMED)
"""What goes against a message, worst first."""

UNKNOWN_TONE = "unknown"
"""What a filter by tone is called that wants what has none."""

OWNED = "owned"
"""The score flag of what a subject says itself: from its account, or on its own site."""


@dataclass(frozen=True, slots=True)
class KeyMessage:
    """A message that the team wants out: ``variants`` say the same, ``partials`` a part, ``counter`` the opposite."""

    id: str
    statement: str
    variants: tuple[str, ...] = ()
    partials: tuple[str, ...] = ()
    counter: tuple[str, ...] = ()
    objective: str | None = None
    owner: str | None = None
    active_from: datetime | None = None
    active_until: datetime | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Alignment:
    """One message in one mention. ``quote`` is verbatim: code points ``[start, end)`` of the mention's text.

    ``likeness`` in [0, 1] is how near the text comes to saying the message, polarity and all: what ranks texts.
    """

    message: str
    outcome: Outcome
    confidence: float
    quote: str = ""
    start: int = 0
    end: int = 0
    reason: str = ""
    likeness: float | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """One line of a receipt. ``value`` is a number, a word or None (unknown)."""

    name: str
    value: float | str | None
    source: str
    method: str


@dataclass(frozen=True, slots=True)
class Score:
    """A mention's score with its receipt. ``score`` is index points in [-10, 10]; None when the tone is unknown."""

    mention: str
    rules_version: str
    context_id: str
    tone: ToneReading
    reach: Reach
    prominence: float
    advocacy: float
    weight: float
    quality: float | None
    score: float | None
    language: str | None
    factors: tuple[Factor, ...]
    formula: str
    alignments: tuple[Alignment, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredMention:
    """A mention with its score: what digests are made of. ``late``: it came after the digest that covers its time."""

    mention: Mention
    score: Score
    late: bool = False

    @property
    def owned(self) -> bool:
        """Whether the subject says it itself."""
        return OWNED in self.score.flags


def mention_of(found: ScoredMention | Mention) -> Mention:
    """The mention itself, whether it is scored yet or not."""
    return found if isinstance(found, Mention) else found.mention


def has_unknown_tone(found: ScoredMention | Mention) -> bool:
    """Whether nothing says what its tone is: not scored yet, or the engine abstained. No store filters by that."""
    return isinstance(found, Mention) or found.score.tone.label is None


@dataclass(frozen=True, slots=True)
class Calibration:
    """What own posts with measured views taught about one reach method (measurement §3).

    A calibrated reach is the estimate × ``factor``, its 80 % band × ``low`` … × ``high``, from ``n`` posts. ``id`` is
    the fingerprint of the fit.
    """

    id: str
    n: int
    factor: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ScoringContext:
    """What a scoring period freezes, so that a receipt can be recomputed: word idf, channel medians, calibrations.

    ``idf`` counts words only and keeps no text; ``median_weight`` is the reach weight (0…1) per channel for items whose
    reach is unknown; ``calibration`` is by reach method. ``centre`` is the mean embedding of the pool's texts, empty
    where nothing embeds. ``id`` stands in every receipt.
    """

    id: str
    documents: int = 0
    idf: Mapping[str, float] = field(default_factory=dict)
    median_weight: Mapping[str, float] = field(default_factory=dict)
    calibration: Mapping[str, Calibration] = field(default_factory=dict)
    centre: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """The press equation's weights (measurement §4). ``tone + message + advocacy`` must be 1 in absolute value."""

    version: str = "1"
    tone: float = 0.50
    message: float = 0.40
    advocacy: float = 0.10
    default_reach_weight: float = 0.40


@dataclass(frozen=True, slots=True)
class Subject:
    """A tracked brand: own, or a competitor. ``handles`` and ``domains`` are its own mouthpieces.

    ``context`` tells it from the ordinary word that its name is; None: its words alone mean it. When the money for a
    source gets short, subjects of lower ``priority`` are read less often than others.
    """

    id: str
    name: str
    query: str
    own: bool = True
    neutral_phrases: tuple[str, ...] = ()
    sentiment_overrides: Mapping[str, float] = field(default_factory=dict)
    handles: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    context: Context | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Outlet:
    """What is known about where things run: a tier (1 best … 3), which no figure uses yet, and an audience with who
    counted it and how.
    """

    match: str
    tier: int | None = None
    audience: float | None = None
    provider: str | None = None
    method: str | None = None
