"""A loopback HTTP server with every behaviour of feeds in the wild, for tests of the real fetch code.

    with FeedServer() as server:
        address = server.add("/feed.xml", Reply(body=rss(entry("One"))))
        server.add("/moved", lambda request: redirect(address, 301))
        …
        assert server.requests[-1].headers["if-none-match"] == '"1"'

A route is one reply, a list of replies (given in turn, the last one for ever), or a function of the request. What no
route fits is answered with 404.
"""

from __future__ import annotations

import gzip
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

BODYLESS = {204, 304}


@dataclass(frozen=True)
class Request:
    """A request as it came; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What is sent back.

    ``body`` may be an iterable of chunks, which are sent as they come, without a length. ``length`` is declared instead
    of the true one. ``raw`` chunks replace everything, the status line included.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | Iterable[bytes] = b""
    length: int | None = None
    raw: Iterable[bytes] | None = None


Route = Reply | Sequence[Reply] | Callable[[Request], Reply]


class FeedServer:
    """Serves routes on 127.0.0.1 from its own threads, and remembers what was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._routes: dict[str, Route] = {}
        self._turns: dict[str, int] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_port

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"http://{host}:{self.port}{path}"

    def add(self, path: str, route: Route) -> str:
        """Serves ``route`` at ``path`` (query left out of the comparison) from now on; its address."""
        with self._lock:
            self._routes[path] = route
            self._turns.pop(path, None)
        return self.url(path)

    def asked(self, path: str) -> list[Request]:
        """The requests for a path so far."""
        with self._lock:
            return [request for request in self.requests if request.path.partition("?")[0] == path]

    def answer(self, request: Request) -> Reply:
        """What the routes say to a request."""
        path = request.path.partition("?")[0]
        with self._lock:
            self.requests.append(request)
            route = self._routes.get(path, Reply(404, body="not found"))
            turn = self._turns.get(path, 0)
            self._turns[path] = turn + 1
        if isinstance(route, Reply):
            return route
        return route(request) if callable(route) else route[min(turn, len(route) - 1)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: clients that hang up in the middle are what many tests are about."""


def _handler_for(server: FeedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 20

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            reply = server.answer(Request(self.command, self.path, headers, body))
            with suppress(OSError):
                self._send(reply)

        do_POST = do_GET  # noqa: N815 the standard library's name
        do_PUT = do_GET  # noqa: N815 the same

        def _send(self, reply: Reply) -> None:
            if reply.raw is not None:
                self.close_connection = True
                self._write(reply.raw)
                return
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if isinstance(body, bytes) and reply.status not in BODYLESS:
                self.send_header("Content-Length", str(len(body) if reply.length is None else reply.length))
                self.close_connection = reply.length is not None
            elif not isinstance(body, bytes):
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            if reply.status not in BODYLESS:
                self._write([body] if isinstance(body, bytes) else body)

        def _write(self, chunks: Iterable[bytes]) -> None:
            for chunk in chunks:
                self.wfile.write(chunk)
                self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the standard library's name
            """Keeps quiet."""

    return Handler


def redirect(to: str, status: int = 302) -> Reply:
    """A redirect to an address."""
    return Reply(status, {"Location": to})


def conditional(
    body: bytes | str, *, etag: str | None = None, modified: str | None = None
) -> Callable[[Request], Reply]:
    """A well-behaved feed: 304 to whoever has this version already."""
    headers = {name: value for name, value in (("ETag", etag), ("Last-Modified", modified)) if value}

    def answer(request: Request) -> Reply:
        same = etag and request.headers.get("if-none-match") == etag
        unmoved = not etag and modified and request.headers.get("if-modified-since") == modified
        return Reply(304, headers) if same or unmoved else Reply(200, headers, body)

    return answer


def drip(data: bytes, every: float) -> Iterator[bytes]:
    """The bytes, one at a time, ``every`` seconds apart."""
    for position in range(len(data)):
        yield data[position : position + 1]
        time.sleep(every)


def endless(chunk: bytes = b"<item><title>x</title></item>" * 200) -> Iterator[bytes]:
    """The same chunk for ever."""
    while True:
        yield chunk


def gzip_bomb(size: int) -> Reply:
    """A small compressed body that unpacks to ``size`` zero bytes."""
    packer, check = zlib.compressobj(9, wbits=-zlib.MAX_WBITS), 0
    block = bytes(2**20)
    packed_block = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)  # stands for itself, so it can be repeated
    for _ in range(size // len(block)):
        check = zlib.crc32(block, check)
    head, tail = gzip.compress(b"")[:10], struct.pack("<II", check, size)
    body = head + packed_block * (size // len(block)) + packer.flush() + tail
    return Reply(headers={"Content-Encoding": "gzip"}, body=body)


def packed(body: bytes | str, *encodings: str) -> Reply:
    """A body compressed once for each of the encodings (``gzip``, ``deflate``), as its header says."""
    data = body.encode() if isinstance(body, str) else body
    for encoding in encodings:
        data = gzip.compress(data) if encoding == "gzip" else zlib.compress(data)
    return Reply(headers={"Content-Encoding": ", ".join(encodings)}, body=data)


def entry(
    title: str = "",
    *,
    guid: str | None = None,
    link: str | None = None,
    date: str | None = None,
    text: str = "",
    extra: str = "",
) -> str:
    """An RSS item; texts are escaped, ``extra`` is not."""
    parts = {"title": title, "guid": guid, "link": link, "pubDate": date, "description": text}
    inner = "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in parts.items() if value)
    return f"<item>{inner}{extra}</item>"


def rss(*entries: str, channel: str = "<title>A feed</title>") -> str:
    """An RSS 2.0 document around items."""
    spaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    return f'<?xml version="1.0"?><rss version="2.0" {spaces}><channel>{channel}{"".join(entries)}</channel></rss>'
