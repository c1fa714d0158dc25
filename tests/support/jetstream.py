"""A loopback Jetstream: replays made or recorded events from a cursor on, over the real WebSocket library."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from bot.clock import ManualClock
from bot.http import Dialer, Http, HttpLimits
from bot.listen.sieve import sieve
from bot.ports import Deps

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ALICE, BOB = "did:plc:alice000000000000000000", "did:plc:bob00000000000000000000"
LIMITS = HttpLimits(allow_networks=("127.0.0.0/8",), connect_timeout=2, read_timeout=2)


def us(moment: datetime) -> int:
    """A moment as Jetstream counts."""
    return round(moment.timestamp() * 1_000_000)


def event(at: datetime, did: str, kind: str, /, **part: Any) -> dict[str, Any]:
    """A made event of any kind."""
    return {"did": did, "time_us": us(at), "kind": kind, kind: part}


def post(at: datetime, text: str = "acme", *, rkey: str = "", did: str = ALICE, **record: Any) -> dict[str, Any]:
    """A made post, created as it is seen."""
    said = {"$type": "app.bsky.feed.post", "createdAt": at.isoformat(), "langs": ["en"], "text": text, **record}
    return commit(at, "create", rkey or f"k{us(at)}", did, record=said)


def commit(at: datetime, operation: str, rkey: str, did: str = ALICE, **more: Any) -> dict[str, Any]:
    """A made commit."""
    part = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey, "rev": "r", **more}
    return event(at, did, "commit", **part)


def account(at: datetime, status: str | None, did: str = ALICE) -> dict[str, Any]:
    """An account's new state; None: active."""
    part = {"active": status is None, "did": did} | ({"status": status} if status else {})
    return event(at, did, "account", **part)


Play = Callable[[ServerConnection, "Jetstream"], None]


@dataclass
class Jetstream:
    """What the server has and does. ``events``: in their order; ``oldest``: none before it is kept (microseconds).

    ``refuses``: the handshake's answer in place of a stream; ``play``: what is done in place of replaying.
    """

    events: list[Mapping[str, Any]] = field(default_factory=list)
    oldest: int = 0
    refuses: Response | None = None
    play: Play | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def put(self, *events: Mapping[str, Any]) -> None:
        """Adds events."""
        self.events.extend(events)

    def messages(self, cursor: int) -> list[str]:
        """What a subscriber with this cursor gets."""
        return [
            json.dumps(found, ensure_ascii=False)
            for found in self.events
            if found["time_us"] >= max(cursor, self.oldest)
        ]

    def answer(self, _connection: ServerConnection, request: Request) -> Response | None:
        self.asked.append({name: values[-1] for name, values in parse_qs(urlsplit(request.path).query).items()})
        return self.refuses

    def handle(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed, OSError):
            if self.play is not None:
                self.play(connection, self)
                return
            for message in self.messages(int(self.asked[-1].get("cursor", 0))):
                connection.send(message)
            for _ in connection:  # until the other side hangs up
                pass


def refusal(status: int, body: str = "", **headers: str) -> Response:
    """An answer in place of a stream."""
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    named["Content-Length"] = str(len(body))
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    return Response(status, phrase, named, body.encode())


@contextmanager
def jetstream(*events: Mapping[str, Any], ssl: Any = None) -> Iterator[Jetstream]:
    """A running server."""
    stream = Jetstream(list(events))
    server: Server = serve(
        stream.handle, "127.0.0.1", 0, process_request=stream.answer, compression=None, ping_interval=None,
        close_timeout=0.1, ssl=ssl,
    )  # fmt: skip
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stream.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
    try:
        yield stream
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def deps(clock: ManualClock | None = None, limits: HttpLimits = LIMITS) -> Iterator[Deps]:
    """What a connector is given, over the real guarded seam."""
    with Http(limits) as http:
        yield Deps(http.session, clock or ManualClock(NOW), lambda _options, _name: "", Dialer(limits).dial, sieve)


def minutes(number: float) -> timedelta:
    """A span."""
    return timedelta(minutes=number)


def sequence(count: int, start: datetime, text: Callable[[int], str], step: timedelta) -> Sequence[dict[str, Any]]:
    """Made posts at an even pace."""
    return [post(start + step * at, text(at), rkey=f"n{at}") for at in range(count)]
