"""The replay server itself, since so much rests on it."""

from __future__ import annotations

import json
import threading
import time

import pytest
import requests

from tests.support.replay import Answer, ReplayServer, Request


@pytest.fixture
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_answers_come_in_order_and_the_last_one_stays(session):
    with ReplayServer() as server:
        server.add("GET", "/a", 200, {"x-one": "1"}, "first")
        server.add("GET", "/a", 503, None, b"second")
        got = [session.get(server.base_url + "/a") for _ in range(3)]
        assert [(r.status_code, r.text) for r in got] == [(200, "first"), (503, "second"), (503, "second")]
        assert got[0].headers["x-one"] == "1"


def test_a_query_subset_decides_which_answer_fits(session):
    with ReplayServer() as server:
        server.add("GET", "/a", body={"page": 2}, query={"page": "2"})
        server.add("GET", "/a", body={"page": 1}, query={"page": "1"})
        assert session.get(server.base_url + "/a?page=1&more=x").json() == {"page": 1}
        assert session.get(server.base_url + "/a?page=2").json() == {"page": 2}
        assert session.get(server.base_url + "/a").status_code == 404
        assert [r.path for r in server.unmatched] == ["/a"]


def test_a_function_answers_from_the_request_and_the_request_is_kept(session):
    def echo(request: Request) -> Answer:
        return Answer(201, {}, request.body)

    with ReplayServer() as server:
        server.add("POST", "/echo", answer=echo)
        response = session.post(server.base_url + "/echo?q=a%20b&empty=", data=b"hello", headers={"X-Y": "z"})
        assert (response.status_code, response.content) == (201, b"hello")
        [kept] = server.requests
        assert kept.query == {"q": "a b", "empty": ""}
        assert kept.headers["x-y"] == "z"


def test_connections_are_kept_alive_and_a_stop_does_not_wait_for_them(session):
    with ReplayServer() as server:
        server.add("GET", "/", body="x" * 200_000)
        for _ in range(5):
            assert len(session.get(server.base_url + "/").content) == 200_000
        assert server.connections == 1
        began = time.monotonic()
    assert time.monotonic() - began < 1


def test_a_dropped_connection_is_an_error_for_the_client_only(session):
    with ReplayServer() as server:
        server.add("GET", "/", answer=Answer(drop=True))
        server.add("GET", "/", body="back")
        with pytest.raises(requests.ConnectionError):
            session.get(server.base_url + "/")
        assert session.get(server.base_url + "/").text == "back"


def test_many_threads_get_every_answer_once():
    with ReplayServer() as server:
        for number in range(40):
            server.add("GET", "/n", body=str(number))
        seen: list[str] = []

        def ask() -> None:
            with requests.Session() as own:
                own.trust_env = False
                seen.extend(own.get(server.base_url + "/n").text for _ in range(10))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(int, seen)) == list(range(40))


def test_a_recording_is_played_by_method_and_path(session, tmp_path):
    recording = tmp_path / "exchange.json"
    exchange = {
        "request": {"method": "GET", "uri": "https://api.example.com/v?page=2", "headers": {}, "body": ""},
        "response": {"status": 200, "headers": {"date": "then", "content-length": "9"}, "body": '{"a": 1}'},
    }
    recording.write_text(json.dumps({"origin": {}, "exchanges": [exchange]}))
    with ReplayServer() as server:
        assert server.load(recording, query=["page"]) == 1
        response = session.get(server.base_url + "/v?page=2")
        assert (response.json(), response.headers["date"]) == ({"a": 1}, "then")
        assert session.get(server.base_url + "/v?page=3").status_code == 404


def test_head_and_204_carry_no_body(session):
    with ReplayServer() as server:
        server.add("HEAD", "/", body="12345")
        server.add("DELETE", "/", 204, None, "ignored")
        assert session.head(server.base_url + "/").headers["content-length"] == "5"
        assert session.delete(server.base_url + "/").content == b""
        assert session.delete(server.base_url + "/").status_code == 204
