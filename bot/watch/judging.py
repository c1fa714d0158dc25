"""Each day of a series held against what was expected of it, as a rule's kind asks. Pure.

A day that was not covered is missing: it is not judged, and teaches nothing. A day that is not over is judged by its
upper tail only, its count so far against the whole day's distribution: as a count only grows, it passes the threshold
before the day ends only if the whole day does, and so no false alarm is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bot.model.alert import AlertKind, DayNumbers, Judged, Tail
from bot.watch.baseline import BASELINE, REACH, TODAY, WEEK, Floats, Forecasts, forecasts
from bot.watch.tails import bounds, lower, upper

FLOOR = 5
"""The least count that is an alarm of too much."""
FEW = 1.0
"""The mean of a day below which a week's sum is looked at too."""
_LOOKS = 8.0  # a week's sum is looked at each day and moves little: what it adds stays below the rate that is promised
_REMARKABLE = 0.05  # bounds take time to work out, and nobody asks for those of an ordinary day
_LONGEST = 28  # days of a run of empty ones


class Word(NamedTuple):
    """A tail, and by day: its probability, the count, the mean and the variance, how many days were summed."""

    tail: Tail
    p: Floats
    counts: Floats
    mean: Floats
    variance: Floats
    days: Floats


def judge(kind: AlertKind, series: Sequence[DayNumbers]) -> tuple[Judged | None, ...]:
    """What each of these consecutive days is; None where it is not judged: missing, or the baseline still learning.

    Of several tails the least probable. Contradictions and leaks are no matter of chance: each day that has one is
    an event, whatever is usual.
    """
    if not series:
        return ()
    if kind in (AlertKind.CONTRARY_MESSAGE, AlertKind.CODE_LEAK):
        return tuple(None if day.count is None else Judged(day.day, Tail.EVENT, day.count) for day in series)
    counts = np.array([np.nan if day.count is None else day.count for day in series], dtype=float)
    whole = np.array([day.whole for day in series])
    learnt = np.where(whole, counts, np.nan)
    usual = forecasts(learnt)
    words: tuple[Word, ...]
    if kind is AlertKind.SILENCE:
        words = (_little(learnt, usual), _empty(learnt, usual))
    else:
        words = (_much(counts, usual), _week(learnt, counts, usual))
        if kind is AlertKind.NEGATIVE_SURGE:
            fits = _larger_share(series, counts)
            words = tuple(word._replace(p=np.where(fits | np.isnan(word.p), word.p, 1.0)) for word in words)
    return _least_probable(series, words)


def _least_probable(series: Sequence[DayNumbers], words: Sequence[Word]) -> tuple[Judged | None, ...]:
    ps = np.array([np.where(np.isnan(word.p), np.inf, word.p) for word in words])
    best = ps.argmin(axis=0)
    found: list[Judged | None] = []
    for place, day in enumerate(series):
        word = words[best[place]]
        p, mean = float(word.p[place]), float(word.mean[place])
        if np.isnan(p):
            found.append(None)
            continue
        low, high = bounds(mean, word.variance[place]) if p < _REMARKABLE else (None, None)
        found.append(
            Judged(
                day.day,
                word.tail,
                count=int(word.counts[place]),
                expected=mean,
                low=low,
                high=high,
                p=p,
                days=int(word.days[place]),
            )
        )
    return tuple(found)


def _much(counts: Floats, usual: Forecasts) -> Word:
    """Too much in one day."""
    p = _floored(upper(counts, usual.mean, usual.variance), counts)
    return Word(Tail.UPPER, p, counts, usual.mean, usual.variance, np.ones(len(counts)))


def _little(counts: Floats, usual: Forecasts) -> Word:
    """Too little in one day."""
    p = lower(counts, usual.mean, usual.variance)
    return Word(Tail.LOWER, p, counts, usual.mean, usual.variance, np.ones(len(counts)))


def _week(learnt: Floats, counts: Floats, usual: Forecasts) -> Word:
    """Too much in a week, where a day brings little; as forecast on its first day, so that it does not hide itself."""
    sums, means, factors, days = (np.full(len(counts), np.nan) for _ in range(4))
    for place in range(WEEK - 1, len(counts)):
        first = place - WEEK + 1
        if not usual.mean[first] < FEW:  # NaN too
            continue
        part = learnt[first : place + 1].copy()
        part[-1] = counts[place]
        covered = ~np.isnan(part)
        if not covered[-1]:
            continue
        weekdays = (TODAY + np.arange(WEEK)) % WEEK
        factors[place] = usual.factors[first, weekdays][covered].sum()
        means[place] = usual.level[first] * factors[place]
        sums[place], days[place] = part[covered].sum(), covered.sum()
    then = _shifted(usual, np.arange(len(counts)) - WEEK + 1)
    variance = then.variance_of(means, factors)
    p = np.minimum(_floored(upper(sums, means, variance), sums) * _LOOKS, 1.0)
    return Word(Tail.WEEK, p, sums, means, variance, days)


def _empty(counts: Floats, usual: Forecasts) -> Word:
    """A run of empty days; days that were not covered neither end it nor count. As forecast on its first day."""
    p, means, days = (np.full(len(counts), np.nan) for _ in range(3))
    single = lower(np.zeros(len(counts)), usual.mean, usual.variance)
    first: int | None = None
    for place, count in enumerate(counts):
        if np.isnan(count):
            continue
        if count > 0:
            first = None
            continue
        if first is None or place - first >= _LONGEST:
            first = place
            chance, mean, number = 1.0, 0.0, 0
        weekday = (TODAY + place - first) % WEEK
        expected = usual.level[first] * usual.factors[first, weekday]
        factor = usual.factors[first, weekday]
        chance *= _none(usual, first, expected, factor) if place != first else single[first]
        mean, number = mean + expected, number + 1
        p[place], means[place], days[place] = chance, mean, number
    spread = _shifted(usual, np.arange(len(counts)))
    variance = np.maximum(means, spread.dispersion * means)
    return Word(Tail.GAP, p, np.zeros(len(counts)), means, variance, days)


def _none(usual: Forecasts, first: int, mean: float, factor: float) -> float:
    """The probability of an empty day as it looked on the day ``first``."""
    then = _shifted(usual, np.array([first]))
    means = np.array([mean])
    return float(lower(np.zeros(1), means, then.variance_of(means, np.array([factor])))[0])


def _larger_share(series: Sequence[DayNumbers], counts: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where the part is a larger share of the whole than it was in the baseline; else all of it grew alike."""
    of = np.array([np.nan if day.of is None else day.of for day in series], dtype=float)
    known = ~(np.isnan(of) | np.isnan(counts))
    parts, wholes = _before(np.where(known, counts, 0.0)), _before(np.where(known, of, 0.0))
    fits: np.ndarray[tuple[int], np.dtype[np.bool_]] = ~known | (counts * wholes > parts * of)
    return fits


def _before(values: Floats) -> Floats:
    """The sum over each day's baseline."""
    total = np.concatenate([np.zeros(REACH + 1), np.cumsum(values)])
    place = np.arange(len(values))
    result: Floats = total[place + BASELINE] - total[place]
    return result


def _floored(p: Floats, counts: Floats) -> Floats:
    result: Floats = np.where((counts < FLOOR) & ~np.isnan(p), 1.0, p)
    return result


def _shifted(usual: Forecasts, places: np.ndarray[tuple[int], np.dtype[np.int_]]) -> Forecasts:
    """The forecasts of other days in place of each day's own; the first day's before there was one."""
    rows = np.maximum(places, 0)
    return Forecasts(usual.level[rows], usual.factors[rows], usual.dispersion[rows], usual.weight[rows])
