"""Series over time as lifts read them: local days or weeks, unknown where nobody looked. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
MOST = 1e15
"""The largest figure that is taken for a count."""


@dataclass(frozen=True, slots=True)
class Series:
    """What was counted on consecutive local days (``step`` 1) or in consecutive weeks (7), from ``first`` on.

    ``name`` says what it is ("stories about Velvet Crumb"), ``unit`` what one is of many ("stories"). A value is None
    where it is unknown: the day was not covered, or nobody brought a figure. Raises ValueError for what is no count.
    """

    id: str
    name: str
    unit: str
    first: date
    values: tuple[float | None, ...]
    step: int = 1

    def __post_init__(self) -> None:
        strange = next((value for value in self.values if value is not None and not 0 <= value <= MOST), None)
        if strange is not None:
            raise ValueError(f"{self.name}: {strange:g} is no count that can grow by a part of itself")

    @property
    def end(self) -> date:
        """The day after its last."""
        return self.first + len(self.values) * self.step * DAY

    def span(self, start: date, end: date) -> tuple[float | None, ...]:
        """Its values of ``[start, end)``, None beyond what it holds; both lie on its grid."""
        offset, length = (start - self.first).days // self.step, (end - start).days // self.step
        return tuple(self.values[at] if 0 <= at < len(self.values) else None for at in range(offset, offset + length))

    def week(self, start: date) -> float | None:
        """The sum of the seven days from ``start``, which lies on its grid; None where one of them is unknown."""
        days = self.span(start, start + WEEK)
        known = [value for value in days if value is not None]
        return sum(known) if len(known) == len(days) else None


def daily(
    names: tuple[str, str, str], days: Iterable[date], first: date, end: date, covered: Callable[[date], bool]
) -> Series:
    """A series (id, name, unit) that counts how often each day of ``[first, end)`` occurs, where it was covered."""
    counts: dict[date, float] = {}
    for day in days:
        counts[day] = counts.get(day, 0.0) + 1
    span = [first + n * DAY for n in range((end - first).days)]
    return Series(*names, first, tuple(counts.get(day, 0.0) if covered(day) else None for day in span))


def from_points(names: tuple[str, str, str], points: Mapping[tuple[date, date], float | None]) -> Series | None:
    """A series (id, name, unit) of figures by window ``[start, end)``; None unless all are of a day, or all of a week
    on the same weekday. Raises ValueError for what is no count.
    """
    lengths = {(end - start).days for start, end in points}
    step = lengths.pop() if len(lengths) == 1 else 0
    if step not in {1, 7}:
        return None
    by_start = {start: value for (start, _), value in points.items()}
    first, last = min(by_start), max(by_start)
    if any((start - first).days % step for start in by_start):
        return None
    length = (last - first).days // step + 1
    return Series(*names, first, tuple(by_start.get(first + n * step * DAY) for n in range(length)), step)


@dataclass(frozen=True, slots=True)
class Week:
    """A full week from the local day ``start``: the series' sum and, if ``paired``, the control's; None: unknown."""

    start: date
    value: float | None
    control: float | None = None
    paired: bool = True

    @property
    def known(self) -> bool:
        """Whether all was covered that is compared."""
        return self.value is not None and (self.control is not None or not self.paired)


def week_starts(series: Sequence[Series], start: date, before: int, after: int) -> tuple[list[date], list[date]]:
    """The first days of so many full weeks before ``start`` and from it on.

    Days are put into weeks from ``start`` on, so that none is mixed. Weeks that come as they are keep their bounds, and
    the one in which ``start`` lies is left out.
    """
    weekly = next((one for one in series if one.step > 1), None)
    mixed = (start - weekly.first).days % weekly.step if weekly else 0
    last, first = start - mixed * DAY, start + (-mixed % 7) * DAY
    return [last - n * WEEK for n in range(before, 0, -1)], [first + n * WEEK for n in range(after)]


def weeks_of(starts: Iterable[date], series: Series, control: Series | None) -> tuple[Week, ...]:
    """The weeks that begin on these days."""
    if control is None:
        return tuple(Week(start, series.week(start), paired=False) for start in starts)
    return tuple(Week(start, series.week(start), control.week(start)) for start in starts)
