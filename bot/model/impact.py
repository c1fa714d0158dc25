"""What the work is for, and what came of it: objectives, activities, and the figures held against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.model.source import Interval


class ImpactStage(StrEnum):
    """Where in the chain from work to result a figure stands (AMEC's framework)."""

    INPUT = "input"
    ACTIVITY = "activity"
    OUTPUT = "output"
    OUTTAKE = "outtake"
    OUTCOME = "outcome"
    IMPACT = "impact"


@dataclass(frozen=True, slots=True)
class Objective:
    """What a department wants to reach. ``measure`` names the metric and its filters: ``{"metric": "penetration", …}``.

    ``direction`` is ``up`` or ``down``; ``baseline`` and ``target`` are in the metric's unit; times are aware UTC.
    """

    id: str
    statement: str
    department: str | None = None
    owner: str | None = None
    measure: Mapping[str, Any] = field(default_factory=dict)
    direction: str = "up"
    stage: ImpactStage | None = None
    baseline: float | None = None
    target: float | None = None
    by: datetime | None = None
    review_every: timedelta | None = None
    decision_rule: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that was done on purpose: a press release, a mailing, an event, a campaign. ``[starts, ends)``, aware
    UTC; ``ends`` is None for a moment.

    Its lift is read off ``series`` against ``control`` (written as :class:`SeriesName` reads them; None: what suits),
    once, after so many full ``weeks``.
    """

    id: str
    name: str
    kind: str
    starts: datetime
    ends: datetime | None = None
    objective: str | None = None
    series: str | None = None
    control: str | None = None
    weeks: int = 8


class ObjectiveVerdict(StrEnum):
    """How an objective stands, from the interval against the target (measurement §10)."""

    MET = "met"
    MISSED = "missed"
    ON_TRACK = "on_track"
    OFF_TRACK = "off_track"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure over a window with its interval and what it rests on; ``value`` None is unknown, ``why`` says why."""

    window: Interval
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class ObjectiveStanding:
    """An objective and how it stands. ``trend`` are the periods before, oldest first; ``projected`` is where the line
    leads at the due date; ``unit`` is the metric's (``share`` shows as per cent); ``method`` names how it was measured.
    """

    objective: Objective
    measured: Measured
    verdict: ObjectiveVerdict
    unit: str
    method: str
    text: str
    trend: tuple[Measured, ...] = ()
    projected: Measured | None = None


@dataclass(frozen=True, slots=True)
class VoiceShare:
    """One subject's part of all stories about the compared subjects, with its 95 % interval; None: too few to say.

    ``change`` is the share less that of the window before, with the 95 % interval of the difference.
    """

    subject: str
    name: str
    own: bool
    stories: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None


@dataclass(frozen=True, slots=True)
class ShareOfVoice:
    """The shares over one window. ``alike`` is False where the subjects were not looked for alike; ``why`` says how.

    ``sources`` are those that were counted, ``left_out`` those that were not, each with its reason in words.
    ``own`` is the share of the own subjects together. ``dispersion`` is how much wider than by independent stories the
    intervals are (variance, at least 1); ``text`` says it all in a sentence or two.
    """

    window: Interval
    shares: tuple[VoiceShare, ...]
    alike: bool
    why: str
    sources: tuple[str, ...] = ()
    previous: tuple[VoiceShare, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    dispersion: float = 1.0
    text: str = ""
    own: VoiceShare | None = None


class SeriesKind(StrEnum):
    """What a series over time counts."""

    STORIES = "stories"
    REDEMPTIONS = "redemptions"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class SeriesName:
    """Which series is meant: ``stories`` (of the own subjects) or ``stories:<subject>``, ``redemptions:<offer>``,
    ``observed:<metric>:<subject>`` or, of one provider, ``observed:<metric>:<subject>@<provider>``.
    """

    kind: SeriesKind
    of: str = ""
    metric: str = ""
    provider: str = ""

    @classmethod
    def parse(cls, text: str) -> SeriesName:
        """The name that is written so. Raises ValueError, in words, for anything else."""
        kind, _, rest = text.strip().partition(":")
        if kind == SeriesKind.STORIES and (rest or ":" not in text):
            return cls(SeriesKind.STORIES, rest)
        if kind == SeriesKind.REDEMPTIONS and rest:
            return cls(SeriesKind.REDEMPTIONS, rest)
        metric, _, whose = rest.partition(":")
        of, _, provider = whose.partition("@")
        if kind == SeriesKind.OBSERVED and metric and of:
            return cls(SeriesKind.OBSERVED, of, metric, provider)
        raise ValueError(
            f"'{text}' names no series: write stories, stories:<subject>, redemptions:<offer> or "
            "observed:<metric>:<subject>, where @<provider> may follow"
        )

    def __str__(self) -> str:
        """The name as :meth:`parse` reads it."""
        provider = f"@{self.provider}" if self.provider else ""
        return ":".join(filter(None, (self.kind.value, self.metric, f"{self.of}{provider}")))


class Design(StrEnum):
    """How much a lift can show (measurement §7): randomised, with a control series, without one ("consistent with")."""

    RANDOMISED = "A"
    CONTROL = "B"
    NO_CONTROL = "C"


@dataclass(frozen=True, slots=True)
class ExpectedWeek:
    """A week of a lift's series, from the local day ``starts`` on: what came, and what would have come without the
    activity, with its 95 % band. Unknown is None: the week, or that of the control, was not covered.
    """

    starts: date
    after: bool
    value: float | None
    expected: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Lift:
    """The change of a series around an activity, as a ratio less 1 (0.3: 30 % more than without), with its interval.

    ``refused`` says why there is none. ``counterfactual`` says in words what it is held against, ``weeks`` as a series;
    ``before`` and ``after`` count the full weeks that were used, ``left_out`` those that were not covered. ``placebo``
    is the share of the ``placebo_dates`` without an activity that "show" a lift too, None where no such check was
    possible.
    """

    activity: str
    series: str
    design: Design
    method: str
    counterfactual: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    before: int = 0
    after: int = 0
    placebo: float | None = None
    refused: str = ""
    text: str = ""
    name: str = ""
    unit: str = ""
    control: str = ""
    left_out: int = 0
    placebo_dates: int = 0
    weeks: tuple[ExpectedWeek, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the interval leaves out that nothing changed."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high
