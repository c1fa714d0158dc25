"""One search's walk: newest first, back to where the walk before began, with a way on when X refuses the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import AccessDenied, BadResponse, SourceError
from bot.model import Bill, Cost, Cursor, Gap, GapCause, Interval, Item, Page
from bot.ports import Clock
from connectors.twitter.api import SearchApi
from connectors.twitter.budget import Budget
from connectors.twitter.cursor import Position, Walk
from connectors.twitter.errors import RefusedParameter
from connectors.twitter.ids import id_at, is_id
from connectors.twitter.normalise import items_of, posts_of
from connectors.twitter.options import TwitterOptions

REACH = timedelta(days=7) - timedelta(minutes=5)
"""How far back recent search goes, with a margin for the request's own time."""
_TOKENS = {"next_token", "pagination_token"}
_STARTS = {"since_id", "start_time"}


@dataclass(frozen=True, slots=True)
class Step:
    """A page of a walk, and the walk as it is after it."""

    walk: Walk
    complete: bool
    items: tuple[Item, ...]
    cost: Cost
    gaps: tuple[Gap, ...]
    bill: Bill | None
    settles: tuple[str, ...]


def page_of(step: Step, cursor: Cursor, covered: Interval | None, subjects: tuple[str, ...]) -> Page:
    """A step of a walk as the page that is saved."""
    return Page(
        items=step.items,
        cursor=cursor,
        covered=covered,
        gaps=step.gaps,
        cost=step.cost,
        bill=step.bill,
        subjects=subjects,
        settles=step.settles,
    )


class Walker:
    """Starts walks and takes their steps."""

    def __init__(self, api: SearchApi, options: TwitterOptions, clock: Clock) -> None:
        self._api = api
        self._options = options
        self._clock = clock

    def start(self, key: str, position: Position) -> Walk:
        """A new walk: from the search's own mark less the overlap, else as far back as a first poll goes.

        A search whose words were changed goes on from where the others stand, where that is further back.
        """
        now = self._clock.now()
        mark = position.marks.get(key)
        if mark is None:
            stands = [other.read_until - self._options.reread for other in position.marks.values()]
            lower = max(min([now - self._options.look_back, *stands]), now - REACH)
            return Walk(key=key, began=now, lower=lower, start_time=lower)
        lower = mark.read_until - self._options.reread
        # X's own newest id, where it is older, makes up for a clock that runs ahead of X's
        since_id = min((found for found in (id_at(lower), mark.newest_id) if found), key=int)
        return Walk(key=key, began=now, lower=lower, since_id=since_id, newest_id=mark.newest_id)

    def steps(self, text: str, walk: Walk, budget: Budget) -> Iterator[Step]:
        """Page by page until there is no next one. Raises SourceError kinds."""
        gaps: tuple[Gap, ...] = ()
        tokens: set[str] = set()
        refused_before: set[str] = set()
        while True:
            now = self._clock.now()
            size = budget.page_size(now)
            budget.set_aside(size, walk.name)
            try:
                body = self._api.search(_params(text, walk, size), now, authors=budget.authors)
            except RefusedParameter as refused:
                budget.give_back()
                if refused.names & refused_before:
                    raise BadResponse(f"{refused}; asked in another way, X refused it again") from refused
                refused_before |= refused.names
                walk, lost = _other_way(walk, refused, now)
                gaps = (*gaps, *lost)
                tokens.clear()
                continue
            except SourceError:
                if not self._api.billable:
                    budget.give_back()
                raise
            token = _next_token(body, tokens)
            walk = walk.but(next_token=token, newest_id=_newest(body, walk.newest_id))
            cost, bill = budget.spend(body, now, self._clock.now())
            settles = budget.settled(walk.name) if token is None else ()
            yield Step(walk, token is None, _items(body, now), cost, gaps, bill, settles)
            if token is None:
                return
            tokens.add(token)
            gaps = ()


def _params(text: str, walk: Walk, size: int) -> dict[str, str | int]:
    params: dict[str, str | int] = {"query": text, "max_results": size}
    if walk.since_id is not None:
        params["since_id"] = walk.since_id
    elif walk.start_time is not None:
        params["start_time"] = written(walk.start_time)
    if walk.until is not None:
        params["end_time"] = written(walk.until)
    if walk.next_token is not None:
        params["next_token"] = walk.next_token
    return params


def written(moment: datetime) -> str:
    """A time as X takes it: RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _other_way(walk: Walk, refused: RefusedParameter, now: datetime) -> tuple[Walk, tuple[Gap, ...]]:
    """The walk from its beginning when its page token is refused; from as far back as X goes when its start is.

    Raises AccessDenied when it is something else that X refuses: asking again will not help.
    """
    afresh = walk.but(began=now, next_token=None)
    if refused.names & _TOKENS and walk.next_token is not None:
        return afresh, ()
    earliest = now - REACH
    if refused.names & _STARTS and (walk.since_id is not None or walk.lower < earliest):
        lower = max(walk.lower, earliest)
        lost = (Gap(Interval(walk.lower, lower), GapCause.STALE_CURSOR),) if walk.lower < lower else ()
        return afresh.but(since_id=None, start_time=lower, lower=lower, newest_id=None), lost
    raise AccessDenied(str(refused)) from refused


def _next_token(body: Mapping[str, Any], seen: set[str]) -> str | None:
    meta = body.get("meta")
    token = meta.get("next_token") if isinstance(meta, dict) else None
    if token is None or token == "":
        return None
    if not isinstance(token, str) or token in seen:
        raise BadResponse("X's page token makes no sense or leads in a circle", sample=str(token))
    return token


def _newest(body: Mapping[str, Any], before: str | None) -> str | None:
    """The highest id so far: X answers newest first, so it is the first page's, but nothing hangs on that."""
    meta = body.get("meta")
    named = meta.get("newest_id") if isinstance(meta, dict) else None
    found = [before, named, *(post.get("id") for post in posts_of(body))]
    return max((each for each in found if isinstance(each, str) and is_id(each)), key=int, default=None)


def _items(body: Mapping[str, Any], now: datetime) -> tuple[Item, ...]:
    """The page's items; raises BadResponse when there are posts and not one makes sense."""
    items = items_of(body, now)
    if body.get("data") and not items:
        raise BadResponse("none of the posts in X's answer could be read", sample=str(body.get("data")))
    return items
