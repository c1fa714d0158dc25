"""How an objective stands: its interval against its target, and where the line of its reviews leads (measurement §10).

Met and missed are said of what was measured, on track and off track of where the trend leads; in between it cannot be
told yet, and that is what is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import NormalDist

from bot.impact.daily import student
from bot.impact.standing_wording import standing_text
from bot.model.aims import Decision
from bot.model.impact import Measured, Objective, ObjectiveStanding, ObjectiveVerdict
from bot.model.measure import RANGES, Measure
from bot.model.source import Interval
from bot.rates import Z

MONTH = timedelta(days=28)
"""Reviews that come more often than this share the 5 % of a year among them."""
LEAST_POINTS = 4
"""Measured windows from which on a line is drawn through them."""
MARGIN = 1.15
"""How much wider than by the book the intervals of shares are taken: score intervals of 20 to 1,000 stories are wrong
in up to 7.8 % of samples (counted over all outcomes at shares from 2 to 80 %), with this in at most 3.3 %.
"""
_LONGEST_DAY = timedelta(hours=25)
"""Windows end at local midnight: the one that ends on the day of a due time is that of the due date."""
_YEAR = timedelta(days=364)
_ERROR = 0.05


def standing(objective: Objective, measure: Measure, measured: Sequence[Measured], now: datetime) -> ObjectiveStanding:
    """How the objective stands at ``now``, from windows of one length, oldest first, the present one last.

    ``measured`` must not be empty; an unknown one has no value.
    """
    *trend, present = [for_reviews(one, measure.unit, objective.review_every) for one in measured]
    projected = project((*trend, present), objective.by, measure.unit)
    found = ObjectiveStanding(
        objective=objective,
        measured=present,
        verdict=verdict_of(objective, present, projected, now),
        unit=measure.unit,
        method=f"{measure.what}; interval: {measure.interval}, widened so that a verdict is wrong at most once in twenty {_often(objective)}",
        text="",
        trend=tuple(trend),
        projected=projected,
    )
    return replace(found, text=standing_text(found))


def _often(objective: Objective) -> str:
    return "years of reviews" if objective.review_every is not None and objective.review_every < MONTH else "reviews"


def unmeasured(objective: Objective, window: Interval) -> ObjectiveStanding:
    """An objective without a measure: nothing is held against it, and it says so."""
    nothing = Measured(window, None, why="the objective names no measure")
    return ObjectiveStanding(objective, nothing, ObjectiveVerdict.CANNOT_TELL, "", "", f"Cannot tell: {nothing.why}.")


def for_reviews(measured: Measured, unit: str, every: timedelta | None) -> Measured:
    """The interval, wide enough that a verdict is wrong in at most 5 % of reviews.

    Where they come more than monthly, of years of reviews: a confidence sequence over the year's reviews by the union
    bound, that needs nothing of how the windows hang together.
    """
    if measured.value is None or measured.low is None or measured.high is None:
        return measured
    wider = MARGIN if unit in RANGES else 1.0
    if every is not None and every < MONTH:
        reviews = math.ceil(_YEAR / max(every, timedelta(days=1)))
        wider *= NormalDist().inv_cdf(1 - _ERROR / (2 * reviews)) / Z
    low, high = (measured.value + (end - measured.value) * wider for end in (measured.low, measured.high))
    return replace(measured, low=_within(low, unit), high=_within(high, unit))


def project(measured: Sequence[Measured], by: datetime | None, unit: str) -> Measured | None:
    """Where a straight line through the windows leads in the one that ends at ``by``, with its 95 % interval.

    Weighted by how sure each window is; where they scatter more than that explains, the interval is wider for it. None
    without a date that lies ahead, of fewer than :data:`LEAST_POINTS` windows, and where the date is farther off than
    the windows reach back: no line is trusted beyond its own length.
    """
    known = [
        (one, one.value, one.low, one.high)
        for one in measured
        if one.value is not None and one.low is not None and one.high is not None
    ]
    if by is None or len(known) < LEAST_POINTS or known[-1][0] is not measured[-1]:
        return None
    first, last = known[0][0].window, known[-1][0].window
    if not last.end < by <= last.end + (last.end - first.start):
        return None
    length = last.end - last.start
    ahead = (by - last.end) / length
    points = [((one.window.end - last.end) / length, value, (high - low) / (2 * Z)) for one, value, low, high in known]
    if not all(error for _, _, error in points):
        return None
    value, half = _line(points, ahead)
    return Measured(
        Interval(by - length, by),
        _within(value, unit),
        _within(value - half, unit),
        _within(value + half, unit),
        n=len(known),
    )


def verdict_of(objective: Objective, measured: Measured, projected: Measured | None, now: datetime) -> ObjectiveVerdict:
    """What may be said: met or missed from the interval, on or off track from the projection's, else nothing yet."""
    side = _side(objective, measured)
    if side > 0:
        return ObjectiveVerdict.MET
    by = objective.by
    if by is not None and by <= now:
        there = measured.window.end + _LONGEST_DAY > by
        return ObjectiveVerdict.MISSED if side < 0 and there else ObjectiveVerdict.CANNOT_TELL
    ahead = _side(objective, projected)
    if ahead == 0:
        return ObjectiveVerdict.CANNOT_TELL
    return ObjectiveVerdict.ON_TRACK if ahead > 0 else ObjectiveVerdict.OFF_TRACK


def review_due(objective: Objective, decisions: Iterable[Decision], now: datetime) -> bool:
    """Whether a review is owed: none was written for ``review_every``; never where no rhythm is set."""
    if objective.review_every is None:
        return False
    last = max((one.at for one in decisions if one.objective == objective.id), default=None)
    return last is None or last + objective.review_every <= now


def _side(objective: Objective, measured: Measured | None) -> int:
    """1 where the whole interval is on the target's good side, -1 on its bad one, 0 where it cannot be told."""
    if measured is None or objective.target is None or measured.low is None or measured.high is None:
        return 0
    good, bad = measured.low >= objective.target, measured.high < objective.target
    if objective.direction == "down":
        good, bad = measured.high <= objective.target, measured.low > objective.target
    return int(good) - int(bad)


def _line(points: Sequence[tuple[float, float, float]], at: float) -> tuple[float, float]:
    """Where the weighted least-squares line through (time, value, standard error) is at a time; half its interval."""
    weights = [1 / error**2 for _, _, error in points]
    whole = math.fsum(weights)
    middle = math.fsum(weight * time for weight, (time, _, _) in zip(weights, points, strict=True)) / whole
    level = math.fsum(weight * value for weight, (_, value, _) in zip(weights, points, strict=True)) / whole
    spread = math.fsum(weight * (time - middle) ** 2 for weight, (time, _, _) in zip(weights, points, strict=True))
    slope = (
        math.fsum(
            weight * (time - middle) * (value - level) for weight, (time, value, _) in zip(weights, points, strict=True)
        )
        / spread
    )
    off = math.fsum(((value - level - slope * (time - middle)) / error) ** 2 for time, value, error in points)
    free = len(points) - 2
    variance = (1 / whole + (at - middle) ** 2 / spread) * max(1.0, off / free)
    return level + slope * (at - middle), student(free) * math.sqrt(variance)


def _within(value: float, unit: str) -> float:
    least, most = RANGES.get(unit, (0.0, math.inf))
    return min(max(value, least), most)
