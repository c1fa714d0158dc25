"""Around every request: bounds its body, answers for bugs, and notes in log and metrics what became of it."""

from __future__ import annotations

import logging
import re
import secrets
import time
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.metrics import Metrics
from bot.web.problems import Problem

MACHINE = "/api/"
"""Where programs call: small bodies, JSON only."""
SHOPS = "/webhooks/"
"""Where shops tell of whole orders."""
SECRET = re.compile("/+(?:f|feeds)/", re.IGNORECASE)
"""Where an address is itself the right to something, also as somebody miscopied it: the log names no more of it."""
MACHINE_BODY, FORM_BODY, SHOP_BODY = 64 * 2**10, 256 * 2**10, 2 * 2**20
"""Bytes of a request's body: of a program's, of a page's form (two megabytes of ``&`` would take seconds to part,
during which the process answers nobody), and of a shop's delivery.
"""
NOSNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store")

log = logging.getLogger("heard.web")


@dataclass(slots=True)
class _Answer:
    status: int = 0


class Guard:
    """Middleware. A log line names method, path, status, milliseconds and caller's address: no query, no header."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, answer, machine = time.perf_counter(), _Answer(), scope["path"].startswith(MACHINE)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                message["headers"] = _with_defaults(message.get("headers", []), machine=machine)
            await send(message)

        try:
            await self._serve(scope, receive, sent, answer, _largest(scope["path"]))
        finally:
            took = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", None) or "none"
            self._metrics.requests.labels(scope["method"], route, str(answer.status)).inc()
            self._metrics.latency.labels(route).observe(took)
            client = scope["client"][0] if scope.get("client") else "-"
            log.info(
                "http method=%s path=%s status=%d ms=%.1f client=%s",
                scope["method"],
                _printable(scope["path"]),
                answer.status,
                round(took * 1000, 1),  # as a field too, where the log is JSON
                client,
            )

    async def _serve(self, scope: Scope, receive: Receive, send: Send, answer: _Answer, limit: int) -> None:
        try:
            problem = _problem_of(scope, limit)
            if problem is not None:
                await problem.response()(scope, receive, send)
                return
            await self._app(scope, _bounded(receive, limit), send)
        except Exception:
            # The border to every handler: a bug is logged in full under a number that the caller is told, and no more.
            incident = secrets.token_hex(6)
            log.exception("bug incident=%s method=%s path=%s", incident, scope["method"], _printable(scope["path"]))
            if answer.status:
                raise  # half an answer is out already: the connection is broken off, so that nobody takes it for whole
            detail = f"Something went wrong here; the log knows it as incident {incident}."
            await Problem(500, detail, more={"incident": incident}).response()(scope, receive, send)


def _largest(path: str) -> int:
    """Bytes that a body sent to this address may have."""
    return MACHINE_BODY if path.startswith(MACHINE) else SHOP_BODY if path.startswith(SHOPS) else FORM_BODY


def _problem_of(scope: Scope, limit: int) -> Problem | None:
    """What the head of a request tells already: too long, or not JSON."""
    headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > limit:
        return _too_long(limit)
    has_body = length.strip(b"0") != b"" or b"transfer-encoding" in headers
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if has_body and scope["path"].startswith(MACHINE) and not (kind == b"application/json" or kind.endswith(b"+json")):
        return Problem(415, "Send the body as application/json.", headers={"Accept": "application/json"})
    return None


def _bounded(receive: Receive, limit: int) -> Receive:
    """The same messages, until more than ``limit`` bytes of body came: a length need not be announced."""
    left = limit

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, _too_long(limit).detail)
        return message

    return bounded


def _too_long(limit: int) -> Problem:
    return Problem(413, f"The body is longer than the {limit // 2**10} kB that are read here.")


def _with_defaults(headers: list[tuple[bytes, bytes]], *, machine: bool) -> list[tuple[bytes, bytes]]:
    """A caller's browser must not guess at the type, and nobody in between keeps what a key was shown for."""
    given = {name.lower() for name, _ in headers}
    wanted = (NOSNIFF, NO_STORE) if machine else (NOSNIFF,)
    return [*headers, *(header for header in wanted if header[0] not in given)]


def _printable(path: str) -> str:
    """The path in one line: no control character of a hostile request moves the log, and what a link gives the right to
    is nobody's who reads it.
    """
    if secret := SECRET.search(path):
        path = path[: secret.end()] + "…"
    return "".join(char if char.isprintable() else "?" for char in path)[:200]
