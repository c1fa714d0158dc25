"""Whether a mention is about its subject at all, and what people said of it: judgements, labels and fitted
classifiers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class RelevanceBasis(StrEnum):
    """What a judgement rests on."""

    LABEL = "label"
    RULE = "rule"
    MODEL = "model"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Relevance:
    """Whether a mention is about its subject; ``relevant`` None: nothing could tell, ``basis`` is then None too.

    ``by`` is the version of the rules and the classifier that judged, so that a mention is judged again when they
    change.
    """

    relevant: bool | None = None
    basis: RelevanceBasis | None = None
    reason: str = ""
    by: str = ""


UNJUDGED = Relevance()
"""What holds until something has judged."""


class Counted(StrEnum):
    """Which mentions a listing wants. ``counted``: all that were not judged irrelevant."""

    COUNTED = "counted"
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    ALL = "all"


class Stance(StrEnum):
    """What a source's items are taken for: always about the subject, to be judged, or nothing without a companion."""

    ASSUME = "assume"
    JUDGE = "judge"
    REQUIRE_CONTEXT = "require-context"


@dataclass(frozen=True, slots=True)
class Context:
    """The companions of a name that is an ordinary word, each written as a query.

    ``any`` of them near the name: the subject is meant; one of ``none``: something else is. ``within`` is how many
    words each side count as near, None: the whole item. ``required``: without one of ``any`` it is not the subject.
    """

    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    within: int | None = None
    required: bool = False


class LabelKind(StrEnum):
    """What a label is about."""

    RELEVANT = "relevant"
    TONE = "tone"
    MESSAGE = "message"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Label:
    """A person's word on a mention; the last one of a kind (and of an ``about``) holds.

    ``value`` is ``yes`` or ``no`` for relevant and duplicate, a tone label, or a message's outcome. ``about`` is the
    message's id, or the other mention's for a duplicate. ``source`` is the door it came in by.
    """

    mention: str
    kind: LabelKind
    value: str
    who: str
    source: str
    at: datetime
    about: str | None = None


YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class RelevanceModel:
    """A classifier of one subject, fitted to the desk's labels: plain coefficients, no text.

    The probability that a mention is relevant is the logistic function of ``intercept`` plus the sum of the ``weights``
    of its features over the root of their number. At or over ``above`` it is relevant, at or under ``below`` it is not,
    between them the classifier abstains; None: cross-validation did not bear such a verdict out, and ``why`` says so.
    ``yes`` and ``no`` count the labels it was fitted to.
    """

    subject: str
    version: str
    fitted_at: datetime
    yes: int
    no: int
    intercept: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)
    above: float | None = None
    below: float | None = None
    why: str = ""

    @property
    def usable(self) -> bool:
        """Whether it gives any verdict."""
        return self.above is not None or self.below is not None
