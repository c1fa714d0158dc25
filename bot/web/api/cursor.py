"""Cursors of lists: opaque to callers, checked when they come back."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse

from bot.foreign import read_foreign_json
from bot.web.problems import Problem

Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(max_length=400, description="`next` of the page before; the first page when left out.")
]
_MOST = 2**63


def write_cursor(*place: str | int) -> str:
    """A place in a list, as it goes out."""
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type) -> list[Any] | None:
    """The place that a cursor names, of these types; None without a cursor. Raises Problem 422 for any other text."""
    if cursor is None:
        return None
    try:
        place = read_foreign_json(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except ValueError:
        raise not_ours() from None
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds) or not all(map(_is_kept, place)):
        raise not_ours()
    return place


def _is_kept(part: str | int) -> bool:
    """Whether a database could hold it: no half of a character, no number beyond 64 bits."""
    if isinstance(part, int):
        return -_MOST <= part < _MOST
    try:
        part.encode()
    except UnicodeEncodeError:
        return False
    return True


def not_ours() -> Problem:
    """What a cursor is answered with that no page gave."""
    return Problem(422, "This cursor is none that a page of this list gave as `next`.")


def page(items: Sequence[Any], after: str | None = None, **more: Any) -> JSONResponse:
    """A page of a list."""
    return JSONResponse({"items": list(items), "next": after, **more})
