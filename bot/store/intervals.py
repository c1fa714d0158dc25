"""Arithmetic of half-open intervals: what is covered, what is missing. Contains no I/O and no clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.model import Interval


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same times as disjoint intervals, earliest first; those that touch become one, empty ones vanish."""
    merged: list[Interval] = []
    for one in sorted((i for i in intervals if i.start < i.end), key=lambda i: i.start):
        if merged and one.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, one.end))
        else:
            merged.append(one)
    return tuple(merged)


def subtract(whole: Interval, holes: Iterable[Interval]) -> tuple[Interval, ...]:
    """What is left of ``whole`` without ``holes``, earliest first."""
    left: list[Interval] = []
    start = whole.start
    for hole in union(holes):
        if hole.end <= start:
            continue
        if hole.start >= whole.end:
            break
        if start < hole.start:
            left.append(Interval(start, hole.start))
        start = hole.end
    if start < whole.end:
        left.append(Interval(start, whole.end))
    return tuple(left)


def clip(one: Interval, since: datetime, until: datetime) -> Interval:
    """The part of an interval between two times that it touches."""
    return Interval(max(one.start, since), min(one.end, until))
