"""The compliance statement: what is held, what was erased, why, and how soon; counted from the audit log. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.keeping import Cause, Erasure, Held, HeldOf


@dataclass(frozen=True, slots=True)
class Lags:
    """How long it took, over items: from the notice (of a setting: from when its time was up) to the erasure."""

    median: timedelta
    p95: timedelta
    worst: timedelta


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of one source for one cause in the time of the statement."""

    source: str
    cause: Cause
    what: Held
    items: int
    mentions: int
    digests: int
    lags: Lags


@dataclass(frozen=True, slots=True)
class Statement:
    """A dated statement. ``lines`` and ``seal`` say which state of the audit log it was counted from."""

    at: datetime
    since: datetime | None
    until: datetime | None
    held: tuple[HeldOf, ...]
    erased: tuple[Erased, ...]
    overdue: int
    settings: tuple[str, ...]
    lines: int
    seal: str
    wrong: str | None


def within(lines: Iterable[Erasure], since: datetime | None, until: datetime | None) -> tuple[Erasure, ...]:
    """The lines of ``[since, until)`` by the time of the erasure."""
    return tuple(
        one for one in lines if (since is None or one.erased_at >= since) and (until is None or one.erased_at < until)
    )


def erased_by(lines: Sequence[Erasure]) -> tuple[Erased, ...]:
    """Counts by source, cause and kind."""
    groups: dict[tuple[str, Cause, Held], list[Erasure]] = {}
    for one in lines:
        groups.setdefault((one.source, one.cause, one.what), []).append(one)
    return tuple(
        Erased(
            source=source,
            cause=cause,
            what=what,
            items=sum(one.forgotten.items for one in those),
            mentions=sum(one.forgotten.mentions for one in those),
            digests=sum(one.forgotten.digests for one in those),
            lags=_lags(those),
        )
        for (source, cause, what), those in sorted(groups.items())
    )


def _lags(lines: Sequence[Erasure]) -> Lags:
    """Weighted by items: a line stands for all of its own."""
    ordered = sorted((one.lag, max(1, one.forgotten.items)) for one in lines)
    return Lags(_at(ordered, 0.5), _at(ordered, 0.95), ordered[-1][0])


def _at(ordered: Sequence[tuple[timedelta, int]], share: float) -> timedelta:
    """The nearest-rank quantile."""
    rank, passed = math.ceil(share * sum(weight for _, weight in ordered)), 0
    for lag, weight in ordered:
        passed += weight
        if passed >= rank:
            return lag
    return ordered[-1][0]
