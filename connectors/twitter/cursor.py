"""Where the reading of X stands, as it is kept between polls.

A *round* reads every search once, newest first, back to where the round before began. The newest id of a search is
adopted only when its walk is complete; until then the walk itself is in the cursor, so that it goes on after any stop.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError

from bot.model import Cursor, Interval
from connectors.twitter.ids import is_id

SETTLE = timedelta(seconds=30)
"""X leaves out posts of the last 30 seconds."""


def _check_id(value: str) -> str:
    if not is_id(value):
        raise ValueError("not an id")
    return value


PostId = Annotated[str, AfterValidator(_check_id)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def but(self, **changes: Any) -> Self:
        """A copy with these values."""
        return self.model_copy(update=changes)


class Mark(_Value):
    """A search with a complete walk: ``[read_from, read_until)`` was read without a hole; ``newest_id`` is X's own."""

    read_from: AwareDatetime
    read_until: AwareDatetime
    newest_id: PostId | None = None


class Walk(_Value):
    """A walk through one search. ``lower`` is the time it goes back to; ``began`` is when its first page was asked.

    ``until`` is where a walk into the past begins; one that reads what is new has none.
    """

    key: str
    began: AwareDatetime
    lower: AwareDatetime
    since_id: PostId | None = None
    start_time: AwareDatetime | None = None
    until: AwareDatetime | None = None
    next_token: str | None = None
    newest_id: PostId | None = None

    @property
    def name(self) -> str:
        """What its requests are written down as.

        A walk into the past has its own name: no other reads again what it left in doubt.
        """
        return self.key if self.until is None else f"{self.key} {self.lower.isoformat()}/{self.until.isoformat()}"


class Round(_Value):
    """A round that is not complete: the searches done, and the walk that is under way."""

    done: tuple[str, ...] = ()
    walk: Walk | None = None


class Position(_Value):
    """The whole cursor: marks by search key, what was said to be covered, and the round that was interrupted."""

    marks: Mapping[str, Mark] = {}
    covered_until: AwareDatetime | None = None
    round: Round | None = None

    @classmethod
    def read(cls, cursor: Cursor | None, keys: Collection[str]) -> Self:
        """The kept position, without a walk of a search that is no longer asked; a new one where it makes no sense."""
        try:
            position = cls.model_validate(dict(cursor or {}))
        except ValidationError:
            return cls()
        under_way = position.round
        if under_way is not None and under_way.walk is not None and under_way.walk.key not in keys:
            return position.but(round=under_way.but(walk=None))
        return position

    def written(self) -> dict[str, Any]:
        """JSON for the store."""
        return self.model_dump(mode="json", exclude_none=True)

    def reached(self, walk: Walk) -> Self:
        """``walk`` is under way."""
        return self.but(round=(self.round or Round()).but(walk=walk))

    def finished(self, walk: Walk) -> Self:
        """``walk`` is complete: its newest id is adopted, its round goes on."""
        before = self.marks.get(walk.key)
        joins = before is not None and before.read_from <= walk.lower <= before.read_until
        mark = Mark(
            read_from=before.read_from if before is not None and joins else walk.lower,
            read_until=walk.began - SETTLE,
            newest_id=walk.newest_id,
        )
        done = (*(self.round or Round()).done, walk.key)
        return self.but(marks={**self.marks, walk.key: mark}, round=Round(done=done))

    def closed(self, keys: Collection[str]) -> tuple[Self, Interval | None]:
        """The position after a complete round, and what it newly proves: the stretch that every search has read."""
        marks = {key: mark for key, mark in self.marks.items() if key in keys}
        after = type(self)(marks=marks, covered_until=self.covered_until)
        if marks.keys() != set(keys):
            return after, None  # a search that was put off has never been read
        start = max((mark.read_from for mark in marks.values()), default=None)
        end = min((mark.read_until for mark in marks.values()), default=None)
        if start is None or end is None:
            return after, None
        if self.covered_until is not None:
            start = max(start, self.covered_until)
        return (after.but(covered_until=end), Interval(start, end)) if start < end else (after, None)
