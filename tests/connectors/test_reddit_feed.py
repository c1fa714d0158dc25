"""The private feeds: recorded and made Atom, errors, gaps, and an address that is never shown."""

from __future__ import annotations

import logging
import threading
import traceback
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import pytest

from bot.clock import ManualClock
from bot.errors import AccessDenied, BadResponse, RateLimited, SourceError, Unauthorised, Unavailable
from bot.http import HttpLimits
from bot.model import Allowance, Gap, GapCause, Interval, ItemKind
from bot.ports import Connector
from connectors.reddit import connect
from connectors.reddit.atom import read_entries
from tests.support.reddit import NOW, base36, cursor_of, deps, items, pages, reddit
from tests.support.replay import Answer, ReplayServer
from tests.support.shared import shared_path

TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "somebody-private"
FRONT = f"https://www.reddit.com/.rss?feed={TOKEN}&user={ACCOUNT}"
BRAND = f"https://www.reddit.com/r/chocolate/search.rss?q=truffle&sort=new&feed={TOKEN}&user={ACCOUNT}"
ATOM = {"content-type": "application/atom+xml; charset=UTF-8"}
SELFTEXT = '<!-- SC_OFF --><div class="md"><p>Free &amp; <b>dark</b></p></div><!-- SC_ON -->'
FOOT = (
    ' submitted by <a href="https://www.reddit.com/user/x"> /u/x </a> <br/>'
    ' <span><a href="{link}">[link]</a></span> <span><a href="https://www.reddit.com/r/x/comments/1/">[comments]</a></span>'
)


def entry(
    number: int, at: datetime, kind: str = "t3", title: str = "A truffle", html: str = SELFTEXT, link: str = ""
) -> str:
    content = escape(html + FOOT.format(link=link or "https://www.reddit.com/r/chocolate/comments/1/"))
    place = "a_truffle/" if kind == "t3" else "a_truffle/abc/"
    return (
        f"<entry><author><name>/u/somebody</name><uri>https://www.reddit.com/user/somebody</uri></author>"
        f'<category term="chocolate" label="r/chocolate"/><content type="html">{content}</content>'
        f'<id>{kind}_{base36(number)}</id><link href="https://www.reddit.com/r/chocolate/comments/{base36(number)}/{place}"/>'
        f"<updated>{at.isoformat()}</updated><published>{at.isoformat()}</published><title>{escape(title)}</title></entry>"
    )


def feed(*entries: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}</feed>'


def reading(server: ReplayServer, *addresses: str, clock: ManualClock | None = None, **options: Any) -> Connector:
    given = {"mode": "feed", "feeds": list(addresses or (FRONT,)), "reddit_url": server.base_url}
    return connect("brand", given | options, deps(clock))


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with reddit() as found:
        yield found


def refused(connector: Connector) -> SourceError:
    with pytest.raises(SourceError) as caught:
        pages(connector)
    shown = "".join(traceback.format_exception(caught.value)) + getattr(caught.value, "sample", "")
    assert TOKEN not in shown
    assert ACCOUNT not in shown
    return caught.value


def test_a_recorded_feed_of_a_subreddit_becomes_an_item() -> None:
    body = shared_path("corpus/feeds/feed-rs/atom_atom_example_reddit.xml").read_bytes()
    sent = ET.fromstring(body).find("{*}entry")
    assert sent is not None
    (item,) = read_entries(body, "", "a recording", NOW)
    assert item.key == f"reddit:{sent.findtext('{*}id')}"
    assert item.title == sent.findtext("{*}title")
    assert f"/u/{item.author.handle}" == sent.findtext("{*}author/{*}name")
    assert (item.kind, item.outlet) == (ItemKind.POST, "r/rust")
    assert item.published_at == datetime(2020, 5, 18, 5, 44, 47, tzinfo=UTC)
    assert item.text.count("\n") >= 4
    assert not any(word in item.text for word in ("submitted by", "[link]", "<p>"))
    assert len(item.links) >= 5
    assert item.metrics == {}


def test_the_recorded_older_rss_is_read_by_its_addresses() -> None:
    body = shared_path("corpus/feeds/rss-parser/reddit.rss").read_bytes()
    found = read_entries(body, "application/rss+xml", "a recording", NOW)
    assert len(found) == 24
    assert all(item.key.startswith("reddit:t3_") and item.outlet.startswith("r/") for item in found)
    assert all(item.title and item.published_at for item in found)


def test_a_post_and_a_comment_of_the_feed(server: ReplayServer) -> None:
    body = feed(
        entry(1, NOW, link="https://example.org/truffle"),
        entry(2, NOW, kind="t1", title="/u/somebody on A truffle", html='<div class="md"><p>Loved it</p></div>'),
        entry(3, NOW, kind="t5"),
        entry(4, NOW, html='<div class="md"><p>[removed]</p></div>'),
        entry(1, NOW),
    )
    server.add("GET", "/.rss", 200, ATOM, body)
    post, said, gone = items(pages(reading(server)))
    assert (post.key, post.title, post.text) == ("reddit:t3_1", "A truffle", "A truffle\nFree & dark")
    assert post.url == "https://www.reddit.com/r/chocolate/comments/1/a_truffle/"
    assert (said.key, said.kind, said.title, said.text) == ("reddit:t1_2", ItemKind.COMMENT, "", "Loved it")
    assert (gone.removed, gone.title, gone.text) == (True, "", "")


def test_the_shared_address_is_a_link(server: ReplayServer) -> None:
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW, html="", link="https://example.org/truffle")))
    (item,) = items(pages(reading(server)))
    assert item.links == ("https://example.org/truffle",)
    assert item.text == "A truffle"


def test_the_request_carries_the_private_address_and_nothing_else_shows_it(
    server: ReplayServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW)))
    connector = reading(server, user_agent="linux:org.example.heard:v1 (by /u/somebody)")
    with caplog.at_level(logging.DEBUG):
        found = pages(connector)
    (request,) = server.requests
    assert request.query == {"feed": TOKEN, "user": ACCOUNT}
    assert request.headers["user-agent"] == "linux:org.example.heard:v1 (by /u/somebody)"
    assert TOKEN not in repr(found) + repr(connector) + caplog.text


def test_addresses_come_from_a_secret_too(server: ReplayServer) -> None:
    server.add("GET", "/.rss", 200, ATOM, feed())
    server.add("GET", "/r/chocolate/search.rss", 200, ATOM, feed())
    given = {"mode": "feed", "feeds_env": "FEEDS", "reddit_url": server.base_url}
    connector = connect("brand", given, deps(secrets={"FEEDS": f"{FRONT}\n{BRAND}\n"}))
    assert len(pages(connector)) == 2
    assert not server.unmatched


CASES = {
    "429 with seconds": (Answer(429, {"retry-after": "90"}, ""), RateLimited),
    "429 with reset": (Answer(429, {"x-ratelimit-reset": "90"}, ""), RateLimited),
    "block page": (Answer(403, {"content-type": "text/html"}, "<html>blocked</html>"), AccessDenied),
    "401": (Answer(401), Unauthorised),
    "404": (Answer(404, {}, '{"message": "Not Found"}'), AccessDenied),
    "login": (Answer(302, {"location": f"https://www.reddit.com/login?dest=%2F.rss%3Ffeed%3D{TOKEN}"}), AccessDenied),
    "moved": (Answer(301, {"location": f"https://elsewhere.example/.rss?feed={TOKEN}"}), BadResponse),
    "nonsense": (Answer(302, {"location": f"http://[::1/?feed={TOKEN}"}), BadResponse),
    "503": (Answer(503), Unavailable),
    "dropped": (Answer(drop=True), Unavailable),
    "html": (
        Answer(200, {"content-type": "text/html"}, f"<html><a href='/.rss?feed={TOKEN}'>x</a></html>"),
        BadResponse,
    ),
    "empty": (Answer(200, ATOM, ""), BadResponse),
    "json": (Answer(200, {"content-type": "application/json"}, "{}"), BadResponse),
    "odd status": (Answer(418), BadResponse),
    "impossible character": (Answer(200, ATOM, feed(entry(1, NOW)).replace("A truffle", "&#x110000;")), BadResponse),
}


@pytest.mark.parametrize("case", CASES)
def test_a_made_error_answer_of_a_feed_becomes_its_kind(server: ReplayServer, case: str) -> None:
    answer, kind = CASES[case]
    server.add("GET", "/.rss", answer=answer)
    error = refused(reading(server))
    assert type(error) is kind
    assert len(server.requests) == 1
    if isinstance(error, RateLimited):
        assert error.retry_at == NOW + timedelta(seconds=90)


def test_a_network_error_does_not_show_the_address() -> None:
    with ReplayServer() as gone:
        address = gone.base_url
    given = {"mode": "feed", "feeds": [FRONT], "reddit_url": address}
    with reddit():
        assert isinstance(refused(connect("brand", given, deps())), Unavailable)
        assert isinstance(refused(connect("brand", given, deps(limits=HttpLimits()))), Unavailable)


def test_polls_cover_the_time_between_them(server: ReplayServer) -> None:
    clock = ManualClock(NOW)
    connector = reading(server, clock=clock)
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW - timedelta(hours=2))))
    first = pages(connector)
    assert first[-1].covered == Interval(NOW - timedelta(hours=2), NOW)
    clock.advance(timedelta(hours=1))
    second = pages(connector, cursor_of(first))
    assert second[-1].covered == Interval(NOW, NOW + timedelta(hours=1))
    assert [page.cost.reads for page in second] == [1]


def test_a_full_feed_that_no_longer_reaches_back_is_a_gap(server: ReplayServer) -> None:
    clock = ManualClock(NOW)
    connector = reading(server, clock=clock)
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW - timedelta(minutes=1))))
    first = pages(connector)
    clock.advance(timedelta(hours=1))
    rolled = feed(*(entry(100 + n, NOW + timedelta(minutes=30 + n)) for n in range(25)))
    server.add("GET", "/.rss", 200, ATOM, rolled)
    second = pages(connector, cursor_of(first))
    lost = Interval(NOW - timedelta(minutes=1), NOW + timedelta(minutes=30))
    assert second[0].gaps == (Gap(lost, GapCause.ROLLED_OVER),)
    assert second[0].covered == Interval(lost.end, NOW + timedelta(hours=1))


def test_an_empty_feed_takes_nothing_from_what_another_covers(server: ReplayServer) -> None:
    clock = ManualClock(NOW)
    connector = reading(server, FRONT, BRAND, clock=clock)
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW - timedelta(hours=1))))
    server.add("GET", "/r/chocolate/search.rss", 200, ATOM, feed())
    first = pages(connector)
    clock.advance(timedelta(hours=1))
    second = pages(connector, cursor_of(first))
    assert second[-1].covered == Interval(NOW, NOW + timedelta(hours=1))


def test_a_refused_second_feed_is_the_first_of_the_next_poll(server: ReplayServer) -> None:
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW)))
    server.add("GET", "/r/chocolate/search.rss", 429, {"retry-after": "60"})
    connector = reading(server, FRONT, BRAND)
    walk = connector.fetch([], None, Allowance())
    some = [next(walk)]
    with pytest.raises(RateLimited):
        next(walk)
    assert some[0].covered is None
    server.clear()
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW)))
    server.add("GET", "/r/chocolate/search.rss", 200, ATOM, feed(entry(2, NOW)))
    assert pages(connector, cursor_of(some))[-1].cursor is not None
    assert [request.path for request in server.requests] == ["/r/chocolate/search.rss", "/.rss"]


def test_a_feed_with_nothing_left_in_its_window_stops_the_round_before_reddit_does(server: ReplayServer) -> None:
    spent = ATOM | {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "45", "x-ratelimit-used": "100"}
    server.add("GET", "/.rss", 200, spent, feed(entry(1, NOW)))
    walk = reading(server, FRONT, BRAND).fetch([], None, Allowance())
    assert next(walk).come_back_after == timedelta(seconds=45)
    with pytest.raises(RateLimited) as caught:
        next(walk)
    assert caught.value.retry_at == NOW + timedelta(seconds=45)
    assert len(server.requests) == 1


def test_the_budget_counts_requests(server: ReplayServer) -> None:
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW)))
    assert len(pages(reading(server, FRONT, BRAND), reads=1)) == 1


@pytest.mark.parametrize(
    "cursor", [{}, {"version": 1, "mode": "oauth"}, {"version": 1, "mode": "feed", "marks": 3, "next": 9}]
)
def test_a_cursor_that_says_nothing_is_a_first_poll_of_the_feeds(server: ReplayServer, cursor: dict[str, Any]) -> None:
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW)))
    assert len(items(pages(reading(server), cursor))) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://www.reddit.com/r/chocolate/comments/1/a_truffle/", "javascript:alert(1)"),
        ("https://www.reddit.com/r/chocolate/comments/1/a_truffle/", "http://[::1"),
        ("/u/somebody", "<x>"),
        ('label="r/chocolate"', 'label="../x"'),
        ("2026-11-22", "9999-99-99"),
        ("A truffle", "&lt;script&gt;alert(1)&lt;/script&gt;&#0;"),
    ],
)
def test_odd_entries_are_read_without_harm(old: str, new: str) -> None:
    body = feed(entry(1, NOW)).replace(old, new)
    for item in read_entries(body.encode(), "application/atom+xml", "made", NOW):
        assert item.url is None or item.url.startswith("https://www.reddit.com/")
        assert item.author.handle in {None, "somebody"}
        assert item.outlet in {"r/chocolate", "reddit.com"}
        assert "\x00" not in item.text


def test_each_thread_has_a_session_of_its_own(server: ReplayServer) -> None:
    server.add("GET", "/.rss", 200, ATOM, feed(entry(1, NOW)))
    connector: Any = reading(server)
    sessions: list[object] = []
    threads = [threading.Thread(target=lambda: sessions.append(connector._session())) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()
    assert sessions[0] is not sessions[1]
    assert connector._session() is connector._session()
