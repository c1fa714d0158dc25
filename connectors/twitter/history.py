"""Reads an interval of the past, search by search, with a cursor of its own: the live one is neither read nor moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import ValidationError

from bot.model import Cursor, Interval, Page
from connectors.twitter.budget import Budget
from connectors.twitter.cursor import SETTLE, Round, Walk
from connectors.twitter.walk import Walker, page_of


def read_history(
    walker: Walker,
    searches: Mapping[str, tuple[str, tuple[str, ...]]],
    interval: Interval,
    cursor: Cursor | None,
    budget: Budget,
    now: datetime,
) -> Iterator[Page]:
    """Every search's pages of the interval, newest first; the last page says that all of it is covered.

    Goes on where ``cursor`` stands. Raises SourceError kinds.
    """
    until = min(interval.end, now - SETTLE)
    here = _read(cursor)
    waiting = [key for key in searches if key not in here.done]
    waiting.sort(key=lambda key: here.walk is None or key != here.walk.key)
    for key in waiting:
        text, subjects = searches[key]
        walk = here.walk if here.walk is not None and here.walk.key == key else None
        walk = walk or Walk(key=key, began=now, lower=interval.start, start_time=interval.start, until=until)
        for step in walker.steps(text, walk, budget):
            here = Round(done=(*here.done, key)) if step.complete else here.but(walk=step.walk)
            last = step.complete and key == waiting[-1]
            covered = Interval(interval.start, until) if last and interval.start < until else None
            yield page_of(step, here.model_dump(mode="json", exclude_none=True), covered, subjects)


def _read(cursor: Cursor | None) -> Round:
    """Where it stands; from the beginning where the cursor makes no sense."""
    try:
        return Round.model_validate(dict(cursor or {}))
    except ValidationError:
        return Round()
