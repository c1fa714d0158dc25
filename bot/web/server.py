"""Serving the application: the socket, the bounds on what comes in, and ending well.

The socket is bound before anything else begins, so that a port that is taken is one clear line. Several processes may
share one listening socket; the system gives each connection to one of them.
"""

from __future__ import annotations

import logging
import signal
import socket
import time
from asyncio import TimerHandle, Transport
from collections.abc import Callable
from ipaddress import ip_address
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from bot.errors import ConfigError, HeardError, Overtaken
from bot.web.app import create_app
from bot.wiring import App
from config.settings import Settings

CONNECTIONS = 4_000
"""Connections at the same time that a process serves; more are told to come again (503)."""
WAITING = 2_048
"""Connections that may wait to be taken up."""
IDLE_SECONDS, GRACE_SECONDS = 15, 7
"""How long an idle connection is kept, and how long requests in hand may take to end when the server stops."""
SPARE_SECONDS = 1
"""What the server itself may take beyond that."""
REQUEST_SECONDS = 60
"""How long a caller may take to send a request, from its first byte (or the connection's beginning) to its last."""
LINGER_SECONDS = 0.5
"""How long a connection without a request is kept when the server stops: its caller may be sending one at that
moment.
"""
HEAD = 32 * 2**10
"""Bytes that a request's head (address and headers) may have."""

log = logging.getLogger("heard.web")


class BoundedRequest(HttpToolsProtocol):
    """uvicorn's own protocol, which by itself would take a head of any length, and wait for a request for ever."""

    seconds: float = REQUEST_SECONDS
    _head = 0
    _deadline: TimerHandle | None = None
    _in_request = False
    _is_ending = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Somebody is there, who may say nothing."""
        super().connection_made(transport)
        self._expect_end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        self._expect_nothing()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head = 0
        self._in_request = True
        self._expect_end()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address came."""
        self._add(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header came."""
        self._add(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Who asks is known; where the server stops, the answer says that it is the last on this connection."""
        super().on_headers_complete()
        if self._is_ending:
            self.shutdown()

    def on_message_complete(self) -> None:
        """All of the request is here."""
        self._in_request = False
        self._expect_nothing()
        super().on_message_complete()

    def shutdown(self) -> None:
        """The server stops. A request on its way is answered yet; uvicorn would close the connection under it."""
        self._is_ending = True
        if self._is_answering:
            super().shutdown()  # the answer says that it is the last
        else:
            self.loop.call_later(LINGER_SECONDS, self._end_idle)

    @property
    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request, whatever uvicorn's types say
        return cycle is not None and not cycle.response_complete

    def _end_idle(self) -> None:
        if not self._in_request and not self._is_answering:
            self.transport.close()

    def _add(self, size: int) -> None:
        self._head += size
        if self._head > HEAD:
            raise ValueError("the head of this request is too long")  # the parser gives it on as a broken request: 400

    def _expect_end(self) -> None:
        self._expect_nothing()
        self._deadline = self.loop.call_later(self.seconds, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def bind(settings: Settings) -> socket.socket:
    """The listening socket of ``[web] listen``. Raises ConfigError when it cannot be had."""
    host, _, port = settings.web.listen.rpartition(":")
    name = host.strip("[]")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(name, int(port), type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(f"[web] listen = '{settings.web.listen}': {error.strerror or error}") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(WAITING)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"[web] listen = '{settings.web.listen}': {error.strerror}. Another program may hold the port "
            f"('ss -ltnp' shows which). Name another port there, or run without pages and API: heard run --no-web"
        ) from error
    listening.set_inheritable(True)
    return listening


def address_of(listening: socket.socket) -> str:
    """Where to reach it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def warn_in_the_open(settings: Settings) -> None:
    """Says in the log when passwords and keys would travel in plain text over a network."""
    host = settings.web.listen.rpartition(":")[0].strip("[]")
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local and urlsplit(settings.public_url or "").scheme != "https":
        log.warning(
            "[web] listen = %s can be reached from other machines, and [heard] public_url is not https: "
            "keys and passwords would travel in plain text. Put a proxy with TLS in front (docs/operations.md).",
            settings.web.listen,
        )


def serve(heard: App, listening: socket.socket, reread: Callable[[App], App]) -> Overtaken | None:
    """Serves in this process until SIGTERM or SIGINT; requests in hand are finished. SIGHUP reads the configuration
    anew by ``reread``, which raises HeardError where it is wrong: then the one before holds.

    Ends by itself, and returns why, when the database is not the one any more that it opened.
    """
    announce(heard.settings, listening)
    app = create_app(heard)

    def renew() -> None:
        try:
            hand_over(app, reread(app.state.heard))
            log.info("configuration reloaded config=%s", heard.settings.path)
        except (HeardError, OSError) as error:
            said = "; ".join(str(error).splitlines())
            log.error("configuration not reloaded, going on with the one before: %s", said)  # noqa: TRY400 the cause is named

    # Not in the handler, which interrupts the loop that answers requests.
    signal.signal(signal.SIGHUP, lambda _number, _frame: Thread(target=renew, name="reload", daemon=True).start())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # one that came during the start comes now
    overtaken = _serve_own(app, heard, listening)
    log.info("web stopped")
    return overtaken


def hand_over(app: FastAPI, heard: App) -> None:
    """Serves by ``heard`` from the next request on; the one before finishes those in hand, none is turned away."""
    app.state.heard = heard
    app.state.metrics.heard = heard


def run(heard: App, listening: socket.socket, *, serving: Callable[[], object] = lambda: None) -> Overtaken | None:
    """The same without a word in the log: one of several processes. ``serving`` is called as soon as it serves."""
    return _serve_own(create_app(heard), heard, listening, serving)


def _serve_own(
    app: FastAPI, heard: App, listening: socket.socket, serving: Callable[[], object] = lambda: None
) -> Overtaken | None:
    """Serves until the process is told to stop or its database is overtaken; why, in that case."""
    server = _Quiet(_config(heard, lambda: app), serving)
    why: list[Overtaken] = []

    def end(error: Overtaken) -> None:
        why.append(error)
        server.should_exit = True

    app.state.overtaken = end
    server.run(sockets=[listening])
    return why[0] if why else None


class Beside:
    """The server in a thread beside the scheduler."""

    def __init__(self, heard: App, listening: socket.socket, ended: Callable[[], None]) -> None:
        self._app = create_app(heard)
        self._server = _Quiet(_config(heard, lambda: self._app))
        self._listening = listening
        self._ended = ended
        self._thread = Thread(target=self._run, name="web")
        self._asked_at = 0.0
        self.failed = False
        announce(heard.settings, listening)

    def start(self) -> None:
        """Begins to serve."""
        self._thread.start()

    def serve_from_now_on(self, heard: App) -> None:
        """See :func:`hand_over`."""
        hand_over(self._app, heard)

    def ask_to_stop(self) -> None:
        """Takes no more connections; requests in hand go on."""
        if not self._server.should_exit:
            self._asked_at = time.monotonic()
        self._server.should_exit = True

    def stop(self) -> bool:
        """Ends it, requests in hand finished; whether it has ended. One that hangs is not waited for."""
        self.ask_to_stop()
        self._thread.join(max(SPARE_SECONDS, GRACE_SECONDS + SPARE_SECONDS - (time.monotonic() - self._asked_at)))
        log.info("web stopped")
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listening])
        except BaseException:
            # The border to the server: whatever ends it ends the bot too, so that a supervisor starts both anew.
            log.exception("web ended")
        self.failed = not self._server.should_exit
        self._ended()


class _Quiet(uvicorn.Server):
    """uvicorn's server, which by itself would raise the signal that stopped it once more when it has ended, and would
    tell nobody that it serves.
    """

    def __init__(self, config: uvicorn.Config, serving: Callable[[], object] = lambda: None) -> None:
        super().__init__(config)
        self._serving = serving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes connections from now on."""
        await super().startup(sockets)
        self._serving()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Notes the signal; a second Ctrl-C does not wait."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def announce(settings: Settings, listening: socket.socket) -> None:
    """Says in the log where to reach it."""
    warn_in_the_open(settings)
    log.info("web listening on %s", address_of(listening))


def _config(heard: App, app: Callable[[], FastAPI]) -> uvicorn.Config:
    trusted = list(heard.settings.web.trusted_proxies)
    return uvicorn.Config(
        app,
        factory=True,
        http=BoundedRequest,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,  # the guard writes it, without query strings
        server_header=False,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted or None,
        limit_concurrency=CONNECTIONS,
        backlog=WAITING,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
