"""The secret addresses of digests' feeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest

from bot.digest.sending.publish import Draft, publish
from bot.digest.sending.windows import window_ending_before
from bot.wiring import App
from tests.support.web import HOME, NOON, browser_of, heard_app

REPORTS = 'public_url = "https://heard.example"\n[[digest]]\nid = "pr"\naudience = "pr"\n[[digest]]\nid = "shop"\naudience = "community"'


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[App]:
    app = heard_app(tmp_path, heard=REPORTS)
    for report in app.settings.reports:
        window = window_ending_before(report, NOON, app.settings.timezone)
        draft = Draft({"subject_line": f"News of {report.id}", "verdict": "All is well."})
        publish(app.store, report, window, compose=lambda draft=draft: draft, recipients=(), now=NOON)  # type: ignore[misc]
    yield app
    app.close()


def path_of(address: str) -> str:
    assert address.startswith("https://heard.example/feeds/")
    return address.removeprefix("https://heard.example")


def test_a_feed_is_read_by_whoever_has_its_address_and_tells_of_its_digest_alone(heard: App) -> None:
    answer = browser_of(heard).get(path_of(heard.publishing_feed.address("pr")))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/rss+xml")
    read = feedparser.parse(answer.content)
    assert not read.bozo
    assert [entry.title for entry in read.entries] == ["News of pr"]
    assert read.entries[0].link.startswith("https://heard.example/digests/")


def test_the_address_is_the_same_each_time_until_it_is_renewed_and_then_the_old_one_leads_nowhere(heard: App) -> None:
    feeds, client = heard.publishing_feed, browser_of(heard)
    old, other = feeds.address("pr"), feeds.address("shop")
    assert old == feeds.address("pr") != other
    new = feeds.address("pr", renew=True)
    assert new == feeds.address("pr") != old
    statuses = [client.get(path_of(one)).status_code for one in (old, new, other)]
    assert statuses == [404, 200, 200]


@pytest.mark.parametrize("token", ["", "x", "0" * 40, "../../etc/passwd", "ü", "%00", "a" * 5000])
def test_other_addresses_lead_nowhere(heard: App, token: str) -> None:
    heard.publishing_feed.address("pr")
    assert browser_of(heard).get(f"/feeds/{token}.xml").status_code == 404


def test_a_feed_that_nobody_asked_for_has_no_address(heard: App) -> None:
    assert heard.publishing_feed.report_at("") is None
    assert heard.store.feed_turns() == {}


def test_a_reader_that_has_it_gets_nothing_again_until_there_is_more(heard: App) -> None:
    client, path = browser_of(heard, HOME), path_of(heard.publishing_feed.address("pr"))
    first = client.get(path)
    tag = first.headers["etag"]
    assert "noindex" in first.headers["x-robots-tag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
