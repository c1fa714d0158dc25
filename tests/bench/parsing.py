"""Reading the recorded feeds alone: bytes to items, beside feedparser as it comes."""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import feedparser

from bot.errors import BadResponse
from connectors.rss.items import items_of
from connectors.rss.parse import parse
from tests.bench.row import Row
from tests.support.shared import shared_root

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FEED = "https://blog.example/feed.xml"
HEADERS = {"content-type": "application/xml"}


def rows(options: argparse.Namespace) -> list[Row]:
    """Items a CPU second, the two in turn; none where the recorded feeds are absent."""
    folder = shared_root() / "corpus" / "feeds" / "captures"
    if not folder.is_dir():
        print("The recorded feeds are absent: nothing measured.")
        return []
    bodies = [path.read_bytes() for path in sorted(folder.iterdir())[: options.feeds or None]]
    _speed(_items, bodies)
    pairs = [(_speed(_items, bodies), _speed(_entries, bodies)) for _ in range(options.runs)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(mine / peer for mine, peer in pairs)
    return [Row("parsing: items", round(ours), "items/CPU s", "feedparser", round(theirs), round(ratio, 2))]


def _speed(read: Callable[[bytes], int], bodies: list[bytes]) -> float:
    begun = time.process_time()
    found = sum(map(read, bodies))
    return found / (time.process_time() - begun)


def _items(body: bytes) -> int:
    try:
        return len(items_of(parse(body, HEADERS, FEED, FEED), FEED, NOW, 1000))
    except BadResponse:
        return 0


def _entries(body: bytes) -> int:
    return len(feedparser.parse(io.BytesIO(body), response_headers={**HEADERS, "content-location": FEED})["entries"])
