"""The guard under TLS: the certificate is checked for the name, though the socket goes to the checked address."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from requests.exceptions import SSLError

from bot.http import Http, HttpLimits, TooSlow

LIMITS = HttpLimits(connect_timeout=5, read_timeout=5, total_timeout=0.8, allow_networks=("127.0.0.1/32",))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for feed.test, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so no certificate can be made")
    path = tmp_path_factory.mktemp("tls") / "feed.pem"
    key, cert = path.with_suffix(".key"), path.with_suffix(".crt")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=feed.test", "-addext", "subjectAltName=DNS:feed.test", "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    path.write_bytes(key.read_bytes() + cert.read_bytes())
    return path


class TlsServer:
    """Answers one request after another over TLS, or drips rubbish instead of a handshake."""

    def __init__(self, certificate: Path, *, drips: bool = False) -> None:
        self.names: list[str | None] = []
        self._drips = drips
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._context.sni_callback = lambda sock, name, context: self.names.append(name)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._socket.accept()
            except OSError:
                return
            with raw, suppress(OSError):
                self._drip(raw) if self._drips else self._answer(raw)

    def _drip(self, raw: socket.socket) -> None:
        raw.sendall(b"\x16\x03\x03\x40\x00")  # a handshake record of 16 KiB, to come
        for _ in range(100):
            raw.sendall(b"\x02")
            time.sleep(0.05)

    def _answer(self, raw: socket.socket) -> None:
        with self._context.wrap_socket(raw, server_side=True) as secure:
            secure.recv(4096)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine")

    def close(self) -> None:
        # a listening socket that is merely closed would leave accept() waiting
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(6)


@pytest.fixture
def server(certificate: Path) -> Iterator[TlsServer]:
    server = TlsServer(certificate)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _every_name_is_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_the_name_is_what_the_server_is_asked_for_and_judged_by(server: TlsServer, certificate: Path) -> None:
    with Http(LIMITS) as http:
        reply = http.session().get(f"https://feed.test:{server.port}/", verify=str(certificate))
    assert reply.text == "fine"
    assert server.names == ["feed.test"]


def test_a_certificate_for_another_name_is_refused(server: TlsServer, certificate: Path) -> None:
    with Http(LIMITS) as http, pytest.raises(SSLError, match=r"other\.test"):
        http.session().get(f"https://other.test:{server.port}/", verify=str(certificate))


def test_a_certificate_that_nobody_vouches_for_is_refused(server: TlsServer) -> None:
    with Http(LIMITS) as http, pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        http.session().get(f"https://feed.test:{server.port}/")


def test_a_handshake_that_drips_is_cut_at_the_deadline(certificate: Path) -> None:
    server = TlsServer(certificate, drips=True)
    begun = time.monotonic()
    try:
        with Http(LIMITS) as http, pytest.raises(TooSlow):
            http.session().get(f"https://feed.test:{server.port}/", verify=str(certificate))
    finally:
        server.close()
    assert time.monotonic() - begun < 2.5
