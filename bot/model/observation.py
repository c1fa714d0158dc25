"""Figures with all that is needed to know what they are: an observation, and when two of them may be added.

Impressions that a platform counted and followers who might have looked are both large numbers; their sum is none.
So addition is defined between like observations only (measurement §2.2) and raises else; conversion is not defined.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from bot.model.item import Item
from bot.model.score import ReachBasis

SEVERAL = "*"
"""The subject of a sum over several subjects."""
WHOLE = "whole"
"""The subject of a figure that a provider gave for everything that it counts."""

Part = tuple[str, datetime, datetime]
"""What a sum is made of: a subject over a window."""


class Incomparable(ValueError):
    """Two figures that must not be added; ``key`` names what stands in the way."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"these figures cannot be added: {why}")
        self.key = key


MARGIN, COST = "margin", "cost"
MONEY: Mapping[str, str] = {
    MARGIN: "margin on purchases with a code or a tagged link",
    COST: "cost",
}
"""What is measured in money, by tills, CRMs and accounts; its unit is the currency that each figure names."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What is counted, in which unit (empty: each figure says its currency).

    ``additive``: whether counts of disjoint windows or subjects may be added.
    """

    id: str
    unit: str
    additive: bool


METRICS: Mapping[str, Metric] = {
    metric.id: metric
    for metric in (
        Metric("views", "views", additive=True),
        Metric("impressions", "impressions", additive=True),
        Metric("clicks", "clicks", additive=True),
        Metric("visits", "visits", additive=True),
        Metric("sessions", "sessions", additive=True),
        Metric("visitors", "people", additive=False),
        Metric("leads", "leads", additive=True),
        Metric("qualified", "qualified leads", additive=True),
        Metric("customers", "new customers", additive=True),
        Metric("sign_ups", "sign-ups", additive=True),
        Metric("downloads", "downloads", additive=True),
        Metric("enquiries", "enquiries", additive=True),
        Metric("sent", "mails sent", additive=True),
        Metric("opens", "opens", additive=True),
        Metric("replies", "replies", additive=True),
        Metric("unsubscribes", "unsubscribes", additive=True),
        Metric(MARGIN, "", additive=True),
        Metric(COST, "", additive=True),
        Metric("mentions", "mentions", additive=True),
        Metric("redemptions", "redemptions", additive=True),
        Metric("score", "index points", additive=True),
        Metric("reach", "people", additive=False),
        Metric("followers", "people", additive=False),
    )
}
"""What is registered; a metric that is not, nobody may add."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure: whose, from whom, how it was made, over which half-open window (aware UTC, ``tz`` its days' zone).

    ``low`` ≤ ``value`` ≤ ``high``; unknown is None with basis ``unknown``, never 0. It does not change: a correction is
    a new one that ``supersedes`` an earlier ``id``. ``parts`` is what a sum was made of, empty for a single figure.
    Raises ValueError for a figure that breaks this.
    """

    metric_id: str
    subject_id: str
    provider: str
    method_id: str
    method_version: str
    unit: str
    window_start: datetime
    window_end: datetime
    tz: str
    value: float | None
    low: float | None
    high: float | None
    basis: ReachBasis
    collected_at: datetime
    raw_ref: str = ""
    supersedes: int | None = None
    id: int | None = None
    parts: tuple[Part, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if (self.value is None) is not (self.basis is ReachBasis.UNKNOWN):
            raise ValueError("an unknown figure has no value and the basis 'unknown', and only that has neither")
        ends = [end for end in (self.low, self.value, self.high) if end is not None]
        if not all(map(math.isfinite, ends)):
            raise ValueError(f"a figure is finite: low {self.low}, value {self.value}, high {self.high}")
        if ends != sorted(ends):
            raise ValueError(f"a figure lies in its band: low {self.low}, value {self.value}, high {self.high}")
        if self.window_end < self.window_start:
            raise ValueError(f"a window ends after it began: {self.window_start} to {self.window_end}")

    @property
    def made_of(self) -> tuple[Part, ...]:
        """The subjects and windows that it covers."""
        return self.parts or ((self.subject_id, self.window_start, self.window_end),)

    def __add__(self, other: object) -> Observation:
        """The sum of two like figures of disjoint windows or subjects: :func:`sum_of`. Raises :class:`Incomparable`."""
        return sum_of((self, other)) if isinstance(other, Observation) else NotImplemented


def sum_of(observations: Iterable[Observation]) -> Observation:
    """The sum of like figures of disjoint windows or subjects; unknown where one is, for it is not 0.

    The ends of the bands are added, which holds however the errors hang together. Raises :class:`Incomparable`, and
    ValueError where there is nothing to add.
    """
    given = tuple(observations)
    if not given:
        raise ValueError("nothing to add: the sum of no figures has no unit")
    first, *others = given
    if not others:
        return first
    for other in others:
        _check_like(first, other)
    known = all(one.value is not None for one in given)
    basis = _one_basis(one.basis for one in given if one.value is not None)
    return replace(
        first,
        subject_id=first.subject_id if len({one.subject_id for one in given}) == 1 else SEVERAL,
        window_start=min(one.window_start for one in given),
        window_end=max(one.window_end for one in given),
        tz=first.tz if len({one.tz for one in given}) == 1 else "UTC",
        value=_total(one.value for one in given),
        low=_total(one.low for one in given) if known else None,
        high=_total(one.high for one in given) if known else None,
        basis=basis if known else ReachBasis.UNKNOWN,
        collected_at=max(one.collected_at for one in given),
        raw_ref="",
        supersedes=None,
        id=None,
        parts=_disjoint(part for one in given for part in one.made_of),
    )


_LIKE = ("metric_id", "provider", "method_id", "method_version", "unit")


def _check_like(one: Observation, other: Observation) -> None:
    for key in _LIKE:
        mine, theirs = getattr(one, key), getattr(other, key)
        if mine != theirs:
            raise Incomparable(key, f"their {key} differs, {mine!r} and {theirs!r}")
    metric = METRICS.get(one.metric_id)
    if metric is None or not metric.additive:
        raise Incomparable("metric_id", f"'{one.metric_id}' is not registered as additive")


def _one_basis(bases: Iterable[ReachBasis]) -> ReachBasis:
    found = sorted(set(bases))
    if len(found) > 1:
        raise Incomparable("basis", f"their basis differs, {' and '.join(found)}")
    return found[0] if found else ReachBasis.UNKNOWN


def _disjoint(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts by subject and time. Raises :class:`Incomparable` where two of a subject overlap, or are one twice."""
    ordered = tuple(sorted(parts))
    for one, other in pairwise(ordered):
        if one[0] == other[0] and (other[1] < one[2] or other == one):
            raise Incomparable("window", f"they overlap, {_shown(one)} and {_shown(other)}")
    return ordered


def _total(ends: Iterable[float | None]) -> float | None:
    """The sum, whatever the order; None where one is unknown."""
    given = tuple(ends)
    known = [end for end in given if end is not None]
    return math.fsum(known) if len(known) == len(given) else None


AGES: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "72h": timedelta(hours=72),
    "7d": timedelta(days=7),
    "14d": timedelta(days=14),
}
"""The set ages at which a platform's figures are kept (measurement §3), youngest first."""

SETTLED = "7d"
"""The age whose figures the score uses."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A platform's figures of an item as they were first read at one of :data:`AGES` or after, before the next."""

    age: str
    metrics: Mapping[str, float]
    followers: int | None
    read_at: datetime

    @property
    def settled(self) -> bool:
        """Whether the item was at least seven days old."""
        return AGES[self.age] >= AGES[SETTLED]


@dataclass(frozen=True, slots=True)
class Known:
    """An item with what was read of it over time, youngest snapshot first, and the last figure that was measured."""

    item: Item
    snapshots: tuple[Snapshot, ...] = ()
    measured: Observation | None = None


def age_reached(published: datetime | None, read_at: datetime) -> str | None:
    """The last of :data:`AGES` that an item had reached when it was read; None before the first, or of unknown age."""
    if published is None:
        return None
    reached = [name for name, age in AGES.items() if read_at - published >= age]
    return reached[-1] if reached else None


def _shown(part: Part) -> str:
    subject, start, end = part
    return f"{subject} from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
