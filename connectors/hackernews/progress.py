"""The cursor: how far each search has been read, as JSON of bounded size. Times are Unix seconds, whole ones
only where Algolia is asked by them (``until``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from bot.model import Cursor

VERSION = 1


@dataclass(frozen=True, slots=True)
class Trail:
    """One search. ``mark``: all that was made before it was read. ``began`` and ``until``: a walk that is not finished
    set out then and has come down to there.
    """

    mark: float | None = None
    began: float | None = None
    until: int | None = None


@dataclass(slots=True)
class Progress:
    """Every search's trail, and up to when all of them together are covered, but for the seconds in ``lost``."""

    trails: dict[str, Trail] = field(default_factory=dict)
    covered: float | None = None
    lost: set[int] = field(default_factory=set)
    """Seconds after ``covered`` that no search could show whole."""

    @classmethod
    def read(cls, cursor: Cursor | None) -> Progress:
        """What a cursor says; one that another version wrote, or that makes no sense, says nothing."""
        if not cursor or cursor.get("version") != VERSION:
            return cls()
        try:
            trails = {
                str(key): _trail(*(_seconds(value.get(name)) for name in ("mark", "began", "until")))
                for key, value in cursor["trails"].items()
            }
            lost = {int(_seconds(second) or 0) for second in cursor.get("lost", ())}
            return cls(trails, _seconds(cursor.get("covered")), lost)
        except (AttributeError, KeyError, TypeError):
            return cls()

    def keep(self, keys: Iterable[str]) -> None:
        """Forgets searches that are no longer asked, so that the cursor does not grow; new ones begin."""
        self.trails = {key: self.trails.get(key, Trail()) for key in keys}

    def not_after(self, now: float) -> None:
        """Takes back what was noted while the clock ran ahead: nothing was read of the future."""

        def held(time: float | None) -> float | None:
            return None if time is None else min(time, now)

        self.trails = {
            key: _trail(held(trail.mark), held(trail.began), held(trail.until)) for key, trail in self.trails.items()
        }
        self.covered = held(self.covered)

    def write(self) -> Cursor:
        """The cursor."""
        trails = {key: asdict(trail) for key, trail in self.trails.items()}
        return {"version": VERSION, "covered": self.covered, "lost": sorted(self.lost), "trails": trails}


def key_of(search: str, *, comments: bool) -> str:
    """A search's name in the cursor."""
    return hashlib.sha256(f"{comments}\0{search}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _trail(mark: float | None, began: float | None, until: float | None) -> Trail:
    return Trail(mark, began, None if until is None else int(until))


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError("not a time")
    return value
