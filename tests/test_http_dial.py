"""Lines that are not HTTP: the same guard, one deadline, one cap, and certificates checked for the name."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import SSLError

from bot.http import AddressRefused, BodyTooLarge, Dialer, HttpLimits, TooSlow
from bot.ports import Line
from tests.test_http_tls import TlsServer, certificate  # noqa: F401 a fixture

HERE = HttpLimits(allow_networks=("127.0.0.0/8",), connect_timeout=2, read_timeout=2)


@contextmanager
def server(play: Callable[[socket.socket], None]) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                play(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def to_the_end(line: Line) -> None:
    while line.receive(2) != b"":
        pass


def read_all(port: int) -> None:
    with closing(Dialer(HERE).dial("127.0.0.1", port, tls=False, seconds=5, size=1000)) as line:
        to_the_end(line)


def test_what_is_sent_arrives_and_what_comes_is_received_to_the_end() -> None:
    with server(lambda sock: sock.sendall(sock.recv(100).upper())) as port:
        line = Dialer(HERE).dial("127.0.0.1", port, tls=False, seconds=5, size=100)
        line.send(b"hello")
        assert line.receive(2) == b"HELLO"
        assert line.receive(2) == b""
        line.close()
        line.close()


def test_a_private_address_or_a_strange_port_is_refused_before_anything_is_sent() -> None:
    dial = Dialer(HttpLimits()).dial
    for host, port in (
        ("127.0.0.1", 443),
        ("localhost", 443),
        ("169.254.169.254", 80),
        ("[::1]", 443),
        ("8.8.8.8", 22),
    ):
        with pytest.raises(AddressRefused):
            dial(host, port, tls=False, seconds=5, size=100)


def test_a_name_that_is_none_and_a_port_that_nobody_serves_are_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NoConnection):
        Dialer(HERE).dial("127.0.0.1", port, tls=False, seconds=5, size=100)
    with pytest.raises(NoConnection):
        Dialer(HERE).dial("a" * 70 + ".example", 443, tls=False, seconds=5, size=100)


def test_silence_is_told_apart_from_the_end_and_ends_with_the_deadline() -> None:
    with server(lambda sock: time.sleep(1.5)) as port:
        line = Dialer(HERE).dial("127.0.0.1", port, tls=False, seconds=0.6, size=100)
        assert line.receive(0.1) is None
        begun = time.monotonic()
        with pytest.raises(TooSlow):
            line.receive(60)
        assert time.monotonic() - begun < 1.2
        with pytest.raises(TooSlow):
            line.send(b"late")
        line.close()


def test_bytes_that_keep_coming_do_not_move_the_deadline() -> None:
    def drip(sock: socket.socket) -> None:
        for _ in range(100):
            sock.sendall(b"x")
            time.sleep(0.02)

    with server(drip) as port:
        line = Dialer(HERE).dial("127.0.0.1", port, tls=False, seconds=0.3, size=10_000)
        with pytest.raises(TooSlow):
            to_the_end(line)
        line.close()


def test_more_than_the_cap_is_not_taken() -> None:
    with server(lambda sock: sock.sendall(b"x" * 1_000_000)) as port:
        line = Dialer(HERE).dial("127.0.0.1", port, tls=False, seconds=5, size=1000)
        with pytest.raises(BodyTooLarge):
            to_the_end(line)
        line.close()


def test_a_far_side_that_breaks_off_is_no_connection() -> None:
    def reset(sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    # It may break off before the connection stands, or after.
    with server(reset) as port, pytest.raises(NoConnection):
        read_all(port)


@pytest.fixture
def _every_name_is_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.usefixtures("_every_name_is_this_machine")
def test_under_tls_the_certificate_is_checked_for_the_name(certificate: Path) -> None:  # noqa: F811 the fixture
    tls = TlsServer(certificate)
    try:
        trusting = Dialer(HERE, str(certificate))
        line = trusting.dial("feed.test", tls.port, tls=True, seconds=5, size=1000)
        line.send(b"hello")
        assert (line.receive(2) or b"").startswith(b"HTTP/1.1 200")
        line.close()
        assert tls.names == ["feed.test"]
        with pytest.raises(SSLError):
            trusting.dial("other.test", tls.port, tls=True, seconds=5, size=1000)
        with pytest.raises(SSLError):
            Dialer(HERE).dial("feed.test", tls.port, tls=True, seconds=5, size=1000)
        with pytest.raises(SSLError):
            trusting.dial("a..b", tls.port, tls=True, seconds=5, size=1000)
    finally:
        tls.close()


@pytest.mark.usefixtures("_every_name_is_this_machine")
def test_a_handshake_that_drips_is_cut_at_the_deadline(certificate: Path) -> None:  # noqa: F811 the fixture
    tls = TlsServer(certificate, drips=True)
    begun = time.monotonic()
    try:
        with pytest.raises((TooSlow, SSLError)):
            Dialer(HERE, str(certificate)).dial("feed.test", tls.port, tls=True, seconds=0.5, size=1000)
    finally:
        tls.close()
    assert time.monotonic() - begun < 2.5


def test_trust_is_what_requests_trusts() -> None:
    context = Dialer(HERE)._tls
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.cert_store_stats()["x509_ca"] > 50
