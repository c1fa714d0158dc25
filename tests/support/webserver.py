"""The real server on loopback with a free port, in a thread or as processes of its own, and a client for it."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.clock import ManualClock
from bot.model.access import Scope
from bot.web.server import Beside, address_of, bind, serve
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.desk import Desk

PATIENCE = 60.0
CONFIG = """
[heard]
timezone = "Europe/Berlin"

[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'

[[message]]
id = "hand-rolled"
statement = "Every truffle is rolled by hand each morning."

[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
placements = ["counter", "market"]

[[offer]]
id = "few"
name = "Three of these"
kind = "code-phrase"
code = "three little truffles"
cap = 3

[[offer]]
id = "over"
name = "Last year's"
kind = "code-phrase"
code = "auld lang syne"
ends = 2020-01-01

[[offer]]
id = "cards"
name = "Gift cards"
kind = "unique-codes"

[web]
listen = "127.0.0.1:0"
"""
PHRASE, FEW, OVER = "the moon is made of ganache", "three little truffles", "auld lang syne"


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    @property
    def reason(self) -> str | None:
        """The reason of a refusal."""
        return self.json.get("reason")  # type: ignore[no-any-return]


class Client:
    """Calls one server with one key; each call is a connection of its own, so that any process may take it."""

    def __init__(self, address: str, key: str | None = None) -> None:
        self.host, _, port = address.removeprefix("http://").rpartition(":")
        self.port = int(port)
        self.key = key

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """One request. ``key`` is its Idempotency-Key; ``raw`` a body as bytes."""
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        if key is not None:
            sent["Idempotency-Key"] = key
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, data, sent | dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        """A GET."""
        return self.call("GET", path)

    def redeem(self, code: str, *, key: str | None = None, **more: object) -> Answer:
        """A redemption."""
        return self.call("POST", "/api/v1/redemptions", {"code": code, **more}, key=key)


@dataclass(frozen=True)
class Till:
    """A server in a thread of this process, with what it serves."""

    app: App
    address: str
    clock: ManualClock | None

    def client(self, *scopes: Scope, name: str = "") -> Client:
        """A client with a fresh key for these scopes."""
        return Client(self.address, new_key(self.app, scopes or (Scope.REDEEM, Scope.READ), name))


def new_key(app: App, scopes: Iterable[Scope] = (Scope.REDEEM, Scope.READ), name: str = "") -> str:
    """A fresh key's text."""
    return app.access.create_key(tuple(scopes), actor="test", name=name)[1]


def written(folder: Path, text: str = CONFIG) -> Path:
    """A configuration file in the folder."""
    path = folder / "heard.toml"
    path.write_text(text, encoding="utf-8")
    empty_database(folder)
    return path


@contextmanager
def served(folder: Path, *, text: str = CONFIG, clock: ManualClock | None = None) -> Iterator[Till]:
    """The server in a thread, until the block ends."""
    app = App(load_settings(written(folder, text)), clock)
    listening = bind(app.settings)
    address = address_of(listening)
    server = Beside(app, listening, ended=lambda: None)
    server.start()
    try:
        yield Till(app, address, clock)
    finally:
        server.stop()
        app.close()
    assert not server.failed


@contextmanager
def processes(folder: Path, number: int, *, text: str = CONFIG) -> Iterator[tuple[App, str, subprocess.Popen[str]]]:
    """``heard web`` with this many processes: the application beside it, its address, and the supervisor."""
    config = written(folder, text)
    app = App(load_settings(config))
    _ = app.store
    process = Desk(folder).start("--config", str(config), "web", "--workers", str(number), stdout=subprocess.DEVNULL)
    try:
        address = wait_for_address(process)
        client = Client(address)
        soon = time.monotonic() + PATIENCE
        for _ in range(5 * number):  # each process has answered once, by all likelihood
            while client.get("/healthz/ready").status != 200:
                assert time.monotonic() < soon, "it never came up"
        yield app, address, process
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
        app.close()


@contextmanager
def forked(folder: Path, number: int, *, text: str = CONFIG) -> Iterator[tuple[App, str]]:
    """The same without the command: processes that share a socket, made from one that has everything loaded."""
    config = written(folder, text)
    app = App(load_settings(config))
    _ = app.store
    listening = bind(app.settings)
    makers = multiprocessing.get_context("forkserver")
    workers = [makers.Process(target=serve_from, args=(config, listening), daemon=True) for _ in range(number)]
    try:
        for worker in workers:
            worker.start()
        address = address_of(listening)
        listening.close()  # who dies leaves nobody waiting at a socket that only we hold
        assert Client(address).get("/healthz/ready").status == 200
        yield app, address
    finally:
        for worker in workers:
            worker.terminate()
            worker.join(PATIENCE)
        app.close()


def serve_from(config: Path, listening: socket.socket) -> None:
    """A server process of its own."""
    serve(App(load_settings(config)), listening, lambda heard: heard)


def wait_for_address(process: subprocess.Popen[str]) -> str:
    """The address that a server's log names; what it logs afterwards is read away, so that it never waits for us."""
    assert process.stderr is not None
    said: list[str] = []
    end = time.monotonic() + PATIENCE
    for line in process.stderr:
        said.append(line)
        if "web listening on " in line:
            threading.Thread(target=_drain, args=(process,), daemon=True).start()
            return line.partition("web listening on ")[2].strip()
        if time.monotonic() > end:
            break
    raise AssertionError("".join(said))


def _drain(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    with process.stderr as stream:
        for _ in stream:
            pass
