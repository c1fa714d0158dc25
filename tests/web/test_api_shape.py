"""What comes in wrong is refused in plain words, with the right status, and nothing is counted."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from tests.support.webserver import PHRASE, Client, Till, served

REDEEM = "/api/v1/redemptions"


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with served(tmp_path_factory.mktemp("shape")) as till:
        yield till


@pytest.fixture(scope="module")
def client(till: Till) -> Client:
    return till.client()


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"code": None}, {"code": 7}, {"code": ["a"]}, {"cod": PHRASE}, {"code": PHRASE, "cap": 99},
        {"code": PHRASE, "order_value": -1}, {"code": PHRASE, "order_value": "1,50"}, {"code": PHRASE, "order_value": "٤"},
        {"code": PHRASE, "order_value": "1_0"}, {"code": PHRASE, "order_value": True}, {"code": PHRASE, "order_value": 1e30},
        {"code": PHRASE, "order_value": "NaN"}, {"code": PHRASE, "order_value": 0.00001},
        {"code": PHRASE, "order_value": 5, "currency": "eur"}, {"code": PHRASE, "order_value": 5, "currency": "XQX"},
        {"code": PHRASE, "new_customer": "yes"}, {"code": PHRASE, "new_customer": 1},
        {"code": PHRASE, "redeemed_at": 1700000000}, {"code": PHRASE, "redeemed_at": "2026-11-21T10:00:00"},
        {"code": PHRASE, "redeemed_at": "0001-01-01T00:00:00+14:00"}, {"code": PHRASE, "redeemed_at": "2999-01-01T00:00:00Z"},
        {"code": PHRASE, "redeemed_at": "yesterday"}, {"code": PHRASE, "order_id": "x" * 201}, {"code": PHRASE, "offer": ""},
    ],
)  # fmt: skip
def test_a_body_of_the_wrong_shape_is_422(client: Client, wrong: object) -> None:
    answer = client.call("POST", REDEEM, wrong)
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json["detail"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 422), (b"[]", 422), (b"null", 422), (b'"x"', 422), (b'{"code": "\xff\xfe"}', 400),
        (b'{"code": "\\ud800"}', 404), (b'{"code": "x", "\\ud800": 1}', 422), (b'{"code": "a", "order_value": NaN}', 422),
        (b'{"code": "a", "order_value": 1e999}', 422), (b'{"code": "a", "order_value": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 60_000, 400), (b'{"code": "' + b"x" * 70_000 + b'"}', 413),
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_or_too_long_is_refused(client: Client, raw: bytes, status: int) -> None:
    answer = client.call("POST", REDEEM, raw=raw)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer.body
    assert b"Traceback" not in answer.body


def test_a_body_that_is_too_long_is_refused_without_a_length(client: Client) -> None:
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
    head = (
        f"POST {REDEEM} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {client.key}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    ).encode()
    assert b" 413 " in _said(client, head + chunk * 20 + b"0\r\n\r\n").partition(b"\r\n")[0]


def test_only_json_is_read(client: Client) -> None:
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "",
    ):
        answer = client.call("POST", REDEEM, raw=b'{"code": "x"}', headers={"Content-Type": kind})
        assert (answer.status, answer.headers["content-type"]) == (415, "application/problem+json"), kind
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/vnd.shop+json"):
        assert (
            client.call(
                "POST", REDEEM, raw=json.dumps({"code": PHRASE}).encode(), headers={"Content-Type": kind}
            ).status
            == 201
        )


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "umlaut-ü".encode().decode("latin-1")])
def test_a_key_that_is_none_is_422(client: Client, key: str) -> None:
    assert client.redeem(PHRASE, key=key).status == 422


def test_what_is_not_there_and_what_cannot_be_done_are_problems_too(client: Client) -> None:
    for method, path, status in (
        ("GET", "/api/v1/nothing", 404), ("GET", REDEEM, 405), ("PUT", REDEEM, 405), ("DELETE", "/api/v1/offers", 405),
        ("GET", "/api/v1/offers/none", 404), ("GET", "/api/v1/offers/none/events", 404), ("GET", "/api/v1/redemptions/x", 404),
    ):  # fmt: skip
        answer = client.call(method, path)
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), (method, path)
        assert answer.json["status"] == status
    assert "POST" in client.call("GET", REDEEM).headers["allow"]


def test_nobody_is_told_what_serves_and_answers_are_not_kept(client: Client) -> None:
    answer = client.redeem(PHRASE)
    assert "server" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_head_that_is_too_long_is_refused(client: Client) -> None:
    said = _said(client, b"GET /healthz/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * 40_000 + b"\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 400")


def _said(client: Client, sent: bytes) -> bytes:
    with socket.create_connection((client.host, client.port), timeout=30) as connection:
        connection.sendall(sent)
        said = b""
        while part := connection.recv(65536):
            said += part
            if b"\r\n\r\n" in said:
                break
    return said
