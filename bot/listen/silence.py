"""When a source that answers well but gives nothing new counts as silent, by its own history. Pure.

Time is measured in what the source usually gives: a night or a weekend in which nothing ever comes counts little (the
time-rescaling of point processes: Brown, Barbieri, Ventura, Kass & Frank, Neural Computation 14, 2002). On that scale a
source is silent when nothing has come for ``STRETCH + CAUTION / n`` times the longest of its ``n`` pauses so far. A new
pause exceeds the longest of ``n`` earlier ones with probability 1/(n + 1) if nothing has changed (exchangeability), and
one that is so much longer far more rarely; docs/measurement.md has the measured rate.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from statistics import median

ENOUGH = 10
"""Pauses that must be known; with fewer nothing is said."""
ENOUGH_FOUND = 30
"""The same where only search results are seen: what is said about a brand comes less regularly than a publisher
writes.
"""
STRETCH = 1.5
"""How much longer than its longest pause a source's silence must be, when its history is long."""
CAUTION = 20
"""How many pauses' worth of doubt a short history adds to that: 3.5 times the longest of 10 pauses, 1.55 times that of
400.
"""
SOONEST = timedelta(hours=12)
"""No source is silent before this, however busy."""
_PSEUDO = 4.0  # arrivals added to each weekday and hour, so that few of them make no rhythm
_HOUR = timedelta(hours=1)
_WEEK = 168
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


def silent_after(arrivals: Sequence[datetime], *, found: bool = False) -> datetime | None:
    """When a source counts as silent if nothing new comes; None when too little is known to say.

    ``arrivals`` are the hours in which something was published, oldest first (aware UTC); ``found``: only search
    results are seen.
    """
    hours = [(arrival - _MONDAY) // _HOUR for arrival in arrivals]
    if len(hours) <= (ENOUGH_FOUND if found else ENOUGH):
        return None
    rhythm = Rhythm(hours)
    longest = max(rhythm.between(start, end) for start, end in pairwise(hours))
    stretch = STRETCH + CAUTION / (len(hours) - 1)
    stretched = (2 * stretch if found else stretch) * longest
    return max(_MONDAY + rhythm.passed(hours[-1], stretched) * _HOUR, arrivals[-1] + SOONEST)


def usual_pause(arrivals: Sequence[datetime]) -> timedelta | None:
    """The median time between arrivals, for people; None when too little is known to say."""
    if len(arrivals) <= ENOUGH:
        return None
    return timedelta(seconds=median((end - start).total_seconds() for start, end in pairwise(arrivals)))


class Rhythm:
    """How much a source gives in each hour of the week: weekday times hour of the day (UTC), each drawn to the mean."""

    def __init__(self, hours: Sequence[int]) -> None:
        """``hours`` are counted from a Monday; distinct and ascending, at least two."""
        span = hours[-1] - hours[0]
        weekdays = _factors([hour // 24 % 7 for hour in hours], 7)
        of_day = _factors([hour % 24 for hour in hours], 24)
        shape = [weekdays[place // 24] * of_day[place % 24] for place in range(_WEEK)]
        rate = (len(hours) - 1) / span / (sum(shape) / _WEEK)
        self._until = [0.0, *accumulate(rate * part for part in shape)]

    def between(self, start: int, end: int) -> float:
        """How many arrivals are usual between two hours."""
        weeks = end // _WEEK - start // _WEEK  # whole weeks apart, so that the same history a week later rounds alike
        return weeks * self._until[-1] + (self._until[end % _WEEK] - self._until[start % _WEEK])

    def passed(self, start: int, expected: float) -> int:
        """The first hour by which ``expected`` arrivals are usual since ``start``."""
        weeks, rest = divmod(self._until[start % _WEEK] + expected, self._until[-1])
        return (start // _WEEK + int(weeks)) * _WEEK + bisect_left(self._until, rest)


def _factors(places: Sequence[int], size: int) -> list[float]:
    """How much more than the mean each place has, drawn to 1 by a few arrivals as the mean would have them."""
    usual = len(places) / size
    return [(places.count(place) + _PSEUDO) / (usual + _PSEUDO) for place in range(size)]
