"""When to raise the alarm: rules, the days that they judge, what was raised, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any


class AlertKind(StrEnum):
    """What a rule watches for."""

    SPIKE = "spike"
    SILENCE = "silence"
    NEGATIVE_SURGE = "negative-surge"
    CONTRARY_MESSAGE = "contrary-message"
    CODE_LEAK = "code-leak"


class Counting(StrEnum):
    """What a day's count is of: stories (copies count once), or every mention."""

    STORIES = "stories"
    MENTIONS = "mentions"


class Severity(StrEnum):
    """How much an alert matters, least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Severity).index(self)


SENSITIVITIES: Mapping[str, float] = {"fewer": 0.001, "balanced": 0.005, "more": 0.02}
"""The words for a sensitivity, and the probability by chance below which a day is an alarm (measurement §9.1)."""


@dataclass(frozen=True, slots=True)
class AtMost:
    """How often an alert may fire: ``times`` in any ``days`` days of its history. ``words`` is how it was written."""

    times: int
    days: int
    words: str


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local hours in which nobody is disturbed, from ``start`` until ``end``; over midnight if ``end`` is earlier."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A configured alert. ``subject`` None watches each own subject on its own.

    ``p`` is the probability by chance below which a day is an alarm; with ``at_most`` it is the highest that history
    may choose. ``confidence`` is the least of a contradiction that is told of.
    """

    id: str
    kind: AlertKind
    subject: str | None = None
    p: float = SENSITIVITIES["balanced"]
    at_most: AtMost | None = None
    counting: Counting = Counting.STORIES
    confidence: float = 0.7
    cooldown: timedelta = timedelta(days=1)
    quiet: QuietHours | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Who hears of which alerts: the first route that fits decides. None fits everything."""

    channels: tuple[str, ...]
    alert: str | None = None
    kind: AlertKind | None = None
    subject: str | None = None
    min_severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class DayTold:
    """What others said of a subject on a local day: stories and mentions, and of the stories those with a tone, those
    that are negative, and those that go against a message with enough confidence.
    """

    day: date
    stories: int
    mentions: int
    toned: int
    negative: int
    contrary: int


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """A local day of one subject, as others speak of it.

    ``count`` is None where the day was not covered: missing, never zero. ``of`` is the whole that it is a part of
    (negative among all stories with a tone), where there is one. ``whole``: the day is over; else ``count`` is what
    came so far.
    """

    day: date
    count: int | None
    of: int | None = None
    whole: bool = True


class Tail(StrEnum):
    """What was held against the expected: the day (too much, too little), a week's sum, a run of empty days; or nothing
    was, because each event of the kind counts (a contradiction, a leak).
    """

    UPPER = "upper"
    LOWER = "lower"
    WEEK = "week"
    GAP = "gap"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Judged:
    """A day, or a stretch of ``days`` that ends with it, held against what was expected.

    ``p`` is the probability of its ``count`` by chance; None where that is not a matter of chance. ``low`` and ``high``
    are what 19 such days in 20 lie between (None for a day that is nothing out of the ordinary), ``expected`` the mean.
    """

    day: date
    tail: Tail
    count: int
    expected: float | None = None
    low: int | None = None
    high: int | None = None
    p: float | None = None
    days: int = 1


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have done on stored days. ``learning``: too few days are covered to judge any.

    ``p`` is the threshold that it judged by, ``judged`` how many days; ``fired`` are the first days of each alarm after
    its cooldown, ``p_values`` the smallest probability of each. ``by_chance`` is how many alarms pure chance would give
    in that time, as measured by the simulation (docs/measurement.md).
    """

    rule: str
    subject: str | None
    p: float
    first: date | None
    last: date | None
    judged: int
    missing: int
    fired: tuple[date, ...]
    p_values: tuple[float | None, ...]
    by_chance: float | None
    learning: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that was raised; one event is one alert, which is kept up to date while the event grows.

    ``event`` is its natural key within the rule and subject: the first day, the story, or offer and code. ``count`` and
    ``p`` are its latest; ``size`` is what grows with it (the count, of a silence its days), ``told_size`` what people
    were told last, in ``notices``. ``body`` holds the explanation as facts. Times are aware UTC.
    """

    id: str
    rule: str
    kind: AlertKind
    subject: str
    event: str
    day: date
    last_day: date
    severity: Severity
    count: int
    size: int
    raised_at: datetime
    updated_at: datetime
    expected: float | None = None
    p: float | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    told_at: datetime | None = None
    told_size: int | None = None
    notices: tuple[str, ...] = ()
