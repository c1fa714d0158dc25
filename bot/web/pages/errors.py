"""What a program is told as problem+json, people are told in a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import HeardError
from bot.web.problems import MEDIA_TYPE
from bot.web.rendering import render

PROGRAMS = ("/api/", "/webhooks/", "/healthz", "/metrics")
HEADINGS: Mapping[int, tuple[str, str]] = {
    400: ("That could not be read", ""),
    403: ("Not allowed", ""),
    404: ("There is no such page", "The address may be old, or a letter of it is wrong."),
    405: ("This page cannot be used like that", "Go to it by its link, not by sending something to it."),
    413: ("That is too long", ""),
    421: ("This address is not known here", ""),
    422: ("Something in the form is not as it should be", ""),
    429: ("A moment, please", ""),
    500: ("Something went wrong here", ""),
    503: ("Not just now", "The database is busy or cannot be reached. Try again in a moment; nothing was lost."),
}
"""By status: what heads the page, and what it says; without that, the problem's own words."""
KEPT = ("retry-after", "allow")
"""Headers of the problem that go with the page."""


class ToldInPages:
    """Middleware: a problem that a person's browser meets becomes a page in the shell."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or not _for_people(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def held(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_problem(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")

        await self._app(scope, receive, held)
        if start is not None:
            page = await run_in_threadpool(_page, Request(scope), start, body)
            await page(scope, receive, send)


def _for_people(scope: Scope) -> bool:
    accepted = Headers(scope=scope).get("accept", "")
    return "text/html" in accepted and not scope["path"].startswith(PROGRAMS)


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith(MEDIA_TYPE)


def _page(request: Request, start: Message, body: bytes) -> Response:
    status, problem = int(start["status"]), _read(body)
    heading, detail = HEADINGS.get(status, (HTTPStatus(status).phrase, ""))
    given = Headers(raw=start["headers"])
    kept = {name: given[name] for name in KEPT if name in given}
    values: dict[str, Any] = {"heading": heading, "detail": detail or str(problem.get("detail", "")), "number": status}
    try:
        return render(request, "error.html.j2", status=status, headers=kept, **values)
    except HeardError:  # the database cannot be asked who this is: the page of somebody who is not signed in
        request.state.session = None
        return render(request, "error.html.j2", status=status, headers=kept, **values)


def _read(body: bytes) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(body) if body else {}
    return read
