"""What every answer says to browsers about itself, and the names that this installation answers to."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.origin import host_is_ours, origin_of
from bot.web.problems import Problem
from config.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing from elsewhere, nothing written into a page: not even a script that got into one would run."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # Other sites learn nothing. Our own do: without a referrer browsers say “Origin: null” of our own forms too.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
STATIC = "/static/"
KEPT = {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}
FOR_EVER = "public, max-age=31536000, immutable"
"""For files that are asked for under the hash of their content."""
ASK_AGAIN = "no-cache"
"""For other files: kept, but asked for anew each time whether they changed."""
STRICT_TRANSPORT = "max-age=31536000"


class SafeHeaders:
    """Middleware around everything: refuses names that are not ours (421), adds what an answer did not say itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, settings = HTTPConnection(scope), settings_of(scope)
        secure = (settings.public_url or "").startswith("https:") and origin_of(request, settings).secure
        file = scope["path"].startswith(STATIC)
        kept = FOR_EVER if scope["query_string"].startswith(b"v=") else ASK_AGAIN

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if file and message["status"] in KEPT:
                    headers["cache-control"] = kept
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if secure:
                    headers.setdefault("strict-transport-security", STRICT_TRANSPORT)
            await send(message)

        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or not host_is_ours(hosts[0], settings):
            await _stranger().response()(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)


def settings_of(scope: Scope) -> Settings:
    """The configuration of the application that serves the request."""
    settings: Settings = scope["app"].state.heard.settings
    return settings


def _stranger() -> Problem:
    return Problem(
        421,
        "This address is not known here. If it should be, name it as public_url in [heard] or among the hosts in [web].",
    )
