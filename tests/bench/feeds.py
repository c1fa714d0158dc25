"""Serves feeds from a process of its own, so that the server's work is on neither side's account."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

WARM_UP = "/warm-up.xml"
_ONE_ENTRY = (
    b"<rss version='2.0'><channel><title>Warm-up</title><item><title>An open source security podcast</title>"
    b"<description>&lt;p&gt;This week we are happy to talk about Python, about the wonderful people who write it, and "
    b"about what they say of it themselves.&lt;/p&gt;</description></item></channel></rss>"
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Bodies by path, and how they are handed out; times in seconds.

    A request that names the body's present tag is answered 304. ``latency`` goes before each answer; the bodies of the
    ``slow`` paths come piece by piece, over ``drip``.
    """

    bodies: Mapping[str, bytes]
    latency: float = 0.0
    slow: frozenset[str] = frozenset()
    drip: float = 20.0
    tags: dict[str, str] = field(default_factory=dict)


class FeedsServer:
    """A server on every loopback address. ``put`` changes what it serves from then on."""

    def __init__(self, port: int, pipe: Connection) -> None:
        self.port = port
        self._pipe = pipe

    def put(self, shelf: Shelf) -> None:
        """Serves these bodies now."""
        self._pipe.send(shelf)
        self._pipe.recv()


@contextmanager
def serve(shelf: Shelf) -> Iterator[FeedsServer]:
    """A server of these bodies, for as long as the context lasts."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(shelf, theirs), daemon=True)
    process.start()
    try:
        yield FeedsServer(ours.recv(), ours)
    finally:
        process.terminate()
        process.join()


@contextmanager
def serve_files(files: Sequence[Path]) -> Iterator[list[str]]:
    """The addresses of the files; the first is the warm-up feed's."""
    bodies = {f"/{file.name}": file.read_bytes() for file in files}
    with serve(Shelf({WARM_UP: _ONE_ENTRY} | bodies)) as server:
        yield [f"http://127.0.0.1:{server.port}{path}" for path in (WARM_UP, *bodies)]


def _run(shelf: Shelf, parent: Connection) -> None:
    with suppress(EOFError):
        asyncio.run(_serve(shelf, parent))


async def _serve(shelf: Shelf, parent: Connection) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                await _answer(shelf, request, writer)  # the shelf of now: it may have changed while we waited
        writer.close()

    def change() -> None:
        nonlocal shelf
        shelf = parent.recv()
        parent.send(True)

    server = await asyncio.start_server(talk, "0.0.0.0", 0, backlog=1000)  # noqa: S104 every loopback address is meant
    asyncio.get_running_loop().add_reader(parent.fileno(), change)
    parent.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _answer(shelf: Shelf, request: bytes, writer: asyncio.StreamWriter) -> None:
    path = request.split(b" ", 2)[1].decode("latin-1")
    body = shelf.bodies.get(path)
    tag = f'"{shelf.tags.get(path, "1")}"'.encode()
    if shelf.latency:
        await asyncio.sleep(shelf.latency)
    if body is None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    elif b"if-none-match: " + tag + b"\r\n" in request.lower() and path not in shelf.slow:
        writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % tag)
    else:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nETag: %s\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % (tag, len(body)))
        if path in shelf.slow:
            for at in range(0, len(body), -(-len(body) // 20)):
                writer.write(body[at : at + -(-len(body) // 20)])
                await asyncio.sleep(shelf.drip / 20)
        else:
            writer.write(body)
    await writer.drain()
