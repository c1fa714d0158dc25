"""Options of a reddit source: what is wrong is named, and no secret is shown."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import ConfigError
from connectors.reddit import connect
from tests.support.reddit import OPTIONS, deps

PRIVATE = "https://www.reddit.com/.rss?feed=0123456789abcdef&user=somebody"


def problem(options: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        connect("brand", options, deps())
    assert "0123456789abcdef" not in str(caught.value)
    return str(caught.value)


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in OPTIONS.items() if key not in keys}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ("source 'brand'", "key 'mode'", '"oauth"', '"feed"')),
        (OPTIONS | {"mode": "scrape"}, ("key 'mode'", "scrape")),
        (OPTIONS | {"subredits": ["a"]}, ("subredits", "did you mean 'subreddits'?")),
        (without("client_id_env"), ("source 'brand'", "client_id")),
        (OPTIONS | {"client_secret_env": "MISSING"}, ("source 'brand'", "client_secret_env")),
        (without("user_agent"), ("user_agent", "<platform>:<app id>:<version> (by /u/NAME)")),
        (OPTIONS | {"user_agent": "Mozilla/5.0"}, ("user_agent", "<platform>:<app id>:<version> (by /u/NAME)")),
        (OPTIONS | {"subreddits": []}, ("subreddits",)),
        (OPTIONS | {"subreddits": ["../api"]}, ("subreddits[1]", "../api")),
        (OPTIONS | {"comments": ["a+b"]}, ("comments[1]",)),
        (OPTIONS | {"overlap": -1}, ("overlap",)),
        (OPTIONS | {"oauth_url": "http://127.0.0.1:1/path"}, ("oauth_url", "no path")),
        (OPTIONS | {"base_url": "ftp://x"}, ("base_url",)),
        (OPTIONS | {"feeds": [PRIVATE]}, ("'feeds'", 'mode = "feed"')),
        ({"mode": "feed"}, ("source 'brand'", "feeds")),
        ({"mode": "feed", "feeds": []}, ("feeds", "prefs/feeds")),
        ({"mode": "feed", "feeds": PRIVATE}, ("feeds", "list")),
        ({"mode": "feed", "feeds": [PRIVATE, PRIVATE.removeprefix("https:")]}, ("feeds", "no address")),
        ({"mode": "feed", "feeds": [PRIVATE.replace("www.reddit.com", "[::1")]}, ("feeds", "no address")),
        ({"mode": "feed", "feeds": [PRIVATE.replace(".com", ".com:abc")]}, ("feeds", "no address")),
        ({"mode": "feed", "feeds": [5]}, ("feeds", "no address")),
        ({"mode": "feed", "feeds": [PRIVATE], "comments": ["a1"]}, ("'comments'", 'mode = "oauth"')),
        ({"mode": "feed", "feeds": [PRIVATE], "mod": "x"}, ("mod",)),
    ],
)
def test_a_wrong_option_is_named_with_what_is_allowed(options: dict[str, Any], words: tuple[str, ...]) -> None:
    text = problem(options)
    for expected in words:
        assert expected in text


def test_the_modes_say_what_they_can_give() -> None:
    api = connect("brand", OPTIONS, deps())
    feed = connect("brand", {"mode": "feed", "feeds": [PRIVATE]}, deps())
    assert "score" in api.capabilities
    assert feed.capabilities == frozenset()
    assert (api.trainable, feed.trainable) == (False, False)
    assert "0123456789abcdef" not in repr(feed)
