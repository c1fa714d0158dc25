"""The feed of a report's digests, read back by a feed reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest

from bot.digest.sending.feed import Place, feed_of
from bot.model import Audience, Digest, Window

NOW = datetime(2026, 3, 2, 7, 0, 5, tzinfo=UTC)
PLACE = Place("https://heard.example/feeds/abc.xml", "https://heard.example/digests")
DIGEST = Digest(
    id="20260301-abcdefgh2345",
    report="pr",
    audience=Audience.PR,
    window=Window(NOW - timedelta(days=1), NOW, "UTC"),
    subject_line="Loved & <b>contradicted</b> ]]> “once”",
    body={"verdict": "One & two <script>alert(1)</script>.", "stories": [{"headline": "SECRET WORDS", "url": None}]},
    created_at=NOW,
)


def test_a_feed_reader_finds_each_digest_with_its_verdict_and_address() -> None:
    older = replace(DIGEST, id="20260228-bbbbbbbbbbbb", subject_line="Older", created_at=NOW - timedelta(days=1))
    document = feed_of("pr", [DIGEST, older], PLACE)
    read = feedparser.parse(document)
    assert (read.bozo, read.version) == (False, "rss20")
    assert [entry.id for entry in read.entries] == [f"urn:heard:digest:{one.id}" for one in (DIGEST, older)]
    assert [entry.link for entry in read.entries] == [f"{PLACE.pages}/{one.id}" for one in (DIGEST, older)]
    assert read.entries[0].published_parsed[:6] == NOW.timetuple()[:6]
    assert read.feed.title == "Heard: pr"
    (item, _) = ET.fromstring(document).iter("item")
    assert item.findtext("title") == DIGEST.subject_line
    assert item.findtext("description") == DIGEST.body["verdict"]
    assert b"SECRET WORDS" not in document


def test_the_same_digests_are_the_same_bytes_and_none_is_a_feed_too() -> None:
    assert feed_of("pr", [DIGEST], PLACE) == feed_of("pr", [DIGEST], PLACE)
    read = feedparser.parse(feed_of("pr", [], PLACE))
    assert (read.bozo, read.entries) == (False, [])


def test_without_public_pages_items_have_no_address() -> None:
    read = feedparser.parse(feed_of("pr", [DIGEST], Place(PLACE.feed, None)))
    assert not read.bozo
    assert "link" not in read.entries[0]


@pytest.mark.parametrize("words", ["\x00\x0b\x1b[31m", "\ud800", "\ufffe\uffff", "<![CDATA[", "&amp;&#0;", "🍫" * 999])
def test_no_words_break_the_document(words: str) -> None:
    odd = replace(DIGEST, subject_line=f"a{words}b", body={"verdict": words})
    document = feed_of(words, [odd], PLACE)
    assert not feedparser.parse(document).bozo
    assert ET.fromstring(document).findtext("channel/item/title", "").startswith("a")


def test_words_of_x_are_left_out_of_the_feed_too() -> None:
    post = "what somebody said on the platform"
    body = {"verdict": f"They say {post}.", "stories": [{"headline": post, "url": "https://x.com/1"}]}
    assert post.encode() not in feed_of("pr", [replace(DIGEST, body=body, subject_line=f"Heard: {post}")], PLACE)
