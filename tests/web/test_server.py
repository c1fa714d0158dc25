"""The server itself: health, metrics, the log, bugs, a busy database, proxies."""

from __future__ import annotations

import asyncio
import logging
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Receive, Send
from uvicorn.server import ServerState

from bot.errors import ConfigError, Overtaken
from bot.model.access import Scope
from bot.store.migrations import STEPS
from bot.web.server import Beside, BoundedRequest, address_of, bind, run, warn_in_the_open
from bot.wiring import App
from config.settings import load_settings
from tests.support.webserver import CONFIG, PHRASE, Client, Till, new_key, served, written


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with served(tmp_path_factory.mktemp("server")) as till:
        yield till


def test_it_says_that_it_lives_and_is_ready(till: Till) -> None:
    client = Client(till.address)
    assert (client.get("/healthz/live").status, client.get("/healthz/live").json) == (200, {"status": "live"})
    for address in ("/healthz", "/healthz/ready"):
        told = client.get(address).json
        assert (told["status"], told["database"], told["schema"], told["late"]) == ("ready", "ok", len(STEPS), [])
        assert told["oldest_due_seconds"] == {"polls": None, "scores": None, "deliveries": None}
        through = client.call("GET", address, headers={"X-Forwarded-For": "203.0.113.9"})
        assert through.json == {"status": "ready"}, "the details are not for everybody"


def test_metrics_count_what_was_answered(till: Till) -> None:
    client = till.client()
    before = sample(client)
    client.redeem(PHRASE, key="metric")
    client.redeem(PHRASE, key="metric")
    client.redeem("wrong")
    after = sample(client)

    def grown(name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return after.get(key, 0) - before.get(key, 0)

    assert grown("heard_redemptions_total", result="redeemed", reason="", door="api") == 1, "a replay is no claim"
    assert grown("heard_redemptions_total", result="refused", reason="unknown_code", door="api") == 1
    for status in ("201", "200", "404"):
        assert grown("heard_http_requests_total", method="POST", route="/api/v1/redemptions", status=status) == 1
    assert grown("heard_offer_redeemed", offer="truffle") == 1
    assert after["heard_offer_cap_remaining", frozenset({("offer", "few")})] == 3
    assert after["heard_reviews_due", frozenset()] == 0


def sample(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/metrics")
    assert answer.status == 200
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(answer.body.decode())
        for one in family.samples
    }


def test_metrics_are_for_this_machine_or_a_key_that_may_read(till: Till) -> None:
    through = {"X-Forwarded-For": "203.0.113.9"}
    nobody, reader, redeemer = Client(till.address), till.client(Scope.READ), till.client(Scope.REDEEM)
    assert nobody.get("/metrics").status == 200
    assert nobody.call("GET", "/metrics", headers=through).status == 401
    assert reader.call("GET", "/metrics", headers=through).status == 200
    assert redeemer.call("GET", "/metrics", headers=through).status == 403


def test_addresses_that_are_made_up_do_not_grow_the_metrics(till: Till) -> None:
    client = Client(till.address)
    for number in range(5):
        client.get(f"/nowhere/{number}")
        client.call("POST", f"/api/v1/redemptions/{number}/rollback")
    routes = {dict(labels).get("route", "") for _, labels in sample(client)}
    assert not any(number in route for route in routes for number in "23456789")
    assert "/api/v1/redemptions/{redemption}/rollback" in routes


def test_the_log_names_no_query_and_no_secret(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    client = till.client()
    with caplog.at_level(logging.INFO, logger="heard.web"):
        client.get("/api/v1/mentions?search=private+words")
        client.call("GET", "/evil%0aline%1b[31m")
    lines = [record.getMessage() for record in caplog.records if record.name == "heard.web"]
    took = [
        record.args[3] for record in caplog.records if record.msg.startswith("http ") and isinstance(record.args, tuple)
    ]
    assert took == [round(one, 1) for one in took if isinstance(one, float)], "as a field of JSON too"
    assert any("method=GET path=/api/v1/mentions status=200" in line and "client=127.0.0.1" in line for line in lines)
    assert not any("private" in line or "\n" in line or "\x1b" in line or str(client.key) in line for line in lines)


def test_a_bug_is_500_with_a_number_that_the_log_knows(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    reconciling = till.app.reconciling
    till.app.__dict__["reconciling"] = None  # what nobody foresaw
    try:
        answer = till.client().get("/api/v1/offers")
    finally:
        till.app.__dict__["reconciling"] = reconciling
    assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json["incident"] in caplog.text
    assert b"NoneType" not in answer.body
    assert "NoneType" in caplog.text


def test_a_database_that_cannot_be_used_is_503_and_says_when_to_come_again(tmp_path: Path) -> None:
    with served(tmp_path) as till:
        client = till.client()
        damage(tmp_path / "heard.db")
        answer = client.redeem(PHRASE)
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        assert answer.headers["content-type"] == "application/problem+json"
        assert str(tmp_path).encode() not in answer.body
        assert Client(till.address).get("/healthz/ready").status == 503
        assert Client(till.address).get("/healthz/live").status == 200


def test_a_request_that_comes_just_as_the_server_stops_is_answered(tmp_path: Path) -> None:
    """On a connection without a request yet, on one that was kept, and where half of a request is there."""
    app = App(load_settings(written(tmp_path)))
    listening = bind(app.settings)
    server = Beside(app, listening, ended=lambda: None)
    server.start()
    host, port = listening.getsockname()[:2]
    with ExitStack() as closing_all:
        closing_all.callback(app.close)
        new, kept, half, idle = (
            closing_all.enter_context(socket.create_connection((host, port), 20)) for _ in range(4)
        )
        ask = f"GET /healthz/live HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        kept.sendall(ask)
        answered = b""
        while not answered.endswith(b"}"):
            answered += kept.recv(4096)
        assert answered.startswith(b"HTTP/1.1 200 OK"), answered
        half.sendall(ask[:20])
        assert Client(address_of(listening)).get("/healthz/live").status == 200, "by now it has seen all of them"
        server.ask_to_stop()
        time.sleep(0.2)
        for one, rest in ((new, ask), (kept, ask), (half, ask[20:])):
            one.sendall(rest)
            answer = b""
            while part := one.recv(4096):
                answer += part
            assert answer.startswith(b"HTTP/1.1 200 OK"), answer
            assert b"connection: close" in answer.lower()
        assert idle.recv(10) == b"", "who says nothing is left"
        assert server.stop()


def test_whoever_serves_alone_ends_when_the_database_is_another(tmp_path: Path) -> None:
    app = App(load_settings(written(tmp_path)))
    listening = bind(app.settings)
    ended: list[Overtaken | None] = []
    server = Thread(target=lambda: ended.append(run(app, listening)))
    server.start()
    try:
        client = Client(address_of(listening), new_key(app))
        assert client.redeem(PHRASE).status == 201
        (tmp_path / "heard.db").rename(tmp_path / "aside.db")
        assert client.redeem(PHRASE).status == 503
        server.join(20)
        assert not server.is_alive()
        assert "was removed while Heard ran" in str(ended[0])
    finally:
        app.close()


def test_a_database_that_somebody_keeps_locked_holds_up_nobody_who_asks_how_it_is(tmp_path: Path) -> None:
    with served(tmp_path) as till:
        client = till.client()
        with closing(sqlite3.connect(tmp_path / "heard.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            answers = [client.get("/healthz"), client.get("/healthz/live"), client.get("/metrics")]
            assert time.monotonic() - began < 10
            assert [one.status for one in answers] == [503, 200, 200]
            assert answers[0].json["database"] == "does not answer"
            other.execute("ROLLBACK")
        until = time.monotonic() + 10
        while client.get("/healthz").status != 200:
            assert time.monotonic() < until, "it recovers by itself"
            time.sleep(0.1)


def damage(database: Path) -> None:
    for beside in (database.with_name("heard.db-wal"), database.with_name("heard.db-shm")):
        beside.unlink(missing_ok=True)
    database.write_bytes(b"not a database" * 1000)


def test_the_callers_address_is_taken_from_trusted_proxies_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="heard.web")
    for text, seen in ((CONFIG, "127.0.0.1"), (f'{CONFIG}trusted_proxies = ["127.0.0.0/8"]\n', "203.0.113.9")):
        with served(tmp_path, text=text) as till:
            caplog.clear()
            Client(till.address).call("GET", "/healthz/live", headers={"X-Forwarded-For": "203.0.113.9"})
        assert f"client={seen}" in caplog.text  # only now is it sure that the line is written


class Impatient(BoundedRequest):
    """The protocol, with less patience."""

    seconds = 0.2


@pytest.mark.parametrize(
    "said",
    [b"", b"POST /healthz/live HTTP/1.1\r\nHo", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
     b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT"],
)  # fmt: skip
def test_a_request_that_never_ends_is_not_waited_for(said: bytes) -> None:
    left: list[bytes] = []

    async def patient(reader: asyncio.StreamReader) -> None:
        left.append(await reader.read())

    async def talk() -> None:
        config = uvicorn.Config(answering, http=Impatient, log_config=None, lifespan="off", loop="asyncio")
        config.load()
        state, loop = ServerState(), asyncio.get_running_loop()
        server = await loop.create_server(lambda: Impatient(config, state, {}), "127.0.0.1")
        host, port = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(said)
        await asyncio.wait_for(patient(reader), 10)
        writer.close()
        server.close()
        assert not state.connections

    asyncio.run(talk())
    assert left[0].count(b"HTTP/1.1 200") == said.count(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


async def answering(_scope: object, receive: Receive, send: Send) -> None:
    """Reads a request to its end, and answers."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


def test_a_port_that_is_taken_is_one_line_that_says_what_to_change(tmp_path: Path) -> None:
    taken = bind(load_settings(written(tmp_path)))
    try:
        address = address_of(taken).removeprefix("http://")
        settings = load_settings(written(tmp_path, CONFIG.replace("127.0.0.1:0", address)))
        with pytest.raises(ConfigError, match=r"\[web\] listen = '127\.0\.0\.1:\d+'.*--no-web") as caught:
            bind(settings)
        assert "\n" not in str(caught.value)
    finally:
        taken.close()
    with pytest.raises(ConfigError, match=r"listen = '203\.0\.113\.1:80'"):
        bind(load_settings(written(tmp_path, CONFIG.replace("127.0.0.1:0", "203.0.113.1:80"))))


@pytest.mark.parametrize(
    ("listen", "heard", "warned"),
    [("127.0.0.1:0", "", False), ("[::1]:0", "", False), ("localhost:0", "", False), ("0.0.0.0:8080", "", True),
     ("0.0.0.0:8080", 'public_url = "https://heard.example"', False),
     ("0.0.0.0:8080", 'public_url = "http://heard.example"', True)],
)  # fmt: skip
def test_listening_in_the_open_without_tls_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, listen: str, heard: str, *, warned: bool
) -> None:
    text = CONFIG.replace("127.0.0.1:0", listen).replace("[heard]", f"[heard]\n{heard}")
    warn_in_the_open(load_settings(written(tmp_path, text)))
    assert ("plain text" in caplog.text) == warned


@pytest.mark.parametrize(
    "listen", ["8080", "127.0.0.1", "127.0.0.1:99999", "http://127.0.0.1:80", "::1:80", ":80", "a b:80"]
)
def test_an_address_that_is_none_is_refused_by_the_configuration(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigError, match="listen"):
        load_settings(written(tmp_path, CONFIG.replace("127.0.0.1:0", listen)))
