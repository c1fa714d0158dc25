"""Every captured and hand-made feed of the shared corpus, polled over loopback with the real fetch code."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

from bot.errors import BadResponse, SourceError
from bot.http import HttpLimits
from bot.model import Item
from tests.support.counts import FULL
from tests.support.feeddesk import FeedDesk
from tests.support.feedserver import Reply
from tests.support.shared import shared_path

# Why each of these is right to fail:
REFUSED = {
    "captures/7ef13a42fa7e177a.xml": "broken XML",  # every element as <rss:…> without a namespace: nothing is found in it
    "fastfeedparser/malformed_rss_namespaced.xml": "broken XML",  # the same, made small
    "feed-rs/rss2_rss_2.0_invalid_1.xml": "broken XML",  # the server fell over before the first item
    "feedparser-encoding/bozo_invalid-bytes-with-bom.xml": "broken XML",  # ends in the middle of </rss
    "feedparser-illformed/rss_empty_document.xml": "not a feed",  # holds a comment and nothing else
    "gofeed/unknown_feed.xml": "web page",  # a <note> about a reminder, with a <body>
    "miniflux-xml/iso88591_utf8_mismatch.xml": "not a feed",  # a <note> as well
    "netnewswire/ScriptingNews.json": "not a JSON Feed",  # RSS spelled in JSON, read by no program but one
    "netnewswire/allthis-partial.json": "broken JSON",  # cut off in the middle of a string
    "node-feedparser/notafeed.html": "web page",  # a page that says so itself
    "rss-parser/unrecognized.rss": "web page",  # a web server's "Object Moved" page
}
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
POLLED, ITEMS, DATED, LINKED, TITLED = 427, 5182, 4813, 5108, 5073


def test_all_427_feeds_are_polled_and_only_what_is_no_feed_fails() -> None:
    folder = shared_path("corpus/feeds")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(paths) == POLLED
    paths = paths if FULL else [path for path in paths if str(path.relative_to(folder)) in REFUSED] + paths[::6]
    found: dict[str, list[Item]] = {}
    failures: dict[str, SourceError] = {}
    with FeedDesk(HttpLimits(allow_networks=("127.0.0.0/8",))) as desk:
        for path in paths:
            name = str(path.relative_to(folder))
            address = desk.server.add(f"/{name}", Reply(headers={"Content-Type": _type(path)}, body=path.read_bytes()))
            try:
                found[name] = desk.items(address)
            except SourceError as error:
                failures[name] = error
    assert {type(error) for error in failures.values()} == {BadResponse}
    assert failures.keys() == REFUSED.keys()
    for name, words in REFUSED.items():
        assert words in str(failures[name])
    every = [item for items in found.values() for item in items]
    counts = Counter(
        items=len(every),
        dated=sum(item.published_at is not None for item in every),
        linked=sum(item.url is not None for item in every),
        titled=sum(item.title != "" for item in every),
    )
    assert not FULL or counts == {"items": ITEMS, "dated": DATED, "linked": LINKED, "titled": TITLED}
    _check(every)
    assert _shared_keys(found) == {}


def _type(path: Path) -> str:
    return {".json": "application/feed+json", ".html": "text/html"}.get(path.suffix, "application/xml")


def _check(items: list[Item]) -> None:
    """What holds for every item, whatever its feed."""
    for item in items:
        assert item.text or item.url
        assert item.text.startswith(item.title)
        assert "\n" not in item.title
        assert not CONTROL.search(item.text)
        item.text.encode()
        assert item.url is None or item.url.startswith(("http://", "https://"))
        assert item.published_at is None or item.published_at.tzinfo is not None


def _shared_keys(found: dict[str, list[Item]]) -> dict[str, set[str]]:
    """Keys that two feeds gave."""
    owners = defaultdict(set)
    for name, items in found.items():
        for item in items:
            owners[item.key].add(name)
    return {key: names for key, names in owners.items() if len(names) > 1}
