from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError
from bot.http import Http
from bot.ports import Deps
from connectors.rss import connect
from tests.support.feeddesk import START

OPML = """<?xml version="1.0"?><opml version="2.0"><head><title>Feeds &amp; more</title></head><body>
<outline text="News"><outline type="rss" text="A" xmlUrl="https://a.example/feed?x=1&amp;y=2" htmlUrl="https://a.example"/></outline>
<outline text="no feed"/><outline text="B" XMLURL=" https://b.example/rss "/></body></opml>"""


@pytest.fixture
def deps() -> Iterator[Deps]:
    def secret(options: Mapping[str, Any], name: str) -> str:
        assert name == "feeds"
        assert options["feeds_env"] == "PRIVATE_FEEDS"
        return "https://www.google.com/alerts/feeds/12/34\n  https://www.reddit.com/.rss?feed=s3kr1t&user=me  "

    with Http() as http:
        yield Deps(http.session, ManualClock(START), secret)


def test_a_source_gives_one_connector_a_feed_each_once(deps: Deps) -> None:
    feeds = ["https://a.example/feed", "https://b.example/feed", "https://a.example/feed"]
    found = connect("blogs", {"feeds": feeds}, deps)
    assert list(found) == feeds[:2]
    for connector in found.values():
        assert connector.trainable
        assert connector.capabilities == {"comments", "ratings", "views"}


def test_private_addresses_come_from_outside_and_are_shown_masked(deps: Deps) -> None:
    found = connect("alerts", {"feeds_env": "PRIVATE_FEEDS"}, deps)
    assert len(found) == 2
    assert not any("s3kr1t" in label or "/12/34" in label for label in found)


def test_an_opml_file_names_feeds(deps: Deps, tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(OPML, encoding="utf-8")
    found = connect("blogs", {"opml": str(path), "feeds": ["https://c.example/"]}, deps)
    assert list(found) == ["https://c.example/", "https://a.example/feed?x=1&y=2", "https://b.example/rss"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("", "not valid OPML"),
        ("<opml><body>", "not valid OPML"),
        ("<opml><body/></opml>", "names no feed"),
        ("<?xml version='1.0' encoding='nonsense'?><opml/>", "not valid OPML"),
    ],
)
def test_an_opml_file_that_does_not_serve_is_named(deps: Deps, tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "feeds.opml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as caught:
        connect("blogs", {"opml": str(path)}, deps)
    assert "source 'blogs'" in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "no feed is named"),
        ({"feeds": []}, "no feed is named"),
        ({"feeds": ["blog.example/feed"]}, r"'blog\.example/feed' is not a web address"),
        ({"feeds": ["file:///etc/passwd"]}, "not a web address"),
        ({"feeds": ["https://"]}, "not a web address"),
        ({"feeds": ["https://[bad"]}, "not a web address"),
        ({"feeds": ["https://x.example:99999/"]}, "not a web address"),
        ({"feed": ["https://a.example"]}, "did you mean 'feeds'"),
        ({"feeds": ["https://a.example"], "max_items": 0}, "max_items"),
        ({"feeds": "https://a.example"}, "feeds"),
    ],
)
def test_options_that_are_wrong_are_configuration_errors(deps: Deps, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        connect("blogs", options, deps)


def test_a_wrong_private_address_is_not_shown(deps: Deps) -> None:
    with pytest.raises(ConfigError) as caught:
        connect("blogs", {"feeds": ["ftp://me:s3kr1t@a.example/?token=s3kr1t"]}, deps)
    assert "s3kr1t" not in str(caught.value)
