from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import tweepy
from hypothesis import given
from hypothesis import strategies as st
from requests.exceptions import ConnectionError as RequestsConnectionError

from bot.http import Http, HttpLimits, public_address, redact
from tests.support.feedserver import FeedServer, Reply

LIMITS = HttpLimits(allow_networks=("127.0.0.0/8",))
SECRET = "s3kr1tvalue"
PLACES = [
    "https://user:{}@example.org/feed",
    "https://{}@example.org/feed",
    "https://www.reddit.com/message/inbox/.rss?feed={}&user=somebody",
    "https://example.org/rss?a=1&token={}",
    "https://example.org/rss?ACCESS_TOKEN={}#x",
    "https://example.org/rss?x=1;key={}",
    "https://example.org/rss?api_key={}&x=1",
    "https://example.org/rss?sig={}",
    "https://example.org/rss?X-Amz-Signature={}",
    "https://example.org/cb#access_token={}",
    "https://example.org/go?to=https%3A%2F%2Fx.org%2F%3Ftoken%3D{}",
    "https://www.google.com/alerts/feeds/{}/1234567890",
    "https://www.google.com/alerts/feeds/1234567890/{}",
    "https://example.org/private/{}/feed.xml",
    "Authorization: Bearer {}",
    "{{'Authorization': 'Bearer {}'}}",
    "Authorization: {}",
    "got Bearer {} back",
    "client_secret={}&grant_type=x",
    '{{"access_token": "{}", "x": 1}}',
    "Max retries exceeded with url: /rss?feed={} (Caused by X)",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_masked_wherever_it_stands(place: str) -> None:
    text = place.format(SECRET)
    assert SECRET not in redact(text)
    assert "***" in redact(text)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/feed.xml?page=2&lang=en",
        "https://example.org/users/anna@home/feed",
        "https://example.org/authors?author=anna",
        "the bearer token was refused; check bearer_token_env",
        "config.toml: source 'blogs': unknown key 'feedz'",
        "https://example.org/keynote/tokens-of-love",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redact(text) == text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_masking_twice_is_masking_once_whatever_the_text(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_private_addresses_stay_apart_when_shown_and_others_stay_as_they_are() -> None:
    one, other = (f"https://www.google.com/alerts/feeds/1/{number}" for number in (1, 2))
    assert public_address(one) != public_address(other)
    assert public_address(one).startswith("https://www.google.com/alerts/feeds/***#")
    assert public_address("https://example.org/feed") == "https://example.org/feed"


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(LIMITS) as http:
        yield http


def test_errors_of_the_transport_show_no_secret(http: Http) -> None:
    with pytest.raises(RequestsConnectionError) as caught:
        http.session().get(f"http://127.0.0.1:9/rss?feed={SECRET}")
    error: BaseException | None = caught.value
    assert "refused" in str(error)
    while error is not None:
        assert SECRET not in repr(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_a_debug_log_shows_neither_token_nor_private_address(http: Http, caplog: pytest.LogCaptureFixture) -> None:
    with FeedServer() as server, caplog.at_level(logging.DEBUG):
        server.add("/2/tweets/search/recent", Reply(200, {"Content-Type": "application/json"}, '{"meta": {}}'))
        client = tweepy.Client(SECRET, return_type=dict)
        client.session = http.session(rebase={"https://api.twitter.com": server.url("")})
        client.search_recent_tweets("truffle")
        http.session().get(server.url(f"/rss?feed={SECRET}"))
        assert SECRET in server.requests[0].headers["authorization"]
        assert SECRET in server.requests[1].path
        assert SECRET not in caplog.text

        for name in ("tweepy", "tweepy.client"):  # the connector pins the second by itself
            logging.getLogger(name).setLevel(logging.DEBUG)
        client.search_recent_tweets("truffle")
        assert SECRET in caplog.text, "the log would show it, were the logger not pinned"
