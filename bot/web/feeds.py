"""The feeds of digests, for feed readers: whoever knows the address reads, and nobody else learns that there is one."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response

from bot.web.entry import heard_of
from bot.web.problems import Problem

router = APIRouter(include_in_schema=False)

MEDIA_TYPE = "application/rss+xml; charset=utf-8"
LONGEST = 100


@router.get("/feeds/{token}.xml")
def feed(request: Request, token: str) -> Response:
    """A report's newest digests as RSS; 304 to whoever has them."""
    feeds = heard_of(request).publishing_feed
    report = feeds.report_at(token) if len(token) <= LONGEST else None
    if report is None:
        raise Problem(
            404, "There is no feed at this address. It may have been renewed: heard digest feed shows the new one."
        )
    document = feeds.document(report, token)
    tag = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache", "x-robots-tag": "noindex, nofollow, noarchive"}
    if tag in _known(request):
        return Response(status_code=304, headers=headers)
    return Response(document, media_type=MEDIA_TYPE, headers=headers)


def _known(request: Request) -> set[str]:
    """The versions that a reader has already, weak or strong: for bytes that are whole they are the same."""
    given = request.headers.get("if-none-match", "")
    return {tag.strip().removeprefix("W/") for tag in given.split(",")}
