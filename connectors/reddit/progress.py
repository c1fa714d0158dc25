"""The cursor of the API mode: how far each listing has been read, as JSON of bounded size.

Times are Unix seconds, as Reddit gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.model import Cursor
from connectors.reddit.normalise import fullname

VERSION = 1


@dataclass(frozen=True, slots=True)
class Step:
    """A walk that is not finished: it goes on after ``after``.

    ``began``: when it set out; ``top``: the newest time that it saw; ``oldest``: where it has come to; ``seen``: how
    many things it has passed.
    """

    after: str
    began: float
    top: float | None
    oldest: float | None
    seen: int


@dataclass(frozen=True, slots=True)
class Trail:
    """One listing. ``mark``: all that is older was read; ``through``: when the last finished walk set out."""

    mark: float | None = None
    through: float | None = None
    step: Step | None = None


@dataclass(slots=True)
class Progress:
    """Every listing's trail, and up to when all of them together are covered."""

    trails: dict[str, Trail] = field(default_factory=dict)
    covered: float | None = None

    @classmethod
    def read(cls, cursor: Cursor | None) -> Progress:
        """What a cursor says; one that another version or mode wrote says nothing."""
        if not cursor or cursor.get("version") != VERSION or cursor.get("mode") != "oauth":
            return cls()
        try:
            trails = {str(key): _trail(value) for key, value in cursor["trails"].items()}
            return cls(trails, _seconds(cursor.get("covered")))
        except (AttributeError, KeyError, TypeError, ValueError):
            return cls()

    def keep(self, keys: Iterable[str]) -> None:
        """Forgets listings that are no longer read, so that the cursor does not grow."""
        wanted = set(keys)
        self.trails = {key: trail for key, trail in self.trails.items() if key in wanted}

    def trail(self, key: str) -> Trail:
        """The trail of a listing; an empty one for a new listing."""
        return self.trails.get(key, Trail())

    def set_out(self, key: str, step: Step | None) -> None:
        """Notes where a walk stands (None: it starts over)."""
        self.trails[key] = replace(self.trail(key), step=step)

    def write(self) -> Cursor:
        """The cursor."""
        trails = {key: asdict(trail) for key, trail in self.trails.items()}
        return {"version": VERSION, "mode": "oauth", "covered": self.covered, "trails": trails}


def _trail(value: Mapping[str, Any]) -> Trail:
    step = value.get("step")
    return Trail(_seconds(value.get("mark")), _seconds(value.get("through")), _step(step) if step is not None else None)


def _step(value: Mapping[str, Any]) -> Step:
    after = fullname(value["after"])
    if after is None:
        raise ValueError("not a fullname")
    top, oldest = _seconds(value.get("top")), _seconds(value.get("oldest"))
    return Step(after, float(value["began"]), top, oldest, int(value["seen"]))


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a time")
    return float(value)
