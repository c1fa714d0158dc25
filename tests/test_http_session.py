from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import requests
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ReadTimeout, RequestException, TooManyRedirects

from bot.http import BodyTooLarge, Http, HttpLimits, TooSlow, Traffic
from tests.support.feedserver import FeedServer, Reply, drip, endless, gzip_bomb, packed, redirect

LOOPBACK = ("127.0.0.0/8",)
QUICK = HttpLimits(
    connect_timeout=1, read_timeout=0.3, total_timeout=0.6, max_body=1000, max_redirects=3, allow_networks=LOOPBACK
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        server.add("/ok", Reply(body="fine"))
        yield server


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(QUICK) as http:
        yield http


def test_a_plain_request_says_who_we_are_and_what_we_can_unpack(server: FeedServer, http: Http) -> None:
    assert http.session().get(server.url("/ok")).text == "fine"
    headers = server.requests[0].headers
    assert headers["user-agent"].startswith("Heard/")
    assert headers["accept-encoding"] == "gzip, deflate"
    assert "cookie" not in headers


def test_a_server_that_says_nothing_is_left_after_the_read_timeout(server: FeedServer, http: Http) -> None:
    release = threading.Event()

    def stall(_: object) -> Reply:
        release.wait(5)
        return Reply()

    address = server.add("/stall", stall)
    begun = time.monotonic()
    with pytest.raises(ReadTimeout):
        http.session().get(address)
    release.set()
    assert time.monotonic() - begun < 0.6


@pytest.mark.parametrize("stream", [True, False])
def test_a_body_that_drips_is_cut_at_the_deadline(server: FeedServer, http: Http, stream: bool) -> None:
    address = server.add("/drip", lambda _: Reply(body=drip(b"x" * 100, 0.05)))
    begun = time.monotonic()
    with pytest.raises(TooSlow, match=r"longer than 0\.6 s"):
        _ = http.session().get(address, stream=stream).content
    assert time.monotonic() - begun < 1.2


def test_headers_that_drip_are_cut_at_the_deadline(server: FeedServer, http: Http) -> None:
    address = server.add("/drip", lambda _: Reply(raw=drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100, 0.05)))
    begun = time.monotonic()
    with pytest.raises(TooSlow):
        http.session().get(address)
    assert time.monotonic() - begun < 1.2


def test_a_caller_may_set_a_shorter_wait_but_not_a_longer_whole(server: FeedServer, http: Http) -> None:
    address = server.add("/drip", lambda _: Reply(body=drip(b"x" * 100, 0.05)))
    with pytest.raises(TooSlow):
        http.session().get(address, timeout=30)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"x" * 1001),
        Reply(body=endless()),
        gzip_bomb(300 * 2**20),
        packed(b"x" * 5000, "deflate"),
        packed(b"x" * 5000, "gzip", "gzip"),
    ],
    ids=["long", "endless", "gzip bomb", "deflate", "gzip twice"],
)
def test_a_body_beyond_the_cap_is_cut_where_the_cap_is(
    server: FeedServer, http: Http, reply: Reply, stream: bool
) -> None:
    address = server.add("/big", reply)
    with pytest.raises(BodyTooLarge, match="1000 bytes"):
        _ = http.session().get(address, stream=stream).content
    assert http.counters["127.0.0.1"].bytes < 100_000


def test_the_cap_holds_for_whoever_reads_the_raw_body(server: FeedServer, http: Http) -> None:
    address = server.add("/big", Reply(body=b"x" * 5000))
    reply = http.session().get(address, stream=True)
    with pytest.raises(BodyTooLarge):
        list(iter(lambda: reply.raw.read(256, decode_content=True), b""))
    with pytest.raises(BodyTooLarge):
        http.session().get(address, stream=True).raw.read()


def test_a_body_of_just_the_cap_is_read_whole(server: FeedServer, http: Http) -> None:
    assert len(http.session().get(server.add("/full", packed(b"x" * 1000, "gzip"))).content) == 1000


def test_a_body_cut_short_is_an_error(server: FeedServer, http: Http) -> None:
    with pytest.raises(RequestException):
        http.session().get(server.add("/cut", Reply(body=b"half", length=8)))


def test_no_cookie_is_kept_or_sent_not_even_within_a_redirect(server: FeedServer, http: Http) -> None:
    server.add("/in", Reply(302, {"Set-Cookie": "id=1; Path=/", "Location": server.url("/ok")}))
    server.add("/ok", Reply(200, {"Set-Cookie": "id=2; Path=/"}, "fine"))
    session = http.session()
    for _ in range(2):
        session.get(server.url("/in"))
    assert len(session.cookies) == 0
    assert not any("cookie" in request.headers for request in server.requests)


def test_redirects_are_followed_a_few_times_and_no_more(server: FeedServer, http: Http) -> None:
    server.add("/3", redirect(server.url("/2")))
    server.add("/2", redirect("/1"))
    server.add("/1", redirect(server.url("/ok"), 308))
    assert http.session().get(server.url("/3")).text == "fine"
    server.add("/round", redirect("/round"))
    with pytest.raises(TooManyRedirects):
        http.session().get(server.url("/round"))


def test_the_host_machines_proxies_and_netrc_are_not_used(
    server: FeedServer, http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w", encoding="utf-8") as file:  # noqa: PTH123 a plain file
        file.write("machine 127.0.0.1 login me password sekrit\n")
    monkeypatch.setenv("NETRC", netrc)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert http.session().get(server.url("/ok")).text == "fine"
    assert http.session().get(server.url("/ok"), proxies={"http": "http://127.0.0.1:9"}).text == "fine"
    assert not any("authorization" in request.headers for request in server.requests)


def test_rebasing_moves_one_origin_and_keeps_path_query_and_method(server: FeedServer, http: Http) -> None:
    server.add("/2/tweets", Reply(body="[]"))
    session = http.session(rebase={"https://api.example.com": server.url("")})
    session.headers["Authorization"] = "Bearer abc"
    session.post("https://api.example.com:443/2/tweets?q=a%20b&x=1", data="y")
    (seen,) = server.requests
    assert (seen.method, seen.path, seen.body) == ("POST", "/2/tweets?q=a%20b&x=1", b"y")
    assert seen.headers["authorization"] == "Bearer abc"
    assert http.session().get(server.url("/ok")).text == "fine"


def test_a_rebased_address_is_guarded_like_any_other(server: FeedServer) -> None:
    with Http(HttpLimits()) as http, pytest.raises(RequestException, match="not a public address"):
        http.session(rebase={"https://api.example.com": server.url("")}).get("https://api.example.com/ok")
    assert server.requests == []


def test_a_secret_is_not_sent_on_to_another_host(server: FeedServer, http: Http) -> None:
    server.add("/away", redirect(server.url("/ok", host="localhost")))
    session = http.session()
    session.get(server.url("/away"), headers={"Authorization": "Bearer abc"})
    assert "authorization" in server.requests[0].headers
    assert "authorization" not in server.requests[1].headers


def test_closing_one_session_leaves_the_connections_of_the_others(server: FeedServer, http: Http) -> None:
    one, other = http.session(), http.session()
    streaming = other.get(server.url("/ok"), stream=True)
    one.get(server.url("/ok"))
    one.close()
    assert streaming.text == "fine"
    assert other.get(server.url("/ok")).text == "fine"


def test_sessions_are_fresh_and_share_nothing_but_the_transport(http: Http) -> None:
    one, other = http.session(), http.session()
    one.headers["User-Agent"] = "somebody else"
    assert other.headers["User-Agent"] == QUICK.user_agent
    assert isinstance(one, requests.Session)


def test_traffic_is_counted_by_host(server: FeedServer, http: Http) -> None:
    session = http.session()
    session.get(server.url("/ok"))
    session.get(server.url("/nowhere"))
    with pytest.raises(RequestsConnectionError):
        session.get("http://localhost:9/")
    assert http.counters["127.0.0.1"] == Traffic(requests=2, bytes=len("fine") + len("not found"), errors=1)
    assert http.counters["localhost"] == Traffic(requests=1, bytes=0, errors=1)


def test_many_threads_can_use_the_transport_at_once(server: FeedServer) -> None:
    texts = []
    with Http(HttpLimits(allow_networks=LOOPBACK)) as http:

        def work() -> None:
            for _ in range(10):
                with http.session() as session:
                    texts.append(session.get(server.url("/ok")).text)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert texts == ["fine"] * 80
        assert http.counters["127.0.0.1"].requests == 80


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    ],
    ids=["nothing", "garbage", "many headers", "a long header", "a bad chunk", "not gzip"],
)
def test_an_answer_that_is_no_http_is_a_request_error(server: FeedServer, http: Http, raw: bytes) -> None:
    with pytest.raises(RequestException):
        http.session().get(server.add("/odd", Reply(raw=[raw])))
