"""What feeds take back, and what they leave behind when they go; and what is said of it, through the real client and store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.model import State
from bot.model.keeping import Cause
from bot.wiring import App
from bot.wiring.checking import Checking
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.feedserver import FeedServer, Reply

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONFIG = """
[[subject]]
id = "acme"
name = "Acme"
query = "acme"
[[source]]
id = "blog"
connector = "rss"
every = "1h"
feeds = ["{url}"]
[http]
allow_networks = ["127.0.0.0/8"]
"""
FEED = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>A blog</title>{}</feed>'


def entry(number: int) -> str:
    told = f"<title>Acme piece {number}</title><summary>Words {number}</summary><updated>2026-11-20T10:00:00Z</updated>"
    return f'<entry><id>tag:blog.example,2026:{number}</id><link href="https://blog.example/{number}"/>{told}</entry>'


@dataclass
class Blog:
    app: App
    server: FeedServer
    clock: ManualClock
    asked: list[str] = field(default_factory=list)

    def shows(self, *parts: str) -> None:
        self.server.add(
            "/feed", Reply(headers={"Content-Type": "application/atom+xml"}, body=FEED.format("".join(parts)))
        )

    def poll(self, after: timedelta = timedelta(hours=2)) -> Any:
        self.clock.advance(after)
        return list(self.app.listening.collect(self.app.listening.due()))

    @property
    def texts(self) -> set[str]:
        found = [getattr(one, "mention", one) for one in self.app.store.mentions()]
        return {one.item.title for one in found if one.item.text}


@pytest.fixture
def blog(tmp_path: Path) -> Iterator[Blog]:
    with FeedServer() as server:
        (tmp_path / "heard.toml").write_text(CONFIG.format(url=server.url("/feed")), encoding="utf-8")
        empty_database(tmp_path)
        clock = ManualClock(NOW)
        app = App(load_settings(tmp_path / "heard.toml"), clock)
        made = Blog(app, server, clock)
        made.shows(entry(1), entry(2), entry(3))
        made.poll()
        assert made.texts == {"Acme piece 1", "Acme piece 2", "Acme piece 3"}
        yield made
        app.close()


def test_what_a_feed_declares_deleted_is_erased_and_what_drops_out_of_it_stays(blog: Blog) -> None:
    blog.shows('<at:deleted-entry ref="tag:blog.example,2026:2" when="2026-11-20T12:30:00Z"/>', entry(3))
    blog.poll()
    assert blog.texts == {"Acme piece 1", "Acme piece 3"}
    (line,) = blog.app.store.erasures()
    assert (line.cause, line.forgotten.items) == (Cause.UPSTREAM, 1)


def test_a_feed_that_is_gone_is_left_alone_its_items_stay_and_check_says_so(blog: Blog) -> None:
    blog.server.add("/feed", Reply(410))
    (report,) = blog.poll()
    assert report.state is State.BLOCKED
    asked = len(blog.server.asked("/feed"))
    for _ in range(3):
        assert blog.poll(timedelta(days=3)) == []
    assert len(blog.server.asked("/feed")) == asked
    assert len(blog.texts) == 3
    said = [
        (ok, line) for name, ok, line in Checking(blog.app, live=False).findings() if name.startswith("source blog")
    ]
    assert len(said) == 2
    ok, line = said[1]
    assert ok
    assert "answered 410: the feed is gone for good" in line
    assert line.endswith("What it brought is kept. To ask again: heard sources resume blog")
    blog.shows(entry(3), entry(4))
    blog.app.store.set_paused("blog", False, blog.clock.now())
    blog.poll()
    assert "Acme piece 4" in blog.texts


def test_what_is_seen_of_deletions_and_what_is_not_is_stated_by_source(blog: Blog) -> None:
    coverage = blog.app.following.coverage()
    assert list(coverage) == ["blog"]
    assert "entries that the feed itself declares deleted" in coverage["blog"]
    assert "not seen is what becomes of" in coverage["blog"]
