"""Every way in which Reddit says no, recorded where there is a recording, else labelled as made."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import praw.reddit
import prawcore.rate_limit
import prawcore.sessions
import pytest

from bot.clock import ManualClock
from bot.errors import AccessDenied, BadResponse, RateLimited, SourceError, Unauthorised, Unavailable
from bot.http import HttpLimits
from bot.model import Allowance
from connectors.reddit import connect
from tests.support.reddit import (
    BRAND,
    NOW,
    OPTIONS,
    SEARCH,
    SECRETS,
    TOKEN,
    connected,
    deps,
    items,
    listing,
    pages,
    post,
    recorded,
    reddit,
)
from tests.support.replay import Answer, ReplayServer

JSON = {"content-type": "application/json; charset=UTF-8"}
HTML = {"content-type": "text/html; charset=UTF-8"}
BLOCK_PAGE = "<!doctype html><html><body><h1>whoa there, pardner!</h1>Your request has been blocked</body></html>"
WINDOW = {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "600", "x-ratelimit-reset": "300"}


@pytest.fixture(autouse=True)
def retries(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The library's sleeps before a retry, which are not slept here; any other sleep of it fails the test."""
    slept: list[float] = []
    forbidden: list[float] = []
    watch = SimpleNamespace(sleep=forbidden.append, monotonic_ns=time.monotonic_ns, monotonic=time.monotonic)
    monkeypatch.setattr(prawcore.sessions, "time", SimpleNamespace(sleep=slept.append, monotonic=time.monotonic))
    monkeypatch.setattr(prawcore.rate_limit, "time", watch)
    monkeypatch.setattr(praw.reddit, "time", watch)
    yield slept
    assert forbidden == [], "the library slept"
    assert all(seconds <= 5 for seconds in slept)


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with reddit() as found:
        yield found


def refused(server: ReplayServer, *answers: Answer) -> SourceError:
    """What the connector raises when the search is answered so; no secret stands in it or in its causes."""
    for answer in answers:
        server.add("GET", SEARCH, answer=answer)
    with pytest.raises(SourceError) as caught:
        pages(connected(server))
    shown = "".join(traceback.format_exception(caught.value)) + getattr(caught.value, "sample", "")
    for secret in (*SECRETS.values(), TOKEN["access_token"], "SCRUBBED-TOKEN"):
        assert str(secret) not in shown
    return caught.value


RECORDED = {
    "TestSession.test_request__bad_json": BadResponse,
    "TestSession.test_request__cloudflare_unknown_error": Unavailable,
    "TestSession.test_request__gateway_timeout": Unavailable,
    "TestSession.test_request__internal_server_error": Unavailable,
    "TestSession.test_request__service_unavailable": Unavailable,
    "TestSession.test_request__not_found": AccessDenied,
    "TestSession.test_request__redirect": AccessDenied,
    "TestSession.test_request__too__many_requests__with_retry_headers": RateLimited,
    "TestSession.test_request__unavailable_for_legal_reasons": AccessDenied,
    "TestSession.test_request__with_invalid_access_token": Unauthorised,
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_error_answer_becomes_its_kind(server: ReplayServer, name: str) -> None:
    answers = [answer for request, answer in recorded(f"prawcore/{name}") if request["method"] == "GET"]
    assert type(refused(server, *answers)) is RECORDED[name]


def test_a_recorded_retry_after_in_seconds_says_when_to_come_again(server: ReplayServer) -> None:
    answers = recorded("prawcore/TestSession.test_request__too__many_requests__with_retry_headers")
    error = refused(server, answers[1][1])
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(seconds=4)


@pytest.mark.parametrize(
    "name", ["TestReddit.test_bare_badrequest", "TestReddit.test_bad_request_without_json_text_html_response"]
)
def test_a_recorded_bad_request_is_a_bad_response(server: ReplayServer, name: str) -> None:
    assert type(refused(server, recorded(f"praw/{name}")[-1][1])) is BadResponse


def test_a_recorded_expired_token_is_renewed_without_an_error(server: ReplayServer) -> None:
    for _request, answer in recorded("prawcore/TestSession.test_request__with_invalid_access_token__retry")[1::2]:
        server.add("GET", SEARCH, answer=answer)
    server.add("GET", SEARCH, body=listing([]))
    found = pages(connected(server, ManualClock(NOW)))
    tokens = [request for request in server.requests if request.path == "/api/v1/access_token"]
    assert len(tokens) == 2
    assert found[0].cost.reads == 4


@pytest.mark.parametrize(
    "token",
    [
        Answer(400, JSON, '{"error": 400}'),
        Answer(401, JSON, '{"message": "Unauthorized", "error": 401}'),
        Answer(200, JSON, '{"error": "invalid_grant"}'),
        Answer(200, HTML, BLOCK_PAGE),
        Answer(200, JSON, "[]"),
        Answer(200, JSON, '{"access_token": "x"}'),
        Answer(403, HTML, BLOCK_PAGE),
        Answer(429, {"retry-after": "60"}, ""),
        Answer(503, {}, ""),
        Answer(drop=True),
    ],
    ids=["400", "401", "error-in-200", "html-in-200", "list", "half", "block-page", "429", "503", "dropped"],
)
def test_a_refused_token_call_is_one_of_our_errors(token: Answer) -> None:
    """Made, but for the 400 and the invalid_grant, whose bodies are recorded ones."""
    kinds = {400: BadResponse, 401: Unauthorised, 403: AccessDenied, 429: RateLimited, 503: Unavailable}
    with reddit(token) as server:
        error = refused(server)
    if token.drop:
        assert type(error) is Unavailable
    elif token.status == 200:
        assert type(error) is (Unauthorised if "invalid_grant" in str(token.body) else BadResponse)
    else:
        assert type(error) is kinds[token.status]


MADE = {
    "no such subreddit": (Answer(302, {"location": "/subreddits/search?q=x"}), AccessDenied, "does not exist"),
    "private": (Answer(403, JSON, '{"reason": "private", "message": "Forbidden", "error": 403}'), AccessDenied, "private"),
    "quarantined": (Answer(403, JSON, '{"reason": "quarantined"}'), AccessDenied, "quarantined"),
    "block page": (Answer(403, HTML, BLOCK_PAGE), AccessDenied, "blocked"),
    "banned": (Answer(404, JSON, '{"reason": "banned", "message": "Not Found"}'), AccessDenied, "banned"),
    "gone": (Answer(410, JSON, "{}"), AccessDenied, "gone"),
    "redirect without a place": (Answer(302, {}), BadResponse, "elsewhere"),
    "redirect to nonsense": (Answer(302, {"location": "http://[::1"}), BadResponse, "no sense"),
    "403 nested deeply": (Answer(403, JSON, "[" * 100_000), AccessDenied, "forbidden"),
    "moved": (Answer(301, {"location": "https://www.reddit.com/login/"}), AccessDenied, "/login/"),
    "bare 401": (Answer(401, JSON, "{}"), Unauthorised, "credentials"),
    "unknown 401": (Answer(401, {"www-authenticate": 'Bearer error="odd"'}), Unauthorised, "credentials"),
    "api error": (Answer(200, JSON, '{"json": {"errors": [["USER_REQUIRED", "log in", null]]}}'), BadResponse, "USER_REQUIRED"),
    "api rate limit": (
        Answer(200, JSON, '{"json": {"errors": [["RATELIMIT", "try again in 9 minutes.", "ratelimit"]]}}'),
        RateLimited,
        "wait",
    ),
    "html instead of json": (Answer(200, HTML, BLOCK_PAGE), BadResponse, "no sense"),
    "empty body": (Answer(200, JSON, ""), BadResponse, "no listing"),
    "null": (Answer(200, JSON, "null"), BadResponse, "no listing"),
    "a number": (Answer(200, JSON, "5"), BadResponse, "no sense"),
    "a list": (Answer(200, JSON, "[]"), BadResponse, "no listing"),
    "error in a success": (Answer(200, JSON, '{"error": 404}'), BadResponse, "no listing"),
    "listing without children": (Answer(200, JSON, '{"kind": "Listing", "data": {}}'), BadResponse, "no listing"),
    "null data": (Answer(200, JSON, '{"kind": "Listing", "data": null}'), BadResponse, "no sense"),
    "deep nesting": (Answer(200, JSON, "[" * 100_000), BadResponse, "no sense"),
    "odd used header": (
        Answer(200, {"x-ratelimit-remaining": "9", "x-ratelimit-used": "1.5", "x-ratelimit-reset": "9"}, listing([])),
        BadResponse,
        "ValueError",
    ),
    "too long": (Answer(414, {}, ""), BadResponse, "414"),
    "521": (Answer(521, {}, ""), Unavailable, "521"),
    "connection dropped": (Answer(drop=True), Unavailable, "did not answer"),
    "204": (Answer(204), BadResponse, "no listing"),
}  # fmt: skip


@pytest.mark.parametrize("case", MADE)
def test_a_made_error_answer_becomes_its_kind_and_says_what_is_wrong(server: ReplayServer, case: str) -> None:
    answer, kind, word = MADE[case]
    error = refused(server, answer)
    assert type(error) is kind
    assert word in str(error)
    assert error.__cause__ is not None or "no listing" in str(error)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "120"}, timedelta(seconds=120)),
        ({"retry-after": "Sun, 22 Nov 2026 12:05:00 GMT"}, timedelta(minutes=5)),
        ({"retry-after": "Sun, 22 Nov 2020 12:05:00 GMT"}, timedelta(seconds=1)),
        ({"retry-after": "9" * 400}, timedelta(minutes=10)),
        ({"retry-after": "99999999999"}, timedelta(days=1)),
        ({"retry-after": "soon", "x-ratelimit-reset": "77"}, timedelta(seconds=77)),
        ({"x-ratelimit-reset": "42"}, timedelta(seconds=42)),
        ({}, timedelta(minutes=10)),
        ({"retry-after": "Mon, 01 Jan 0001 00:00:00 +1400"}, timedelta(seconds=1)),
        ({"retry-after": "-5"}, timedelta(minutes=10)),
        ({"retry-after": "nan"}, timedelta(minutes=10)),
    ],
)
def test_a_429_says_when_to_come_again_in_whatever_form(
    server: ReplayServer, headers: dict[str, str], wait: timedelta
) -> None:
    error = refused(server, Answer(429, headers, "Too Many Requests"))
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + wait


def test_a_503_keeps_the_time_that_the_server_named(server: ReplayServer) -> None:
    error = refused(server, Answer(503, {"retry-after": "30"}, ""))
    assert isinstance(error, Unavailable)
    assert error.retry_at == NOW + timedelta(seconds=30)


def test_one_503_is_retried_by_the_library_and_is_no_error(server: ReplayServer, retries: list[float]) -> None:
    server.add("GET", SEARCH, 503)
    server.add("GET", SEARCH, body=listing([post(1, NOW.timestamp())]))
    assert len(items(pages(connected(server)))) == 1
    assert len(retries) == 1


def test_nothing_left_in_the_window_is_rate_limited_before_the_next_call(server: ReplayServer) -> None:
    clock = ManualClock(NOW)
    connector = connected(server, clock, comments=["chocolate"])
    server.add("GET", SEARCH, 200, WINDOW, listing([post(1, NOW.timestamp())]))
    server.add("GET", "/r/chocolate/comments/", body=listing([]))
    walk = connector.fetch([BRAND], None, Allowance())
    assert [item.key for item in next(walk).items] == ["reddit:t3_1"]
    with pytest.raises(RateLimited) as caught:
        next(walk)
    assert caught.value.retry_at == NOW + timedelta(seconds=300)
    sent = len(server.requests)
    clock.advance(timedelta(seconds=299))
    with pytest.raises(RateLimited):
        pages(connector)
    assert len(server.requests) == sent
    clock.advance(timedelta(seconds=1))
    server.add("GET", SEARCH, body=listing([]))
    assert pages(connector)[-1].covered is not None


def test_a_window_that_the_last_poll_used_up_is_whole_again_an_hour_later(server: ReplayServer) -> None:
    clock = ManualClock(NOW)
    connector = connected(server, clock)
    server.add("GET", SEARCH, 200, WINDOW, listing([]))
    server.add("GET", SEARCH, body=listing([]))
    pages(connector)
    clock.advance(timedelta(hours=1))
    assert pages(connector)[-1].covered is not None


def test_after_a_429_nothing_is_asked_before_its_time(server: ReplayServer) -> None:
    clock = ManualClock(NOW)
    connector = connected(server, clock)
    server.add("GET", SEARCH, 429, {"retry-after": "60"})
    server.add("GET", SEARCH, body=listing([]))
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            pages(connector)
        assert caught.value.retry_at == NOW + timedelta(seconds=60)
    assert len(server.requests) == 2
    clock.advance(timedelta(seconds=60))
    assert pages(connector)[-1].covered is not None


@pytest.mark.parametrize("status", [503, 500, 408, 401])
def test_an_error_with_nothing_left_in_the_window_is_not_slept_through(server: ReplayServer, status: int) -> None:
    error = refused(server, Answer(status, WINDOW, ""))
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(seconds=300)


def test_the_library_does_not_pace_what_the_window_still_holds(server: ReplayServer) -> None:
    ahead = {"x-ratelimit-remaining": "20.0", "x-ratelimit-used": "580", "x-ratelimit-reset": "590"}
    server.add("GET", SEARCH, 200, ahead, listing([]))
    server.add("GET", "/r/chocolate/comments/", 200, ahead, listing([]))
    assert pages(connected(server, comments=["chocolate"]))[-1].covered is not None


def test_an_address_that_is_not_allowed_is_unavailable(server: ReplayServer) -> None:
    connector = connect("reddit", OPTIONS | {"base_url": server.base_url}, deps(limits=HttpLimits()))
    with pytest.raises(Unavailable, match="allow_networks"):
        pages(connector)


def test_a_body_beyond_the_cap_is_a_bad_response(server: ReplayServer) -> None:
    server.add("GET", SEARCH, 200, JSON, "[" + " " * 5000 + "]")
    small = HttpLimits(allow_networks=("127.0.0.0/8",), max_body=2000)
    with pytest.raises(BadResponse, match="2000 bytes"):
        pages(connect("reddit", OPTIONS | {"base_url": server.base_url}, deps(limits=small)))


def test_no_log_line_shows_a_secret(server: ReplayServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        server.add("GET", SEARCH, 503)
        server.add("GET", SEARCH, body=listing([post(1, NOW.timestamp())]))
        pages(connected(server))
    for secret in (*SECRETS.values(), str(TOKEN["access_token"])):
        assert secret not in caplog.text
