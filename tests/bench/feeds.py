"""Serves files as feeds from a process of its own, so that the server's work is on neither side's account."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path


@contextmanager
def serve_feeds(files: Sequence[Path]) -> Iterator[list[str]]:
    """The addresses of the files on loopback, for as long as the context lasts."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(list(files), theirs), daemon=True)
    process.start()
    port = ours.recv()
    try:
        yield [f"http://127.0.0.1:{port}/{file.name}" for file in files]
    finally:
        process.terminate()
        process.join()


def _serve(files: list[Path], parent: Connection) -> None:
    bodies = {f"/{file.name}": file.read_bytes() for file in files}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a kept connection waits 40 ms between head and body, a new one does not

        def do_GET(self) -> None:
            body = bodies.get(self.path, b"")
            self.send_response_only(200 if body else 404)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stays silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    parent.send(server.server_port)
    server.serve_forever()
