"""What no query can match stays unread, and nothing is stored otherwise for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.listen.matching import Matcher, mentions_of
from bot.listen.query import parse_query
from bot.listen.sieve import sieve
from bot.model import Allowance, Item, Page, Query, Target, Unread
from connectors.rss.disguise import readable
from connectors.rss.feed import FeedConnector
from connectors.rss.glance import glance_for
from connectors.rss.items import items_of, seen_in
from connectors.rss.parse import document_of, read_fully
from connectors.rss.quick import read
from tests.support.counts import FULL, examples
from tests.support.database import store_in_memory
from tests.support.feeddesk import FeedDesk
from tests.support.feedserver import Reply
from tests.support.made_feeds import made_feed
from tests.support.shared import shared_path

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FEED = "https://blog.example/feed.xml"
XML = {"content-type": "application/xml"}
QUERIES = (
    "google OR podcast",
    '"open source" AND security NOT linux',
    "github.com OR youtube.com",
    "@ann OR #python",
    "title:release OR micros*",
    'author:"Jane Doe" OR acme',
    "site:example.org",
    "lang:de AND garten",
    "caf\u00e9 OR m\u00fcller",
    "free NEAR/3 software",
    "example.com",
)
LETTING_ALL_THROUGH = {'author:"Jane Doe" OR acme', "site:example.org"}
"""What they ask for is found elsewhere than in the words."""


def asked(*texts: str) -> list[Query]:
    return [parse_query(str(number), text) for number, text in enumerate(texts)]


def reading_of(body: bytes) -> Mapping[str, Any]:
    body = readable(body)
    return read(body, XML, FEED) or read_fully(body, XML, FEED)


def whole_of(reading: Mapping[str, Any]) -> Sequence[Item]:
    """All its entries, read."""
    return items_of(document_of(reading, FEED), FEED, NOW, 1000)


def assert_nothing_is_lost(
    reading: Mapping[str, Any], whole: Sequence[Item], queries: Sequence[Query]
) -> tuple[int, int]:
    """How many entries stayed unread, of how many."""
    seen = seen_in(document_of(reading, FEED, glance_for(sieve(queries), queries)), FEED, NOW, 1000)
    assert [(item.key, item.published_at) for item in seen] == [(item.key, item.published_at) for item in whole]
    matcher = Matcher(queries)
    for item, left in zip(whole, seen, strict=True):
        if isinstance(left, Unread):
            assert mentions_of(matcher, item, "feeds", NOW) == ()
            assert left.open() == item
        else:
            assert left == item
    return sum(isinstance(item, Unread) for item in seen), len(seen)


def test_over_the_corpus_no_match_is_lost_and_what_was_left_unread_opens_as_it_would_have_been() -> None:
    unread: Counter[str] = Counter()
    total = 0
    for path in sorted(path for path in shared_path("corpus/feeds").rglob("*") if path.is_file())[:: 1 if FULL else 15]:
        reading = reading_of(path.read_bytes())
        whole = whole_of(reading)
        for query in QUERIES:
            left, seen = assert_nothing_is_lost(reading, whole, asked(query))
            unread[query] += left
        total += seen
    assert total > (300 if FULL else 100)
    assert {query for query in QUERIES if unread[query] < total / 2} == LETTING_ALL_THROUGH


WORDS = ("acme", "<b>ac</b>me", "a&#99;me", "ac&shy;me", "<p>ac</p><p>me</p>", "&amp;amp;", "&<i>amp;</i>", "acme.example",
         "<a href='https://acme.example/'>x</a>", "<a href='https://www.google.com/url?q=https%3A%2F%2Facme.example%2F'>y</a>",
         "<!-- acme -->", "<script>acme</script>", "@acme", "#acme", "caf&eacute;", "big", "sale", "<br/>", "a > b", "<")  # fmt: skip
TERMS = (
    "acme",
    "@acme",
    "#acme",
    "acme.example",
    '"big sale"',
    "caf\u00e9",
    "sal*",
    "acme NOT big",
    "acme AND NOT sale",
)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    words=st.lists(st.sampled_from(WORDS), max_size=6),
    sep=st.sampled_from(("", " ", "\n")),
    queries=st.lists(st.sampled_from(TERMS), min_size=1, max_size=3),
    field=st.sampled_from(("title", "description", "author", "content:encoded", "dc:creator")),
    link=st.sampled_from(("https://blog.example/1", "https://acme.example/1", "https://x.example/@acme/1234567", "")),
)
def test_whatever_the_markup_nothing_is_lost(
    words: list[str], sep: str, queries: list[str], field: str, link: str
) -> None:
    markup = sep.join(words).replace("]]>", "")
    body = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><item><guid isPermaLink='false'>1</guid><link>{link}</link><{field}><![CDATA[{markup}]]></{field}>"
        "</item></channel></rss>"
    ).encode()
    reading = reading_of(body)
    assert_nothing_is_lost(reading, whole_of(reading), asked(*queries))


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.lists(st.sampled_from(QUERIES), min_size=1, max_size=2))
def test_of_made_up_feeds_nothing_is_lost(random: Random, queries: list[str]) -> None:
    reading = reading_of(made_feed(Random(random.random()), wild=0.02).encode())
    assert_nothing_is_lost(reading, whole_of(reading), asked(*queries))


def pages_of(desk: FeedDesk, address: str, queries: Sequence[Query], *, glancing: bool) -> Iterator[Page]:
    deps = replace(desk.deps, sieve=sieve) if glancing else desk.deps
    return FeedConnector(address, str, deps, 1000).fetch(queries, None, Allowance())


def test_pages_prove_and_count_the_same_with_and_without_it() -> None:
    entries = "".join(
        f"<item><title>{'Truffle' if number % 7 == 0 else 'Cake'} {number}</title><link>https://a.example/{number}</link>"
        f"<pubDate>Mon, 02 Mar 2026 {number % 24:02}:00:00 GMT</pubDate></item>"
        for number in range(250)
    )
    body = f"<rss version='2.0'><channel>{entries}</channel></rss>".encode()
    queries = asked("truffle")
    with FeedDesk() as desk:
        address = desk.server.add("/feed", Reply(body=body))
        plain = list(pages_of(desk, address, queries, glancing=False))
        glanced = list(pages_of(desk, address, queries, glancing=True))
    assert (
        [len(page.items) + len(page.unread) for page in glanced]
        == [len(page.items) for page in plain]
        == [100, 100, 50]
    )
    assert sum(len(page.items) for page in glanced) == 36
    assert [(page.cursor, page.covered, page.gaps) for page in glanced] == [
        (page.cursor, page.covered, page.gaps) for page in plain
    ]


def an_item(text: str) -> Item:
    reading = reading_of(
        f"<rss version='2.0'><channel><item><guid>1</guid><link>https://a.example/1</link><title>{text}</title>"
        "<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item></channel></rss>".encode()
    )
    (item,) = items_of(document_of(reading, FEED), FEED, NOW, 10)
    return item


def test_what_is_kept_is_opened_when_its_words_no_longer_match() -> None:
    target, queries = Target("feeds", FEED), asked("truffle")
    matcher = Matcher(queries)
    before, after = an_item("A truffle"), an_item("A cake")
    store = store_in_memory()
    store.add_targets([target], NOW)
    store.save_page(target, Page(items=(before,)), mentions_of(matcher, before, "feeds", NOW), NOW, NOW)
    assert [story[1].text for story in store.story_candidates(NOW)] == ["A truffle"]
    unread = Unread(after.key, after.published_at, lambda: after)
    saved = store.save_page(target, Page(unread=(unread,)), (), NOW, NOW)
    assert saved.edited == 1
    assert list(store.story_candidates(NOW)) == []


def test_what_was_never_kept_is_not_opened_but_noted_as_arrived() -> None:
    def never() -> Item:
        raise AssertionError("it was opened")

    target = Target("feeds", FEED)
    store = store_in_memory()
    store.add_targets([target], NOW)
    store.save_page(target, Page(unread=(Unread("rss:1", NOW, never),)), (), NOW, NOW)
    assert store.arrivals_of(target) == (NOW,)
