"""What an objective can be held against: the metrics that Heard measures, with unit, filters and where the interval is
from.

Nothing here prices attention: no objective is in money, and nothing turns reach or mentions into money.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.model.nearest import did_you_mean
from bot.model.observation import METRICS, MONEY

SHARE, NET, POINTS = "share", "net share", "index points"
"""Units that are no counts: 0 … 1, -1 … 1, and the press equation's -10 … 10."""
RANGES: Mapping[str, tuple[float, float]] = {SHARE: (0.0, 1.0), NET: (-1.0, 1.0), POINTS: (-10.0, 10.0)}
"""Between what a unit's figures lie; counts a day are 0 or more."""
PERIOD = timedelta(days=28)
"""How long a stretch an objective is measured over unless its measure names a ``period``: four whole weeks."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric that Heard measures. ``filters`` narrow it, those in ``needs`` must be there.

    ``interval`` says in words how its 95 % interval comes; ``additive``: whether disjoint windows may be added.
    """

    id: str
    unit: str
    what: str
    interval: str
    filters: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    additive: bool = False


_CORRECTED = "labels' correction where there are enough labels, else Wilson's interval over stories"
_DAILY = "the day-to-day variation over the window (quasi-Poisson)"
_OWN = (
    Measure("penetration", SHARE, "stories that carry a message at least partly", _CORRECTED, ("message",), ("message",)),
    Measure("net_pull_through", NET, "how far stories carry a message, less those against it", _CORRECTED, ("message",), ("message",)),
    Measure("contrary_rate", SHARE, "stories that contradict or misframe a message", "Wilson's interval over stories", ("message",), ("message",)),
    Measure("net_tone", NET, "positive less negative stories by others", "the random sample's labels"),
    Measure("stories", "stories a day", "stories by others", _DAILY, ("subject", "source"), additive=True),
    Measure("share_of_voice", SHARE, "the own part of all stories about the compared subjects", "that of the share of voice", ("subject",)),
    Measure("redemptions", "redemptions a day", "redemptions of an offer that stand", _DAILY, ("offer", "placement"), ("offer",), additive=True),
    Measure("score", POINTS, "the mean score of what others say", "a bootstrap over authors"),
    Measure("coverage", SHARE, "the part of the time in which sources were looked at", "none: it is counted, not sampled", ("source",)),
    Measure("cta_coverage", SHARE, "own posts with a tracked link or a code", "Wilson's interval over own posts", ("subject",)),
)  # fmt: skip
IMPORTED = ("provider", "method", "campaign", "subject")
"""What narrows figures that others counted."""
_NOT_IMPORTED = {"mentions", "redemptions", "score", "reach", "followers", "views", *MONEY}

MEASURES: Mapping[str, Measure] = {
    measure.id: measure
    for measure in (
        *_OWN,
        *(
            Measure(one.id, f"{one.unit} a day", f"{one.unit} that a provider counted", _DAILY, IMPORTED, additive=True)
            for one in METRICS.values()
            if one.additive and one.id not in _NOT_IMPORTED
        ),
    )
}
"""Every metric that an objective may name."""

STAGES: Mapping[str, tuple[str, ...]] = {
    "exposure": ("stories", "impressions"),
    "click": ("clicks",),
    "visit": ("visits", "sessions"),
    "lead": ("leads", "sign_ups"),
    "qualified": ("qualified",),
    "redemption": ("redemptions",),
    "customer": ("customers",),
}
"""The funnel's stages, widest first, and the metrics that tell of each (measurement §9.2)."""


def measure_problems(measure: Mapping[str, Any], known: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What is wrong with an objective's measure, each in a sentence that says what is allowed.

    ``known`` are the ids of subjects, sources, messages and offers. A measure that is empty is none, and fine.
    """
    if not measure:
        return
    metric = measure.get("metric")
    kind = MEASURES.get(metric) if isinstance(metric, str) else None
    if kind is None:
        yield f"Heard measures no '{metric}'; metrics are {', '.join(MEASURES)}{did_you_mean(metric, MEASURES)}"
        return
    allowed = (*kind.filters, "period")
    for name, value in measure.items():
        if name == "metric":
            continue
        if name not in allowed:
            yield f"'{kind.id}' has no filter '{name}'; it has {', '.join(allowed)}{did_you_mean(name, allowed)}"
        elif name == "period":
            if not isinstance(value, timedelta) or value < timedelta(days=1):
                yield "period must be a day or more, such as '28d'"
        elif not isinstance(value, str) or not value.strip():
            yield f"{name} must be a name in quotes"
        elif name in known and value not in known[name]:
            there = ", ".join(known[name]) or "none"
            near = did_you_mean(value, known[name])
            yield f"{name} names '{value}', which is not configured (there is: {there}){near}"
    for name in kind.needs:
        if name not in measure:
            yield f'\'{kind.id}\' needs to know of which: {{ metric = "{kind.id}", {name} = "…" }}'


def target_problem(measure: Mapping[str, Any], value: float | None) -> str:
    """What is wrong with a target or a baseline, to follow the figure in a sentence; empty where it can be."""
    kind = MEASURES.get(str(measure.get("metric")))
    if kind is None or value is None:
        return ""
    low, high = RANGES.get(kind.unit, (0.0, math.inf))
    if low <= value <= high:
        return ""
    span = f"lies between {low:g} and {high:g}" if math.isfinite(high) else "is 0 or more"
    return f"cannot be: '{kind.id}' {span}" + (" (0.15 is 15 %)" if kind.unit == SHARE else "")
