"""The ledger read as a whole: since a target's first poll, every moment was looked at, missed for a cause, or is
pending.

Pending is what the next poll, which is not overdue, is still to prove. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.listen.polling import unpolled
from bot.model import Gap, GapCause, Interval, TargetState


class Look(StrEnum):
    """What became of a stretch of time."""

    COVERED = "covered"
    MISSED = "missed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time and what became of it; ``cause`` says why it was missed, else None."""

    interval: Interval
    look: Look
    cause: GapCause | None = None


def partition(
    state: TargetState, covered: Sequence[Interval], gaps: Sequence[Gap], window: Interval, now: datetime
) -> tuple[Stretch, ...]:
    """The window from the first poll on, cut into stretches without a hole or an overlap, earliest first.

    ``covered`` and ``gaps`` are the store's for that window (each disjoint; what is covered wins). What has not been
    looked at since the last poll is missed where the cause is known already, though a next poll may yet cover it.
    """
    if state.first_polled is None:
        return ()
    end = min(window.end, now)
    known = [
        *(Stretch(interval, Look.COVERED) for interval in covered),
        *(Stretch(gap.interval, Look.MISSED, gap.cause) for gap in with_growing(state, covered, gaps, window, now)),
    ]
    reached = max(window.start, state.first_polled)
    found: list[Stretch] = []
    for stretch in sorted(known, key=lambda one: one.interval.start):
        start, until = max(stretch.interval.start, reached), min(stretch.interval.end, end)
        if start >= until:
            continue
        if reached < start:
            found.append(Stretch(Interval(reached, start), Look.PENDING))
        found.append(Stretch(Interval(start, until), stretch.look, stretch.cause))
        reached = until
    if reached < end:
        found.append(Stretch(Interval(reached, end), Look.PENDING))
    return tuple(found)


def with_growing(
    state: TargetState, covered: Sequence[Interval], gaps: Sequence[Gap], window: Interval, now: datetime
) -> tuple[Gap, ...]:
    """The window's gaps with those that are still growing, which follow on all that is written down."""
    last = max((*(interval.end for interval in covered), *(gap.interval.end for gap in gaps)), default=window.start)
    found = list(gaps)
    for number, gap in enumerate(unpolled(state, now)):
        # What was pending when the first began is not looked at for the same cause.
        start = max(gap.interval.start, last) if number else max(last, state.first_polled or last)
        end = min(gap.interval.end, window.end)
        if start < end:
            found.append(Gap(Interval(start, end), gap.cause))
    return tuple(found)


def share(stretches: Iterable[Stretch], look: Look) -> float:
    """How much of the stretches has become that, as a share of them all; 0 of none."""
    total = covered = timedelta(0)
    for stretch in stretches:
        length = stretch.interval.end - stretch.interval.start
        total += length
        covered += length if stretch.look is look else timedelta(0)
    return covered / total if total else 0.0


def strip(stretches: Sequence[Stretch], window: Interval, step: timedelta) -> tuple[Look | None, ...]:
    """One mark a step of the window: missed where any of it was missed, else pending, else covered; None before it."""
    marks: list[Look | None] = []
    start = window.start
    while start < window.end:
        end = min(start + step, window.end)
        found = {one.look for one in stretches if one.interval.start < end and one.interval.end > start}
        marks.append(next((look for look in (Look.MISSED, Look.PENDING, Look.COVERED) if look in found), None))
        start = end
    return tuple(marks)
