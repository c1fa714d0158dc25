from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.http import AddressRefused, Http, HttpLimits
from bot.http.guard import AddressGuard, Refused, is_public
from tests.support.feedserver import FeedServer, Reply, redirect

PUBLIC_ONLY = AddressGuard((), (80, 443))


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        server.add("/", Reply(body="reached"))
        yield server


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.1", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.7", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
        "3fff::1", "100::1", "64:ff9b:1::1", "5f00::1", "4000::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "2002:808:808::1", "2001:0:4136:e378:8000::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused_in_every_spelling(address: str) -> None:
    assert PUBLIC_ONLY.objection(address, 443) is not None


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_may_be_reached_on_the_ports_of_the_web(address: str) -> None:
    assert PUBLIC_ONLY.objection(address, 443) is None
    assert PUBLIC_ONLY.objection(address, 80) is None
    assert "allow_ports" in (PUBLIC_ONLY.objection(address, 6379) or "")


@given(st.ip_addresses())
def test_nothing_counts_as_public_that_the_standard_library_calls_private(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if is_public(address):
        traits = ("private", "loopback", "link_local", "multicast", "unspecified", "reserved")
        assert [trait for trait in traits if getattr(address, f"is_{trait}")] == []


def test_an_allowed_network_may_be_reached_on_any_port_and_by_its_carried_spellings() -> None:
    guard = AddressGuard(("10.1.0.0/16", "fd00::/8"), (80, 443))
    assert guard.objection("10.1.2.3", 8080) is None
    assert guard.objection("::ffff:10.1.2.3", 8080) is None
    assert guard.objection("fd00::5", 1) is None
    assert guard.objection("10.2.0.1", 80) is not None


def test_a_network_that_cannot_be_read_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"allow_networks.*127\.0\.0\.0/8"):
        AddressGuard(("10.0.0.0/99",), (80,))


def test_a_host_with_no_allowed_address_is_refused_before_anything_is_sent(server: FeedServer) -> None:
    with Http(HttpLimits()) as http, pytest.raises(AddressRefused, match=r"127\.0\.0\.1 is not a public address"):
        http.session().get(server.url("/"))
    assert server.requests == []


@pytest.mark.parametrize("spelling", ["localhost", "127.1", "2130706433", "0x7f000001", "0", "[::ffff:127.0.0.1]"])
def test_other_spellings_of_this_machine_are_refused_too(server: FeedServer, spelling: str) -> None:
    with Http(HttpLimits()) as http, pytest.raises(AddressRefused):
        http.session().get(server.url("/", host=spelling))
    assert server.requests == []


def test_a_redirect_to_an_address_outside_the_allowed_part_is_refused(server: FeedServer) -> None:
    server.add("/away", redirect(server.url("/", host="127.0.0.2")))
    server.add("/cloud", redirect("http://169.254.169.254/latest/meta-data"))
    with Http(HttpLimits(allow_networks=("127.0.0.1/32",))) as http:
        for path in ("/away", "/cloud"):
            with pytest.raises(AddressRefused, match="not a public address"):
                http.session().get(server.url(path))
    assert [request.path for request in server.requests] == ["/away", "/cloud"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/"])
def test_a_redirect_to_another_scheme_is_not_followed(server: FeedServer, target: str) -> None:
    server.add("/away", redirect(target))
    with (
        Http(HttpLimits(allow_networks=("127.0.0.0/8",))) as http,
        pytest.raises(OSError, match="No connection adapters"),
    ):
        http.session().get(server.url("/away"))


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_connected_to(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["127.0.0.1", "127.0.0.2"]
    asked = []

    def rebinding(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[len(asked) - 1], port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with Http(HttpLimits(allow_networks=("127.0.0.1/32",))) as http:
        reply = http.session().get(server.url("/", host="rebinding.test"))
        assert reply.text == "reached"
    assert asked == ["rebinding.test"]
    assert server.requests[0].headers["host"] == f"rebinding.test:{server.port}"


def test_only_the_allowed_addresses_of_a_name_are_tried(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def both(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("10.0.0.1", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with Http(HttpLimits(allow_networks=("127.0.0.1/32",))) as http:
        assert http.session().get(server.url("/", host="both.test")).text == "reached"


def test_a_name_without_any_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [])
    with pytest.raises(Refused, match="no address"):
        PUBLIC_ONLY.connect("nowhere.test", 80, 1.0, ())


def test_a_name_that_is_no_name_is_a_failed_lookup() -> None:
    with pytest.raises(socket.gaierror):
        PUBLIC_ONLY.connect("a" * 70 + ".test", 80, 1.0, ())
