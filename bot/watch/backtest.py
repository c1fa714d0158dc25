"""What a rule would have done on stored days, and the threshold that a budget of alarms asks for. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from bot.model.alert import AlertRule, AtMost, Backtest, DayNumbers, Judged, Tail
from bot.watch.judging import judge

_DAY = timedelta(days=1)
YEAR = 365
CHANCE = {0.001: 1.1, 0.005: 3.7, 0.02: 10.5}
"""Alarms that chance gives a year at a threshold, at most, over the simulation's grid (docs/measurement.md)."""


def backtest(
    rule: AlertRule, series: Sequence[DayNumbers], *, p: float | None = None, last: int | None = None
) -> Backtest:
    """When the rule would have fired on these consecutive days; ``p`` in place of its own threshold.

    ``last`` is how many of the days are told of; the others are what those are held against. Each alarm counts once
    however many days it lasts, and none within its cooldown of the one before.
    """
    judged = judge(rule.kind, series)
    threshold = threshold_of(rule, judged) if p is None else p
    if last is not None:
        series, judged = series[-last:], judged[-last:]
    fired = firings(judged, threshold, rule.cooldown)
    of_chance = [one for one in judged if one is not None and one.p is not None]
    known = [one for one in judged if one is not None]
    return Backtest(
        rule=rule.id,
        subject=rule.subject,
        p=threshold,
        first=series[0].day if series else None,
        last=series[-1].day if series else None,
        judged=len(known),
        missing=sum(day.count is None for day in series),
        fired=tuple(one.day for one in fired),
        p_values=tuple(one.p for one in fired),
        by_chance=round(by_chance(threshold) * len(of_chance) / YEAR, 1) if of_chance else None,
        learning=not known,
    )


def by_chance(threshold: float) -> float:
    """How many alarms a year chance gives at most at a threshold: measured at three, on a straight line of logarithms
    between, in proportion beyond.
    """
    known = sorted(CHANCE)
    nearest = min(max(threshold, known[0]), known[-1])
    logs = np.interp(math.log(nearest), [math.log(p) for p in known], [math.log(CHANCE[p]) for p in known])
    return math.exp(float(logs)) * threshold / nearest


def is_alarm(one: Judged | None, threshold: float) -> bool:
    """Whether a day is out of the ordinary: less probable than the threshold, or an event of itself."""
    if one is None:
        return False
    return one.count > 0 if one.tail is Tail.EVENT else one.p is not None and one.p < threshold


def firings(judged: Sequence[Judged | None], threshold: float, cooldown: timedelta) -> tuple[Judged, ...]:
    """The days on which somebody would have been told: the first of each run of alarms, outside of the cooldown."""
    found: list[Judged] = []
    for before, one in zip((None, *judged), judged, strict=False):
        if one is None or not is_alarm(one, threshold):
            continue
        goes_on = is_alarm(before, threshold) and one.tail is not Tail.EVENT
        if not goes_on and (not found or one.day - found[-1].day >= cooldown):
            found.append(one)
    return tuple(found)


def threshold_of(rule: AlertRule, judged: Sequence[Judged | None]) -> float:
    """The rule's probability; with a budget the largest up to it by which these days had kept within the budget."""
    if rule.at_most is None:
        return rule.p
    threshold = rule.p
    while busy := _over_budget(firings(judged, threshold, rule.cooldown), rule.at_most):
        # What fires has p < threshold: at the largest p of a stretch that is over budget, that one no longer does.
        lower = max((one.p for one in busy if one.p is not None), default=None)
        if lower is None:
            return threshold  # events of themselves: no threshold keeps them back
        threshold = lower
    return threshold


def _over_budget(fired: Sequence[Judged], budget: AtMost) -> tuple[Judged, ...]:
    """The first alarms that came closer to each other than the budget allows; empty where none did."""
    length = budget.days * _DAY
    for place in range(budget.times, len(fired)):
        stretch = fired[place - budget.times : place + 1]
        if stretch[-1].day - stretch[0].day < length:
            return tuple(stretch)
    return ()
