"""Whatever bytes a server sends: a document whose items can be kept, or an error that says so; soon, and never a crash."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from random import Random

import pytest

from bot.errors import BadResponse
from connectors.rss.disguise import readable
from connectors.rss.document import Document
from connectors.rss.items import items_of
from connectors.rss.parse import document_of, parse, read_fully
from connectors.rss.quick import read
from tests.support.counts import FULL
from tests.support.made_feeds import NAMESPACES, altered, made_feed, spoiled
from tests.support.shared import shared_root

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FEED = "https://blog.example/dir/feed.xml"
CASES = 100_000 if FULL else 500
COMPARED = 20_000 if FULL else 400
PARTS = 8
LONGEST_SECONDS = 2.0
LONGEST_SEED = 450
"""Bytes: what goes wrong goes wrong in short feeds too, and many of them fit into the time."""
HEADERS: tuple[dict[str, str], ...] = (
    {"content-type": "application/xml"},
    {"content-type": "text/xml; charset=utf-8"},
    {"content-type": "application/rss+xml; charset=windows-1252", "content-language": "de"},
    {"content-type": "text/html"},
    {},
)
JSON_FEED = (
    b'{"version": "https://jsonfeed.org/version/1.1", "title": "Made", "language": "en", "items": [{"id": "1", "url": '
    b'"https://a.example/1", "title": "One", "content_html": "<p>Hello</p>", "date_published": "2026-02-03T10:00:00Z", '
    b'"authors": [{"name": "Ann", "url": "https://a.example/"}]}, {"id": 2, "content_text": "Two"}]}'
)


@pytest.fixture(scope="module")
def seeds() -> list[bytes]:
    made = [with_what_it_uses(made_feed(Random(seed), wild=0.02)).encode() for seed in range(300)]
    recorded = [path.read_bytes() for path in sorted((shared_root() / "corpus" / "feeds").rglob("*")) if path.is_file()]
    return [seed for seed in (*made, JSON_FEED, *recorded) if len(seed) < LONGEST_SEED]


def with_what_it_uses(feed: str) -> str:
    """The feed without the namespaces that nothing in it names: more than half of a short one."""
    for prefix, uri in NAMESPACES.items():
        if f"<{prefix}:" not in feed:
            feed = feed.replace(f' xmlns:{prefix}="{uri}"', "", 1)
    return feed


def a_case(seeds: list[bytes], random: Random) -> tuple[bytes, dict[str, str]]:
    body = random.choice(seeds)
    for _ in range(random.choice((1, 1, 2, 3))):
        body = spoiled(body, random.choice(seeds), random)
    return body, random.choice(HEADERS)


def kept_by(body: bytes, headers: dict[str, str]) -> int:
    """How many items come of it; all of them can be written into a database."""
    try:
        document = parse(body, headers, FEED, FEED)
    except BadResponse:
        return 0
    assert isinstance(document, Document)
    items = items_of(document, FEED, NOW, 1000)
    for item in items:
        for text in (item.key, item.title, item.text, item.outlet, item.url or "", item.author.name or "", *item.links):
            assert "\0" not in text
            text.encode()  # no half of a surrogate pair
        assert item.published_at is None or item.published_at.tzinfo is not None
        assert all(map(math.isfinite, item.metrics.values()))
    return len(items)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_bytes_crash_the_reading_or_hold_it_up(seeds: list[bytes], part: int) -> None:
    kept = 0
    for number in range(part, CASES, PARTS):
        body, headers = a_case(seeds, Random(number))
        begun = time.thread_time()
        try:
            kept += kept_by(body, headers)
        except Exception as error:
            raise AssertionError(f"case {number}: {type(error).__name__}: {error}\n{body!r}") from error
        assert time.thread_time() - begun < LONGEST_SECONDS, f"case {number}\n{body!r}"
    assert kept > CASES / PARTS / 8, "many cases still say something"


@pytest.mark.parametrize("part", range(PARTS))
def test_what_the_short_way_answers_to_altered_feeds_is_what_feedparser_says(seeds: list[bytes], part: int) -> None:
    answered = 0
    for number in range(part, COMPARED, PARTS):
        random = Random(number)
        body = readable(random.choice(seeds))
        for _ in range(random.randint(1, 3)):
            body = altered(body, random)
        headers = random.choice(HEADERS)
        quick = read(body, headers, FEED)
        if quick is not None:
            answered += 1
            full = read_fully(body, headers, FEED)
            assert document_of(quick, FEED) == document_of(full, FEED), f"case {number}\n{body!r}"
    assert answered > 0


ENTRY = (
    b"<item><title>Some words of it</title><link>https://a.example/1</link><description>&lt;p&gt;Words that go on for "
    b"a while, as they do.&lt;/p&gt;</description><pubDate>Tue, 03 Feb 2026 10:00:00 GMT</pubDate></item>"
)
SLOW: dict[str, bytes] = {
    "entries": ENTRY,
    "lines": b"<item><description>" + b"a\n" * 500 + b"</description></item>",
    "references": b"<item><description>" + b"&amp; word " * 100 + b"</description></item>",
    "tags": b"<item><description>" + (b"<b>" + b"x" * 17) * 50 + b"</description></item>",
    "tags in CDATA": b"<item><description><![CDATA[" + (b"<p>" + b"x" * 17) * 50 + b"]]></description></item>",
    "CDATA without end": b"<item><description><![CDATA[" + b"<p>" * 10,
    "attributes": b"<item " + b"".join(b"a%d='1' " % number for number in range(500)) + b"/>",
    "pages inside": b"<item><content type='xhtml'>" + b"<div xml:base='a'>xxxxxxxxxxxx" * 50 + b"</content></item>",
    "another encoding": b"<item><description>" + b"\xe9\xe8 " * 500 + b"</description></item>",
    "nesting": b"<d xml:lang='en'>and some words",
}


@pytest.mark.parametrize("size", [300_000, 600_000, 1_200_000, 5_000_000] if FULL else [600_000])
@pytest.mark.parametrize("unit", SLOW.values(), ids=SLOW.keys())
def test_a_long_feed_that_is_broken_is_read_soon_or_refused(unit: bytes, size: int) -> None:
    body = b"<rss version='2.0'><channel><title>&undefined;</title>" + unit * (size // len(unit))
    begun = time.thread_time()
    kept_by(body, HEADERS[0])
    assert time.thread_time() - begun < LONGEST_SECONDS * 1.5


def test_a_broken_feed_of_a_thousand_entries_is_read_and_one_of_five_thousand_is_named_as_such() -> None:
    opening = b"<rss version='2.0'><channel><title>&undefined;</title>"
    assert kept_by(opening + ENTRY * 1_000, HEADERS[0]) > 0
    with pytest.raises(BadResponse, match="not well-formed, and too long"):
        parse(opening + ENTRY * 5_000, HEADERS[0], FEED, FEED)
