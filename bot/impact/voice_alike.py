"""Whether subjects were looked for alike: at which sources their stories may be held against each other, and why not.

What a source gives is matched here for all subjects at once, so that they are covered alike by nature. What breaks that
are a source that is asked for some of them only, a platform that cannot be asked for all that one query means,
companions that one subject needs and another does not, and a subject that came later than the others. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model import Interval, Subject
from bot.phrases import joined

SETTLING = timedelta(weeks=1)
"""How much later than another a subject may be found for the first time, of those that are looked for since one day."""
STEADY = 0.9
"""The least part of a window that a source covered, for its stories to be held against those of another window."""

UNLOOKED = "it was not looked at in this time"
"""Why a source that saw nothing of a window is left out of it."""


@dataclass(frozen=True, slots=True)
class SourceLook:
    """How one source looked at a window. ``covered`` are disjoint stretches in order, ``parts`` those of each of its
    feeds or searches where it has several; ``names`` are subjects that its options speak of, ``lost`` those of whose
    query it can only be asked a part, ``strict`` those that need a companion there. ``late`` are subjects that it reads
    less often while money is short, as it was.
    """

    id: str
    covered: tuple[Interval, ...]
    names: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    strict: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    parts: tuple[tuple[Interval, ...], ...] = ()
    name: str = ""

    @property
    def called(self) -> str:
        """What people call it."""
        return self.name or self.id

    def share_of(self, window: Interval) -> float:
        """The part of ``window`` that was covered, in [0, 1]; each of its parts counts alike, as in digests."""
        parts = self.parts or (self.covered,)
        seconds = sum(
            max(0.0, (min(one.end, window.end) - max(one.start, window.start)).total_seconds())
            for part in parts
            for one in part
        )
        return seconds / len(parts) / max((window.end - window.start).total_seconds(), 1.0)

    def saw(self, moment: datetime) -> bool:
        """Whether that moment was looked at."""
        last = bisect_right(self.covered, moment, key=_start) - 1
        return last >= 0 and moment < self.covered[last].end


def _start(stretch: Interval) -> datetime:
    return stretch.start


@dataclass(frozen=True, slots=True)
class Ground:
    """Where subjects can be held against each other: sources that are alike, those left out with the reason, and what
    cannot be mended by leaving a source out.
    """

    sources: tuple[SourceLook, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    unlike: tuple[str, ...] = ()


def common_ground(
    subjects: Sequence[Subject],
    looks: Sequence[SourceLook],
    window: Interval,
    *,
    first_found: Mapping[str, datetime],
    limits: Mapping[str, frozenset[str]],
) -> Ground:
    """What of ``looks`` treats all ``subjects`` alike in ``window``.

    ``first_found`` is when each was first collected, ``limits`` the places and languages that each query asks for only.
    """
    names = {subject.id: subject.name for subject in subjects}
    reasons = {look.id: _unlike_at(look, names, window) for look in looks}
    sources = tuple(look for look in looks if not reasons[look.id])
    left_out = {source: reason for source, reason in reasons.items() if reason}
    unlike = (
        *_began_later(names, first_found, window),
        *_limited(names, limits),
        *(reason for look in sources if (reason := _read_later(look, names))),
    )
    return Ground(sources, left_out, unlike)


def _unlike_at(look: SourceLook, names: Mapping[str, str], window: Interval) -> str:
    """Why a source does not treat all alike; empty where it does."""
    if not look.share_of(window):
        return UNLOOKED
    for chosen, why in (
        (look.names, "it is set up to look for {} only"),
        (look.lost, "it cannot be asked for all that the query of {} means"),
        (look.strict, "there {} counts only beside a companion word"),
    ):
        if some := _some(chosen, names):
            return why.format(some)
    return ""


def _some(chosen: Collection[str], names: Mapping[str, str]) -> str:
    """The names of those chosen, where it is some and not all."""
    found = [name for subject, name in names.items() if subject in chosen]
    return joined(found) if 0 < len(found) < len(names) else ""


def _began_later(names: Mapping[str, str], first_found: Mapping[str, datetime], window: Interval) -> Iterator[str]:
    """A subject that was first found within the window, long after another, may not have been looked for before."""
    known = [first_found[one] for one in names if one in first_found]
    since = min(known, default=window.end) + SETTLING
    for subject, name in names.items():
        found = first_found.get(subject)
        if max(since, window.start) <= (found or window.end):
            when = "was never found yet" if found is None else f"was first found on {found:%d %B %Y}"
            yield f"{name} {when}; whether it was looked for before, nobody can tell"


def _limited(names: Mapping[str, str], limits: Mapping[str, frozenset[str]]) -> Iterator[str]:
    asked = {subject: limits.get(subject, frozenset()) for subject in names}
    if len(set(asked.values())) > 1:
        said = [f"that of {names[subject]} to {joined(sorted(limit))}" for subject, limit in asked.items() if limit]
        yield f"the queries are limited differently: {joined(said)}"


def _read_later(look: SourceLook, names: Mapping[str, str]) -> str:
    if some := _some(look.late, names):
        return f"for want of money {some} was read once a day only at {look.called}, so that its last stories may be missing"
    return ""
