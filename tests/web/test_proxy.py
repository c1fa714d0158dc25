"""The real server behind a proxy and without one: what a header may say, and what no request can smuggle in."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.model.access import Scope
from bot.web.server import HEAD
from tests.support.webserver import CONFIG, Client, Till, served

PUBLIC = "heard.example.org"
AS_HTTPS = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A server that trusts nobody's word for where a request came from."""
    with served(tmp_path_factory.mktemp("direct")) as till:
        yield till


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """One that has a proxy on this machine in front of it, and a public name."""
    text = CONFIG.replace("[heard]", f'[heard]\npublic_url = "https://{PUBLIC}"')
    with served(tmp_path_factory.mktemp("behind"), text=f'{text}trusted_proxies = ["127.0.0.1"]\n') as till:
        yield till


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """One with a public name, of which nobody said what proxy is in front."""
    text = CONFIG.replace("[heard]", f'[heard]\npublic_url = "https://{PUBLIC}"')
    with served(tmp_path_factory.mktemp("public"), text=text) as till:
        yield till


def said(till: Till, request: bytes) -> bytes:
    """What the server answers to these bytes, until it hangs up or has nothing more to say."""
    host, _, port = till.address.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=1) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except OSError:
            pass
    return answer


def test_a_proxy_here_that_adds_no_header_opens_no_metrics_and_no_details(public: Till) -> None:
    """By nginx's ``proxy_pass`` alone, a stranger's request looks like one of this machine."""
    nobody, reader = Client(public.address), public.client(Scope.READ)
    assert nobody.get("/metrics").status == 401
    assert nobody.get("/healthz/ready").json == {"status": "ready"}
    assert (reader.get("/metrics").status, reader.get("/healthz/ready").json["late"]) == (200, [])


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via", "Forwarded"]
)
def test_where_the_proxy_here_is_named_it_is_told_from_this_machine_by_any_header(behind: Till, header: str) -> None:
    nobody = Client(behind.address)
    assert nobody.get("/metrics").status == 200
    assert nobody.get("/healthz").json["late"] == []
    assert nobody.call("GET", "/metrics", headers={header: "203.0.113.9"}).status == 401
    assert nobody.call("GET", "/healthz", headers={header: "203.0.113.9"}).json == {"status": "ready"}


def test_the_proxy_of_the_guide_shows_itself_and_is_named() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    nginx = guide.partition("```nginx\n")[2].partition("```")[0]
    assert {"Host", "X-Forwarded-For"} <= set(re.findall(r"proxy_set_header (\S+)", nginx))
    assert "location /metrics { deny all; }" in nginx
    assert 'trusted_proxies = ["127.0.0.1"]' in guide


def test_who_asks_for_the_public_name_is_not_this_machine(behind: Till, direct: Till) -> None:
    """A proxy that passes the name on and nothing else, and a page that reaches us under a name of its own."""
    for till, name in ((behind, PUBLIC), (direct, "192.0.2.7:8080")):
        assert Client(till.address).call("GET", "/metrics", headers={"Host": name}).status == 401


def test_a_stranger_who_says_that_tls_was_spoken_is_not_believed(direct: Till) -> None:
    answer = Client(direct.address).call("GET", "/sign-in", headers=AS_HTTPS)
    assert "set-cookie" not in answer.headers
    assert b'type="password"' not in answer.body, "somebody may read along on the way to that proxy"
    assert "strict-transport-security" not in answer.headers
    here = Client(direct.address).call("GET", "/sign-in")
    assert "__Host-" not in here.headers["set-cookie"]
    assert "secure" not in here.headers["set-cookie"].lower()


def test_a_trusted_proxy_is_believed_and_cookies_are_for_tls_alone(behind: Till) -> None:
    answer = Client(behind.address).call("GET", "/sign-in", headers={**AS_HTTPS, "Host": PUBLIC})
    assert answer.headers["set-cookie"].startswith("__Host-heard-form=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "Forwarded"]
)
def test_no_header_moves_the_name_or_the_path_of_a_request(behind: Till, header: str) -> None:
    said = (
        "host=evil.example;proto=http"
        if header == "Forwarded"
        else "/healthz/live"
        if "URL" in header
        else "evil.example"
    )
    answer = Client(behind.address).call("GET", "/account", headers={header: said, "Host": PUBLIC})
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in?next=/account")
    assert b"evil.example" not in answer.body


def test_each_link_of_a_chain_before_the_trusted_ones_is_only_a_claim(
    behind: Till, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="heard.web")
    claims = {"X-Forwarded-For": "127.0.0.1, 198.51.100.66, 203.0.113.9"}
    Client(behind.address).call("GET", "/nowhere/at/all", headers=claims)
    Client(behind.address).get("/healthz/live")
    assert "path=/nowhere/at/all status=404" in caplog.text
    assert next(line for line in caplog.text.splitlines() if "/nowhere" in line).endswith("client=203.0.113.9")


def test_wrong_keys_are_counted_for_who_stands_behind_the_proxy(behind: Till) -> None:
    def ask(address: str) -> int:
        headers = {"X-Forwarded-For": address, "Authorization": "Bearer heard_nobody"}
        return Client(behind.address).call("GET", "/api/v1/offers", headers=headers).status

    assert 429 in [ask("203.0.113.50") for _ in range(23)]
    assert ask("203.0.113.51") == 401, "a neighbour does not wait for them"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        b"Content-Length: 6\r\nContent-Length: 5\r\n",
        b"Content-Length: +6\r\n",
        b"Content-Length: 6, 5\r\n",
        b"Content-Length: 0x6\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n",
        b"Transfer-Encoding\r\n : chunked\r\n",
    ],
)
def test_no_second_request_is_smuggled_in_behind_a_body_of_two_lengths(direct: Till, head: bytes) -> None:
    request = (
        b"POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        + head
        + b"\r\n0\r\n\r\nGET /healthz/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    )
    answer = said(direct, request)
    assert b'"live"' not in answer
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert not answer or b" 400 " in answer.partition(b"\r\n")[0]


def test_a_head_that_does_not_end_is_not_kept(direct: Till) -> None:
    request = b"GET /healthz/live HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"".join(
        b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(HEAD // 1000 + 2)
    )
    assert b'"live"' not in said(direct, request + b"\r\n")
    assert b"live" in said(direct, b"GET /healthz/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")


@pytest.mark.parametrize("value", [b"a\r\nSet-Cookie: heard=x", b"a\nX: y", b"a\x00b", b"\x1b]0;owned\x07"])
def test_no_line_of_an_answer_or_of_the_log_is_written_by_a_header(
    direct: Till, value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="heard.web")
    answer = said(
        direct, b"GET /sign-in?next=/%0d%0aX:y HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: " + value + b"\r\n\r\n"
    )
    assert b"\r\nX:y" not in answer
    assert b"Set-Cookie: heard=x" not in answer
    assert "\x1b" not in caplog.text
