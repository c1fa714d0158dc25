"""Feeds are found from a page: announced, kept where platforms keep them, or guessed; each is read before it is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError, SourceError
from bot.http import Http, HttpLimits
from bot.model import FoundFeed
from bot.ports import Deps
from connectors.rss.discover import _of_platform, discover
from tests.support.feeddesk import FAST, START, FeedDesk, no_secret
from tests.support.feedserver import Reply, endless, entry, gzip_bomb, redirect, rss

FEED = rss(
    entry("One", guid="1", date="Sun, 01 Mar 2026 10:00:00 GMT"),
    entry("Two", guid="2", date="Sat, 28 Feb 2026 10:00:00 GMT"),
    channel="<title>Cocoa &amp;amp; Co</title>",
)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Atoms</title><entry><id>a</id><title>A</title></entry></feed>'
JSON = '{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": "1", "content_text": "x"}]}'


@pytest.fixture
def desk() -> Iterator[FeedDesk]:
    with FeedDesk(HttpLimits(max_body=2**20, allow_networks=("127.0.0.1/32",))) as desk:
        yield desk


def page(*head: str, body: str = "") -> Reply:
    return Reply(
        headers={"Content-Type": "text/html"}, body=f"<!doctype html><html><head>{''.join(head)}</head>{body}</html>"
    )


def alternate(href: str, kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" title="x" href="{href}">'


def test_an_announced_feed_is_read_and_told(desk: FeedDesk) -> None:
    feed = desk.server.add("/the/feed.xml", Reply(body=FEED))
    blog = desk.server.add("/blog/", page(alternate("../the/feed.xml?x=1&amp;y=2")))
    assert discover(blog, desk.deps) == (
        FoundFeed(f"{feed}?x=1&y=2", "Cocoa & Co", "RSS 2.0", 2, datetime(2026, 3, 1, 10, tzinfo=UTC)),
    )
    assert "text/html" in desk.server.requests[0].headers["accept"]


def test_several_are_told_in_the_order_of_the_page_and_what_is_no_feed_is_not(desk: FeedDesk) -> None:
    desk.server.add("/a", Reply(body=ATOM))
    desk.server.add("/j", Reply(body=JSON))
    desk.server.add("/no", page())
    head = [
        alternate("/no"),
        "<LINK HREF='/a' TYPE='application/atom+xml' REL='feed alternate'>",
        alternate("/gone"),
        alternate("/j", "application/feed+json"),
        alternate("/a"),
        alternate("/de/", "text/html"),
        alternate("javascript:alert(1)"),
    ]
    found = discover(desk.server.add("/", page(*head)), desk.deps)
    assert [(feed.title, feed.kind, feed.entries) for feed in found] == [
        ("Atoms", "Atom 1.0", 1),
        ("J", "JSON Feed", 1),
    ]
    assert desk.server.asked("/de/") == []


def test_a_feed_itself_is_told_as_it_is(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=FEED))
    assert [feed.address for feed in discover(f"  {address} ", desk.deps)] == [address]
    assert len(desk.server.requests) == 1


def test_a_feed_that_moved_for_good_is_told_at_its_new_home(desk: FeedDesk) -> None:
    new = desk.server.add("/new", Reply(body=FEED))
    assert discover(desk.server.add("/old", redirect("/new", 301)), desk.deps)[0].address == new
    passing = desk.server.add("/passing", redirect("/new", 302))
    assert discover(passing, desk.deps)[0].address == passing


@pytest.mark.parametrize("path", ["/blog/feed", "/blog/index.xml", "/rss.xml", "/atom.xml", "/feed"])
def test_where_nothing_is_announced_the_usual_places_are_tried(desk: FeedDesk, path: str) -> None:
    feed = desk.server.add(path, Reply(body=FEED))
    assert [found.address for found in discover(desk.server.add("/blog", page()), desk.deps)] == [feed]


def test_a_link_that_is_called_like_a_feed_is_tried(desk: FeedDesk) -> None:
    feed = desk.server.add("/news.rss", Reply(body=FEED))
    blog = desk.server.add("/", page(body='<a class="x" href="/news.rss">RSS</a> <a href="/feedback">Write</a>'))
    assert [found.address for found in discover(blog, desk.deps)] == [feed]
    assert desk.server.asked("/feedback") == []


def test_where_there_is_none_nothing_is_told(desk: FeedDesk) -> None:
    assert discover(desk.server.add("/", page()), desk.deps) == ()


def test_no_page_can_send_us_everywhere(desk: FeedDesk) -> None:
    blog = desk.server.add("/", page(*(alternate(f"/{number}") for number in range(500))))
    assert discover(blog, desk.deps) == ()
    assert len(desk.server.requests) <= 21


@pytest.mark.parametrize("target", ["http://10.0.0.1/feed", "http://[::1]/feed", "http://169.254.169.254/latest"])
def test_what_a_page_announces_in_a_private_network_is_not_asked(desk: FeedDesk, target: str) -> None:
    desk.server.add("/feed", Reply(body=FEED))
    blog = desk.server.add("/", page(alternate(target)))
    assert [feed.address for feed in discover(blog, desk.deps)] == [desk.server.url("/feed")]


@pytest.mark.parametrize(
    "reply", [Reply(404), Reply(500), Reply(body=endless()), gzip_bomb(64 * 2**20), Reply(raw=[b""])]
)
def test_a_page_that_cannot_be_read_is_the_error_of_the_page(desk: FeedDesk, reply: Reply) -> None:
    with pytest.raises(SourceError):
        discover(desk.server.add("/", reply), desk.deps)


def test_hostile_pages_are_read_in_no_time(desk: FeedDesk) -> None:
    begun = time.monotonic()
    for body in (
        "<link " * 80_000,
        "<a href=" + "'" * 400_000,
        "<link " + "a=" * 200_000,
        '<a x="' * 60_000,
        "<" * 500_000,
    ):
        desk.server.add("/", page(body=body))
        assert discover(desk.server.url("/"), desk.deps) == ()
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    "address", ["https://", "file:///etc/passwd", "https://[bad", "", "https://a.example/\r\nX: y"]
)
def test_what_is_no_web_address_is_refused(address: str) -> None:
    with Http(FAST) as http, pytest.raises(ConfigError, match="not a web address"):
        discover(address, Deps(http.session, ManualClock(START), no_secret))


@pytest.mark.parametrize(
    "address", ["https://www.reddit.com/r/chocolate", "old.reddit.com/r/x", "https://REDDIT.com./"]
)
def test_reddit_has_a_connector_of_its_own(desk: FeedDesk, address: str) -> None:
    with pytest.raises(ConfigError, match="reddit"):
        discover(address, desk.deps)


CHANNEL = "UC0123456789_-abcdefghij"
VIDEOS = f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"


@pytest.mark.parametrize(
    ("address", "text", "expected"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", "", [VIDEOS]),
        ("https://m.youtube.com/@crumb", f'{{"channelId":"{CHANNEL}"}}', [VIDEOS]),
        (
            "https://www.youtube.com/@crumb",
            f'<link rel="canonical" href="https://www.youtube.com/channel/{CHANNEL}">',
            [VIDEOS],
        ),
        ("https://www.youtube.com/playlist?list=PL1", "", ["https://www.youtube.com/feeds/videos.xml?playlist_id=PL1"]),
        ("https://social.example/@ann?x=1", "", ["https://social.example/@ann.rss"]),
        ("https://social.example/tags/chocolate/", "", ["https://social.example/tags/chocolate.rss"]),
        ("https://medium.com/@ann", "", ["https://medium.com/feed/@ann"]),
        ("https://github.com/o/r", "", ["https://github.com/o/r/releases.atom"]),
        ("https://notyoutube.com/channel/" + CHANNEL, "", []),
        ("https://blog.example/a", "", []),
    ],
)
def test_platforms_keep_their_feeds_in_known_places(address: str, text: str, expected: list[str]) -> None:
    assert list(dict.fromkeys(_of_platform(address, text))) == expected


def test_the_page_of_a_tag_leads_to_its_feed(desk: FeedDesk) -> None:
    desk.server.add("/tags/crumb", page())
    feed = desk.server.add("/tags/crumb.rss", Reply(body=FEED))
    assert [found.address for found in discover(desk.server.url("/tags/crumb"), desk.deps)] == [feed]


def test_where_the_page_is_closed_the_platforms_place_is_still_tried(desk: FeedDesk) -> None:
    desk.server.add("/@ann", Reply(403))
    feed = desk.server.add("/@ann.rss", Reply(body=FEED))
    assert [found.address for found in discover(desk.server.url("/@ann"), desk.deps)] == [feed]


def test_a_page_that_leads_elsewhere_first_is_looked_for_where_it_was_asked(desk: FeedDesk) -> None:
    desk.server.add("/consent", page())
    desk.server.add("/@ann", redirect("/consent"))
    feed = desk.server.add("/@ann.rss", Reply(body=FEED))
    assert [found.address for found in discover(desk.server.url("/@ann"), desk.deps)] == [feed]
