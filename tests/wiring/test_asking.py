"""Whoever asks for something to be forgotten may write it as they know it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.model import Author, Page
from bot.model.keeping import Wanted
from bot.store.sqlite import SqliteStore
from bot.wiring.keep.asking import everything_meant
from tests.support.database import store_in_memory
from tests.support.samples import BLOGS, HOUR, NOON, a_mention, an_item

ITEMS = [
    an_item(1, key="x:111", url="https://x.com/Moon_Bar/status/111", author=Author("Ève Lune", "Moon_Bar", "4711")),
    an_item(2, key="x:112", url="https://x.com/Moon_Bars/status/112", author=Author("Moon_Bars", "Moon_Bars", "47112")),
    an_item(3, key="reddit:t1_a", url="https://www.reddit.com/r/a/comments/b/c/", author=Author(None, "moon_bar")),
    an_item(4, key="bsky:did:plc:aaaa/3k1", url="https://bsky.app/profile/eve.example/post/3k1",
            author=Author("ÈVE LUNE", "eve.example", "did:plc:aaaa")),
    an_item(5, key="rss:1", url="http://www.example.org/free-truffle-caf%C3%A9/?utm_source=feed",
            author=Author("A. Smith", url="http://example.org/authors/smith/")),
    an_item(6, key="rss:2", url="https://example.org/free-truffle-café-2", author=Author("A. Smithson")),
]  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Iterator[SqliteStore]:
    opened = store_in_memory()
    opened.add_targets([BLOGS], NOON)
    opened.save_page(BLOGS, Page(items=tuple(ITEMS)), [a_mention(one) for one in ITEMS], NOON, NOON + HOUR)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(author="@moon_bar"), {1, 3}),
        (Wanted(author="MOON_BAR"), {1, 3}),
        (Wanted(author="https://twitter.com/moon_bar"), {1}),
        (Wanted(author="https://mobile.x.com/Moon_Bar/?s=20"), {1}),
        (Wanted(author="https://old.reddit.com/user/Moon_Bar/"), {3}),
        (Wanted(author="u/moon_bar"), {3}),
        (Wanted(author="4711"), {1}),
        (Wanted(author="https://x.com/i/user/4711"), {1}),
        (Wanted(author="https://twitter.com/i/user/47112/"), {2}),
        (Wanted(author="did:plc:aaaa"), {4}),
        (Wanted(author="https://bsky.app/profile/did:plc:aaaa"), {4}),
        (Wanted(author="https://bsky.app/profile/eve.example"), {4}),
        (Wanted(author="ève lune"), {1, 4}),
        (Wanted(author="a. smith"), {5}),
        (Wanted(author="https://www.example.org/authors/smith"), {5}),
        (Wanted(author="moon"), set()),
        (Wanted(author="%"), set()),
        (Wanted(url="https://twitter.com/somebody/status/111?s=20"), {1}),
        (Wanted(url="https://x.com/Moon_Bar/status/11"), set()),
        (Wanted(url="https://m.example.org/free-truffle-café"), {5}),
        (Wanted(url="https://example.org/free-truffle-caf%C3%A9/amp"), {5}),
        (Wanted(url="https://old.reddit.com/r/a/comments/b/c"), {3}),
        (Wanted(url="https://example.org/"), set()),
        (Wanted(url="https://m.example.org/free-truffle-café", author="a. smithson"), set()),
        (Wanted(url="not an address"), set()),
    ],
)
def test_whatever_the_spelling_it_is_found_and_nobody_elses(store: SqliteStore, wanted: Wanted, numbers: set[int]):
    assert {one.key for one in everything_meant(store, wanted)} == {ITEMS[number - 1].key for number in numbers}
