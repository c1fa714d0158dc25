"""What is said, whether messages come through, what was told, and how listening goes: read by programs.

The texts of posts on X are not given out by machine (the platform's terms); their ids, addresses and scores are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import ConfigError
from bot.model import Mention, ScoredMention, mention_of
from bot.model.access import Scope
from bot.shapes import Shape, digest_shape, mention_shape, standing_shape, state_shape
from bot.web.api.cursor import Cursor, Limit, not_ours, page, read_cursor, write_cursor
from bot.web.api.document import listed
from bot.web.api.fields import Moment, read_moment
from bot.web.api.shapes import DIGESTS, MENTIONS, MESSAGES, STATUS
from bot.web.entry import bearer
from bot.web.problems import Problem
from bot.wiring import App

router = APIRouter(prefix="/api/v1", tags=["reading"], dependencies=[Depends(bearer(Scope.READ))])

Word = Annotated[str | None, Field(min_length=1, max_length=200)]
When = Annotated[Moment | None, Query(description="With its zone, like 2026-11-21T08:00:00Z.")]
Tone = Annotated[str | None, Field(pattern="^(positive|neutral|negative)$")]
WEEK = timedelta(days=7)


class Wanted(BaseModel):
    """Which mentions: all that is said must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Word = None
    source: Word = None
    since: When = None
    until: When = None
    tone: Tone = None
    message: Word = None
    story: Word = None
    search: Annotated[Word, Field(description='All these words; "words in quotes" stand together.')] = None
    limit: Limit = 100
    cursor: Cursor = None


@router.get("/mentions", responses=listed(MENTIONS), summary="What was said, newest first")
def mentions(request: Request, wanted: Annotated[Wanted, Query()]) -> Response:
    """Mentions that count, with their scores. `text`, `title` and quotes of posts on X are null."""
    heard: App = request.app.state.heard
    filters = wanted.model_dump(exclude={"limit", "cursor"})
    with _asked():
        for kind in ("subject", "source", "message"):
            heard.expect(kind, filters[kind])
        found = heard.store.mentions(**filters, limit=wanted.limit + 1, after=_place(wanted.cursor))
        rows = list(heard.learning.as_told(found))
    shown = rows[: wanted.limit]
    last = mention_of(shown[-1]) if len(rows) > wanted.limit else None
    following = write_cursor(last.told_at.isoformat(), last.id) if last else None
    return page([_told(heard, row) for row in shown], following)


@router.get("/messages", responses=listed(MESSAGES), summary="Whether the key messages come through")
def messages(request: Request, since: When = None, until: When = None) -> Response:
    """Each key message over the stretch asked for, the last seven days if none is."""
    heard: App = request.app.state.heard
    end = until or heard.clock.now()
    start = since or end - WEEK
    if start >= end:
        raise Problem(422, "`since` must lie before `until`.")
    broken = heard.telling.series_break(start, end)
    more = {"series_break": broken.text if broken else None}
    shapes = [standing_shape(standing) | more for standing in heard.telling.standings(start, end)]
    for shape in shapes:
        for evidence in shape["evidence"]:
            shown = heard.store.mention(evidence["mention"])
            if shown is None or heard.exporting.terms.is_withheld(mention_of(shown)):
                evidence["quote"] = None
    return page(shapes)


@router.get("/digests", responses=listed(DIGESTS), summary="Digests and their deliveries, newest first")
def digests(request: Request, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """What was told, and how its letters stand; to whom they went is not told here."""
    heard: App = request.app.state.heard
    after = read_cursor(cursor, str)
    rows = heard.store.digests(limit + 1, after=after[0] if after else None)
    shown = rows[:limit]
    following = write_cursor(shown[-1][0].id) if len(rows) > limit else None
    shapes = [digest_shape(*row) for row in shown]
    for shape in shapes:
        for delivery in shape["deliveries"]:
            del delivery["recipient"]
    return page(shapes, following)


@router.get("/status", responses=listed(STATUS), summary="How listening is going")
def status(request: Request) -> Response:
    """Each polled target's state, with coverage and gaps of the last 24 hours."""
    heard: App = request.app.state.heard
    told = heard.listening.coverage()
    rows = [state_shape(state, coverage) for state, coverage in heard.listening.states()]
    return page(rows, coverage={"text": told.text, "share": told.share})


def _told(heard: App, row: ScoredMention | Mention) -> Shape:
    shape = mention_shape(row)
    if heard.exporting.terms.is_withheld(mention_of(row)):
        shape |= {"title": None, "text": None}
        for alignment in shape["alignments"]:
            alignment["quote"] = None
    return shape


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    place = read_cursor(cursor, str, str)
    if place is None:
        return None
    moment = read_moment(place[0])
    if moment is None:
        raise not_ours()
    return moment, place[1]


@contextmanager
def _asked() -> Iterator[None]:
    """What is wrong with a filter is the caller's to mend."""
    try:
        yield
    except ConfigError as error:
        raise Problem(422, str(error)) from error
