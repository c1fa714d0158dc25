"""A loopback server that plays recorded exchanges and made answers to the real client libraries.

    with ReplayServer() as server:
        server.load(shared_path("corpus/x/tweepy/….json"))       # recorded exchanges, in their order
        server.add("GET", "/2/tweets/search/recent", 503, {"retry-after": "30"}, "<html>")
        server.add("GET", "/feed", answer=lambda request: Answer(200, {}, request.query["page"]))
        session = http.session(rebase={"https://api.example.com": server.base_url})

Answers that fit a request are given in the order in which they were added, each once; the last one that fits is given
again and again. A request that nothing fits gets 404 and stands in ``server.unmatched``.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

_OWN_HEADERS = {"content-length", "transfer-encoding", "connection", "content-encoding"}
_BODYLESS = {204, 304}


class Request(NamedTuple):
    """A request as it came: query values as single strings (the last of a name), header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is sent back. ``body``: bytes, text, or anything else, which is sent as JSON.

    ``delay`` seconds pass before it; ``drop`` closes the connection instead of answering.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = b""
    delay: float = 0.0
    drop: bool = False

    def encoded(self) -> tuple[dict[str, str], bytes]:
        """Headers and bytes as they go out, with a right ``content-length``."""
        headers = {name.lower(): value for name, value in self.headers.items() if name.lower() not in _OWN_HEADERS}
        if isinstance(self.body, bytes):
            data = self.body
        elif isinstance(self.body, str):
            data = self.body.encode()
        else:
            data = json.dumps(self.body).encode()
            headers.setdefault("content-type", "application/json; charset=utf-8")
        headers["content-length"] = str(len(data))
        return headers, data


@dataclass
class _Route:
    method: str
    path: str
    query: Mapping[str, str]
    answer: Callable[[Request], Answer]
    used: int = 0

    def fits(self, request: Request) -> bool:
        return (
            self.method == request.method
            and self.path == request.path
            and all(request.query.get(name) == value for name, value in self.query.items())
        )


class ReplayServer:
    """The server; a context manager. ``requests`` and ``unmatched`` are what came, in order;
    ``connections`` counts the TCP connections that clients have opened.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.unmatched: list[Request] = []
        self._routes: list[_Route] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def connections(self) -> int:
        """How many TCP connections were opened so far."""
        return self._server.opened

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:port``, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def add(
        self,
        method: str,
        path: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        body: Any = b"",
        *,
        query: Mapping[str, str] | None = None,
        answer: Callable[[Request], Answer] | Answer | None = None,
    ) -> None:
        """Adds one answer. ``query``: parameters that a request must carry with these values.

        ``body`` may be a function of the request; ``answer`` (an :class:`Answer`, or a function of the request that
        returns one) replaces status, headers and body.
        """
        if answer is None:
            content = body if callable(body) else (lambda _request: body)
            reply: Callable[[Request], Answer] = lambda request: Answer(status, headers or {}, content(request))  # noqa: E731
        elif isinstance(answer, Answer):
            fixed = answer
            reply = lambda _request: fixed  # noqa: E731 a constant as a function
        else:
            reply = answer
        with self._lock:
            self._routes.append(_Route(method.upper(), path, dict(query or {}), reply))

    def load(self, path: Path, *, query: Iterable[str] = ()) -> int:
        """Adds the exchanges of a recording (``{"exchanges": [{"request", "response"}]}``); how many there were.

        ``query`` names the parameters that must be as recorded; by default the order alone decides.
        """
        exchanges = json.loads(path.read_text(encoding="utf-8"))["exchanges"]
        for exchange in exchanges:
            recorded, response = exchange["request"], exchange["response"]
            address = urlsplit(recorded["uri"])
            sent = dict(parse_qsl(address.query, keep_blank_values=True))
            must = {name: sent[name] for name in query if name in sent}
            headers = {name: _flat(value) for name, value in response["headers"].items()}
            answer = Answer(int(response["status"]), headers, response.get("body") or "")
            self.add(recorded["method"], address.path, query=must, answer=answer)
        return len(exchanges)

    def clear(self) -> None:
        """Forgets all answers and requests."""
        with self._lock:
            self._routes.clear()
            self.requests.clear()
            self.unmatched.clear()

    def answer(self, request: Request) -> Answer:
        """Notes the request and finds its answer."""
        with self._lock:
            self.requests.append(request)
            fitting = [route for route in self._routes if route.fits(request)]
            if not fitting:
                self.unmatched.append(request)
                return Answer(404, body={"error": f"nothing recorded for {request.method} {request.path}"})
            chosen = next((route for route in fitting if not route.used), fitting[-1])
            chosen.used += 1
        return chosen.answer(request)

    def start(self) -> Self:
        """Starts serving."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops serving, closes every connection and waits for its threads."""
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _flat(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class _Server(ThreadingHTTPServer):
    """Keeps its open connections, so that it can stop while clients keep theirs alive."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self.opened = 0
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
            self.opened += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._open_lock:
            waiting = list(self._open)
        for connection in waiting:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests, not news."""


def _handler_for(replay: ReplayServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def handle_any(self) -> None:
            address = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            request = Request(
                self.command,
                address.path,
                dict(parse_qsl(address.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length) if length else b"",
            )
            answer = replay.answer(request)
            if answer.delay:
                time.sleep(answer.delay)
            if answer.drop:
                self.close_connection = True
                return
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            headers, data = answer.encoded()
            self.send_response_only(answer.status)
            for name, value in headers.items():
                if answer.status not in _BODYLESS or name != "content-length":
                    self.send_header(name, value)
            if self.close_connection:
                # prawcore's token call asks for it; unsaid, the client would take the connection for alive
                self.send_header("connection", "close")
            self.end_headers()
            if self.command != "HEAD" and answer.status not in _BODYLESS:
                self.wfile.write(data)
            self.wfile.flush()

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 http.server's names

        def log_message(self, *_args: object) -> None:
            """Quiet: what came stands in ``requests``."""

    return Handler
