"""Which notices are due: one when a source breaks and one when it is well again, however it flaps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.model import Incident, Notice, NoticeKind, State

FAILURES = 3
"""A source that fails is told of after so many failures in a row …"""
FAILING = timedelta(hours=1)
"""… or when it has failed for so long; what needs a person is told at once."""
GATHER = timedelta(minutes=3)
"""How long a notice waits for others of the same source, so that one tells of all."""
TOGETHER = timedelta(minutes=10)
"""Feeds of one source that broke within so long of each other have one trouble."""
BETWEEN = timedelta(hours=1)
"""The least time between two notices that feeds of one source broke."""
SETTLE = timedelta(minutes=15)
"""How long a source must be well before that is told; four times as long after each relapse, at most a day."""
SETTLE_MOST = timedelta(days=1)
LINGER = timedelta(days=1)
"""How long feeds that are well again wait for those that broke with them."""
OUT_OF_DATE = timedelta(minutes=15)
"""A target whose poll is later than this says nothing of the present: Heard has only just come back."""


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that is to be made; with ``joins``, no new one: its incidents belong to a notice that went out."""

    kind: NoticeKind
    source: str
    incidents: tuple[Incident, ...]
    joins: str | None = None


def due_notices(incidents: Sequence[Incident], notices: Iterable[Notice], now: datetime) -> tuple[Due, ...]:
    """What is to be told now. ``incidents`` are all whose end was not told; ``notices`` the latest ones."""
    by_source: dict[str, list[Incident]] = {}
    for incident in incidents:
        by_source.setdefault(incident.target.source, []).append(incident)
    last = {
        notice.source: notice.created_at
        for notice in sorted(notices, key=lambda notice: notice.created_at)
        if notice.kind is NoticeKind.BROKE
    }
    found: list[Due] = []
    for source, those in by_source.items():
        found += _broken(source, those, last.get(source), now)
        found += _recovered(source, those, now)
    return tuple(found)


def _broken(source: str, incidents: Sequence[Incident], last: datetime | None, now: datetime) -> list[Due]:
    untold = [one for one in incidents if one.told is None and one.present.is_broken and not _out_of_date(one, now)]
    due = [one for one in untold if _is_due(one, now)]
    told = {_host(one): one.told for one in incidents if one.told is not None and one.target.feed}
    known: dict[str, list[Incident]] = {}
    for one in due:
        if (notice := told.get(_host(one))) is not None:
            known.setdefault(notice, []).append(one)
    joining = [Due(NoticeKind.BROKE, source, tuple(those), notice) for notice, those in known.items()]
    fresh = [one for one in due if _host(one) not in told or not one.target.feed]
    if not fresh or _is_too_soon(fresh, last, now):
        return joining
    return [*joining, Due(NoticeKind.BROKE, source, tuple(one for one in untold if _belongs(one, fresh)))]


def _is_due(incident: Incident, now: datetime) -> bool:
    """A fault that may pass has time to; everything else is told at once. The present state counts."""
    if incident.present is not State.FAILING:
        return True
    return incident.failures >= FAILURES or now - incident.began >= FAILING


def _out_of_date(incident: Incident, now: datetime) -> bool:
    coming = incident.next_poll_at
    return coming is not None and coming + OUT_OF_DATE < now


def _is_too_soon(due: Sequence[Incident], last: datetime | None, now: datetime) -> bool:
    """Feeds are waited for; a source that is one target has none to wait for."""
    if not any(one.target.feed for one in due):
        return False
    gathering = timedelta(0) <= now - min(one.began for one in due) < GATHER
    return gathering or (last is not None and timedelta(0) <= now - last < BETWEEN)


def _belongs(incident: Incident, due: Sequence[Incident]) -> bool:
    """Whether it is due, or of the same trouble as one that is: at its host, or broken at the same time."""
    return any(
        incident is one or _host(incident) == _host(one) or abs(incident.began - one.began) <= TOGETHER for one in due
    )


def _recovered(source: str, incidents: Sequence[Incident], now: datetime) -> list[Due]:
    told: dict[str, list[Incident]] = {}
    for one in incidents:
        if one.told is not None:
            told.setdefault(one.told, []).append(one)
    due = [one for those in told.values() for one in _over(those, now)]
    return [Due(NoticeKind.RECOVERED, source, tuple(due))] if due else []


def _over(incidents: Sequence[Incident], now: datetime) -> list[Incident]:
    """Those of one notice that have been well for long enough: all together, or without those that stay broken."""
    well = [one for one in incidents if one.well_since is not None and now - one.well_since >= settle(one)]
    waited = [one for one in well if one.well_since is not None and now - one.well_since >= LINGER]
    return well if len(well) == len(incidents) or waited else []


def settle(incident: Incident) -> timedelta:
    """How long it must be well before that is told: the longer, the more often it came back."""
    return min(SETTLE * int(4 ** min(incident.relapses, 10)), SETTLE_MOST)


def _host(incident: Incident) -> str:
    return urlsplit(incident.target.feed).hostname or incident.target.feed
