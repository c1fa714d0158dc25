"""What is decided about objectives, and what the funnel and its providers are made of: links, tallies, stages,
panels.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.impact import ObjectiveVerdict
from bot.model.source import Interval


class Course(StrEnum):
    """What a review decides about the work: go on as before, go on otherwise, or end it."""

    KEEP = "keep"
    CHANGE = "change"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Decision:
    """One review of an objective, written down for good: how it stood, what was decided, why, and what changes next."""

    objective: str
    at: datetime
    verdict: ObjectiveVerdict
    course: Course
    reason: str
    next_change: str = ""
    actor: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class TrackedLink:
    """An address that says where visitors came from: ``url`` is ``target`` with ``utm_*``. ``id`` follows from it."""

    id: str
    url: str
    target: str
    campaign: str
    source: str
    medium: str
    made_at: datetime
    content: str | None = None
    activity: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What one provider counted by one method over a window. ``of`` says of what (``whole``, ``campaign:spring``);
    ``days`` of it were told. ``basis`` is the kind of figure; ``value`` None is unknown, and ``why`` says why.

    ``activities`` are those whose tagged links bring the campaign's visitors. ``record``: the declared system of
    record.
    """

    metric: str
    unit: str
    provider: str
    method: str
    of: str
    basis: str
    value: float | None
    low: float | None = None
    high: float | None = None
    days: int = 0
    why: str = ""
    record: bool = False
    activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageRate:
    """The part of one stage that came to the next, with Wilson's interval; or none, and ``why`` not."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class FunnelStage:
    """One stage of the funnel: every provider's figure beside the others', never their sum.

    ``attributed`` are figures by how they were attributed (direct, assisted, self_reported, unknown), which need not
    come to 100 %. ``rate`` is from the stage before to this one.
    """

    name: str
    tallies: tuple[Tally, ...]
    attributed: tuple[Tally, ...] = ()
    rate: StageRate | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The way from what is said to what comes of it. ``linked`` of ``own_posts`` carry a tracked link or a code."""

    window: Interval
    stages: tuple[FunnelStage, ...]
    linked: int
    own_posts: int
    cta: StageRate
    caveat: str


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider beside the system of record: the median of the ratios of paired days, and where 10-90 % of them lie.

    ``alert`` is a sentence where the last days leave what was usual. All None where fewer days pair than are needed.
    """

    tally: Tally
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    pairs: int = 0
    today: float | None = None
    alert: str = ""


@dataclass(frozen=True, slots=True)
class ProviderPanel:
    """One metric as its providers count it, the declared system of ``record`` first; ``causes`` in words."""

    metric: str
    of: str
    record: str | None
    rows: tuple[ProviderRow, ...]
    causes: tuple[str, ...] = ()
    why: str = ""
