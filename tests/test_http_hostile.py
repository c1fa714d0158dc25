"""The HTTP seam under attack: addresses in disguise, names that lie, answers that never end."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from requests.exceptions import RequestException

from bot.http import AddressRefused, Http, HttpLimits, TooSlow, private_address
from bot.http.guard import AddressGuard
from tests.support.feedserver import FeedServer, Reply, Request, redirect

ONLY_ONE = HttpLimits(connect_timeout=1, read_timeout=2, total_timeout=3, allow_networks=("127.0.0.1/32",))
QUICK = HttpLimits(connect_timeout=0.3, read_timeout=0.5, total_timeout=0.6, allow_networks=("127.0.0.1/32",))


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        server.add("/", Reply(body="reached"))
        yield server


def refused(address: str, limits: HttpLimits = HttpLimits()) -> bool:  # noqa: B008 a frozen value
    """Whether it failed before anything was sent."""
    with Http(limits) as http:
        try:
            http.session().get(address)
        except (RequestException, ValueError):
            return True
    return False


@pytest.mark.parametrize(
    "host",
    [
        "localhost.", "LOCALHOST", "ｌｏｃａｌｈｏｓｔ", "ⓛocalhost", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "017700000001",
        "127.0.0.1.", "127。0。0。1", "１２７.0.0.1", "[::1]", "[::]", "[0:0:0:0:0:ffff:7f00:1]", "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "[::1%25lo]", "user:pw@127.0.0.1", "8.8.8.8@127.0.0.1",
        "127.0.0.1\\@8.8.8.8",  "%31%32%37.0.0.1", "127.0.0.1%00.example.org", "127.0.0.1%20",
        "0.0.0.1", "255.255.255.255", "169.254.169.254", "[::ffff:169.254.169.254]",
    ],
)  # fmt: skip
def test_no_disguise_of_an_address_leads_into_a_private_network(server: FeedServer, host: str) -> None:
    assert refused(f"http://{host}:{server.port}/")
    assert refused(f"http://{host}/")
    assert server.requests == []


@pytest.mark.parametrize("host", ["user:pw@127.0.0.2", "0177.0.0.2", "[::ffff:7f00:2]", "127.0.0.2#@127.0.0.1"])
def test_nor_does_one_in_a_redirect(server: FeedServer, host: str) -> None:
    server.add("/away", redirect(f"http://{host}:{server.port}/"))
    server.add("/bare", redirect(f"//{host}:{server.port}/"))
    assert refused(server.url("/away"), ONLY_ONE)
    assert refused(server.url("/bare"), ONLY_ONE)
    assert [request.path for request in server.requests] == ["/away", "/bare"]


def test_an_address_cannot_smuggle_lines_into_a_request(server: FeedServer) -> None:
    with Http(ONLY_ONE) as http:
        http.session().get(server.url("/x?y=1\r\nX-Smuggled: 1\r\n\r\nGET /second HTTP/1.1"))
        server.add("/away", redirect("/y%0d%0aX-Smuggled:%201"))
        http.session().get(server.url("/away"))
    assert all("x-smuggled" not in request.headers for request in server.requests)
    assert server.asked("/second") == []


def test_a_name_that_changes_its_answer_is_judged_anew_at_every_connection(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["127.0.0.1", "127.0.0.2"]

    def rebinding(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    server.add("/close", Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"]))
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with Http(ONLY_ONE) as http:
        session = http.session()
        assert session.get(server.url("/close", host="rebinding.test")).text == "ok"
        with pytest.raises(AddressRefused):
            session.get(server.url("/close", host="rebinding.test"))


def test_a_name_that_rebinds_between_two_redirects_is_refused(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["127.0.0.1", "10.0.0.1"]

    def rebinding(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    location = f"http://rebinding.test:{server.port}/"
    server.add(
        "/away", Reply(raw=[f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nConnection: close\r\n\r\n".encode()])
    )
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with Http(ONLY_ONE) as http, pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        http.session().get(server.url("/away", host="rebinding.test"))
    assert answers == []


def test_a_name_with_many_dead_addresses_holds_us_no_longer_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as mute:
        port = mute.getsockname()[1]
        queued = [socket.socket() for _ in range(4)]
        try:
            for sock in queued:  # with its queue full, it answers nobody
                sock.setblocking(False)
                sock.connect_ex(("127.0.0.1", port))

            def many(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 500

            monkeypatch.setattr(socket, "getaddrinfo", many)
            begun = time.monotonic()
            with Http(QUICK) as http, pytest.raises(TooSlow):
                http.session().get(f"http://many.test:{port}/")
            assert time.monotonic() - begun < 1.5
        finally:
            for sock in queued:
                sock.close()


def test_of_many_addresses_that_refuse_a_few_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()

    def many(host: str, port: int, *args: object, **kwargs: object) -> Iterator[object]:
        for _ in range(500):
            tried.append(host)
            yield (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))

    monkeypatch.setattr(socket, "getaddrinfo", many)
    with pytest.raises(ConnectionRefusedError):
        AddressGuard(("127.0.0.1/32",), ()).connect("many.test", port, 1.0, ())
    assert len(tried) <= 10


def test_a_chain_of_slow_redirects_has_one_deadline(server: FeedServer) -> None:
    def slow(request: Request) -> Reply:
        time.sleep(0.25)
        return redirect(f"/{int(request.path[1:]) + 1}")

    for number in range(9):
        server.add(f"/{number}", slow)
    begun = time.monotonic()
    with Http(QUICK) as http:
        session = http.session()
        with pytest.raises(TooSlow):
            session.get(server.url("/0"))
        assert time.monotonic() - begun < 1.2
        assert session.get(server.url("/")).text == "reached", "the next request has time of its own"


def endless(begin: bytes, again: bytes) -> Iterator[bytes]:
    yield begin
    while True:
        yield again


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 50),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 4096),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 4096),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 4096),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 50),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 500),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\0" * 100),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b"x" * 4096),
    ],
    ids=[
        "continue",
        "headers",
        "header",
        "chunk size",
        "chunk extension",
        "trailers",
        "chunks",
        "gzip",
        "redirect",
    ],
)
def test_an_answer_without_end_is_left(server: FeedServer, begin: bytes, again: bytes) -> None:
    address = server.add("/endless", lambda _: Reply(raw=endless(begin, again)))
    began = time.monotonic()
    limits = HttpLimits(read_timeout=0.5, total_timeout=1, max_body=100_000, allow_networks=("127.0.0.1/32",))
    with Http(limits) as http, pytest.raises(RequestException):
        http.session().get(address)
    assert time.monotonic() - began < 3


def test_a_chain_of_encodings_is_not_unpacked(server: FeedServer) -> None:
    address = server.add("/", Reply(headers={"Content-Encoding": ", ".join(["gzip"] * 1000)}, body=b"x"))
    assert refused(address, ONLY_ONE)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"])
def test_no_proxy_of_the_environment_comes_between(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, server.url(""))
    monkeypatch.setenv("NO_PROXY", "")
    assert refused("http://169.254.169.254/latest/meta-data")
    assert server.requests == []


def test_a_private_address_that_is_broken_can_still_be_shown() -> None:
    assert private_address("https://[bad/secret").startswith("***#")
