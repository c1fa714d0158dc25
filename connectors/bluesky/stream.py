"""A Jetstream subscription: whole text messages, over a guarded line.

The protocol is the ``websockets`` library's, without its sockets and threads (its "Sans-I/O" layer): so every wait has
the line's deadline, and what is read is what is asked for. No compression is offered: a message is never longer than it
was on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from requests.exceptions import RequestException
from websockets.client import ClientProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import Event
from websockets.uri import parse_uri

from bot.errors import BadResponse, SourceError, Unavailable
from bot.http import BodyTooLarge, TooSlow
from bot.ports import Dial, Line
from connectors.answers import from_answer, from_wire

MESSAGE = 2**20
"""The longest message in bytes; a post's record has 1 MiB at most, and is a hundredth of it in truth."""
TOTAL = 2**30
"""Bytes of one poll at most: an hour of all of Bluesky's posts is about half of it."""
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class Stream:
    """An open subscription. Use :meth:`batches` once, then :meth:`close`."""

    def __init__(self, line: Line, host: str, address: str, agent: str, patience: float) -> None:
        self._line, self._host, self._patience = line, host, patience
        self._protocol = ClientProtocol(parse_uri(address), max_size=MESSAGE)
        self._agent = agent
        self._first: list[Event] = []
        self._parts: list[bytes] = []
        self._fault: SourceError | None = None

    def open(self, now: datetime) -> None:
        """Shakes hands. Raises SourceError kinds; ``now`` (aware UTC) is for waits that the server names."""
        request = self._protocol.connect()
        request.headers["User-Agent"] = self._agent
        self._protocol.send_request(request)
        try:
            self._flush()
            events: list[Event] = []
            while not events and self._protocol.handshake_exc is None:
                self._receive()
                events = self._protocol.events_received()
        except RequestException as error:
            raise from_wire(error, self._host) from error
        refused = self._protocol.handshake_exc
        if refused is None:
            self._first = events[1:]
            return
        answer = events[0] if events else None
        if isinstance(answer, Response) and answer.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            headers = {name.lower(): value for name, value in answer.headers.raw_items()}
            sample = bytes(answer.body or b"").decode("utf-8", "replace")
            raise from_answer(answer.status_code, headers, sample, self._host, now) from refused
        if isinstance(refused.__cause__, EOFError):
            raise Unavailable(f"{self._host} hung up") from refused
        raise BadResponse(f"{self._host} does not speak WebSocket: {refused}") from refused

    def batches(self) -> Iterator[Sequence[bytes]]:
        """Messages as they come, several at a time; an empty batch when the server says that there is nothing more now.

        Ends when the line's time or size is used up. Raises SourceError kinds when the stream breaks, after all that
        came before was given.
        """
        asked = False
        frames, self._first = self._first, []
        while True:
            messages = self._messages(frames)
            answered = asked and any(isinstance(frame, Frame) and frame.opcode is Opcode.PONG for frame in frames)
            if messages or answered:
                asked = False
                yield messages
            self._check()
            try:
                if not self._receive():
                    if asked:
                        raise Unavailable(f"{self._host} has fallen silent")
                    asked = True
                    self._protocol.send_ping(b"heard")
                self._flush()
            except (TooSlow, BodyTooLarge):
                return
            except RequestException as error:
                raise from_wire(error, self._host) from error
            frames = self._protocol.events_received()

    def close(self) -> None:
        """Hangs up, without waiting for the server's goodbye."""
        self._line.close()

    def _receive(self) -> bool:
        """Feeds the protocol with what comes; whether anything did, be it the end."""
        data = self._line.receive(self._patience)
        if data:
            self._protocol.receive_data(data)
        elif data is not None:
            self._protocol.receive_eof()
        return data is not None

    def _messages(self, frames: Sequence[Event]) -> list[bytes]:
        """Whole messages; what comes after a compressed one is not read."""
        found: list[bytes] = []
        for frame in frames:
            if not isinstance(frame, Frame) or frame.opcode not in _DATA:
                continue
            if frame.opcode is Opcode.BINARY:
                self._fault = BadResponse(f"{self._host} sends compressed messages, which were not asked for")
                break
            self._parts.append(bytes(frame.data))
            if frame.fin:
                found.append(b"".join(self._parts))
                self._parts.clear()
        return found

    def _check(self) -> None:
        """Raises what ended the stream, if it has ended."""
        if self._fault is not None:
            raise self._fault
        broken = self._protocol.parser_exc
        if isinstance(broken, PayloadTooBig):
            raise BadResponse(f"{self._host} sent a message of more than {MESSAGE} bytes")
        if isinstance(broken, EOFError):
            raise Unavailable(f"{self._host} broke off")
        if broken is not None:
            raise BadResponse(f"{self._host} does not keep to the WebSocket protocol: {broken}")
        if self._protocol.close_rcvd is not None:
            raise Unavailable(f"{self._host} closed the stream ({self._protocol.close_rcvd})")

    def _flush(self) -> None:
        """Sends what the protocol wants to say; after its end it has nothing to say that matters."""
        for data in self._protocol.data_to_send():
            if data and self._protocol.parser_exc is None and self._protocol.close_rcvd is None:
                self._line.send(data)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Opens subscriptions that live ``seconds`` at most; after ``patience`` seconds of silence the server is asked."""

    dial: Dial
    agent: str
    seconds: float
    patience: float

    def subscribe(self, base: str, asked: Mapping[str, str], now: datetime) -> Stream:
        """An open subscription at the server ``base``. Raises SourceError kinds; ``now`` is aware UTC."""
        parts = urlsplit(base)
        secure = parts.scheme == "wss"
        port = parts.port or (443 if secure else 80)
        try:
            line = self.dial(parts.hostname or "", port, tls=secure, seconds=self.seconds, size=TOTAL)
        except RequestException as error:
            raise from_wire(error, parts.netloc) from error
        stream = Stream(line, parts.netloc, f"{base}/subscribe?{urlencode(asked)}", self.agent, self.patience)
        try:
            stream.open(now)
        except SourceError:
            stream.close()
            raise
        return stream
