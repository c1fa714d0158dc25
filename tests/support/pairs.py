"""The labelled pairs of ``tests/labelled/stories.csv``, with their texts read from the shared corpus.

The file holds keys only: a file of the corpus and the number of its row or entry, from 0. How the pairs were drawn and
labelled is told in ``docs/measurement.md``.
"""

from __future__ import annotations

import csv
import html
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
from selectolax.lexbor import LexborHTMLParser

from bot.model import Item, ItemKind, with_headline
from tests.support.shared import shared_path

LABELLED = Path(__file__).resolve().parents[1] / "labelled" / "stories.csv"

TEXT_COLUMNS = {
    "sanders_apple_google_microsoft_twitter_2011": "TweetText",
    "sxsw_brand_product_tweets_2013": "tweet_text",
}
ANSWERS = "starbucks_timeline_replies_2022"


@dataclass(frozen=True)
class Pair:
    """Two items and whether they are one piece; ``similarity`` is the Jaccard similarity by which the pair was drawn."""

    left: Item
    right: Item
    similarity: float
    same: bool
    part: str

    @property
    def stratum(self) -> tuple[str, int]:
        """What it was drawn from: posts or feeds, and the tenth of the similarity."""
        return self.left.key.partition("/")[0], int(self.similarity * 10)


def labelled_pairs() -> list[Pair]:
    """The pairs that were decided; skips where the corpus is absent."""
    shared_path("corpus/feeds")
    with LABELLED.open(encoding="utf-8") as file:
        return [
            Pair(item(row["left"]), item(row["right"]), float(row["similarity"]), row["label"] == "same", row["part"])
            for row in csv.DictReader(file)
            if row["label"] != "open"
        ]


def item(key: str) -> Item:
    """The item of a key. Its address is its own, so that only the words can tell."""
    name, _, number = key.rpartition("#")
    url = f"https://example.org/{key.replace('#', '/')}"
    if name.startswith("mentions/"):
        kind = ItemKind.COMMENT if ANSWERS in name else ItemKind.POST
        return Item(key, kind, url, "", posts(name)[int(number)], None, "x.com")
    title, body, outlet = entries(name)[int(number)]
    title, text = with_headline(title, body)
    return Item(key, ItemKind.ARTICLE, url, title, text, None, outlet)


@cache
def posts(name: str) -> tuple[str, ...]:
    """The texts of a table of posts."""
    path = shared_path(f"corpus/{name}")
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if path.stem.startswith("reddit"):
        return tuple(html.unescape(f"{row['title']}\n{row['selftext']}").strip() for row in rows)
    return tuple(html.unescape(row[TEXT_COLUMNS.get(path.stem, "text")] or "").strip() for row in rows)


@cache
def entries(name: str) -> tuple[tuple[str, str, str], ...]:
    """``(title, body, host)`` of a feed's entries."""
    path = shared_path(f"corpus/{name}")
    parsed = feedparser.parse(path.read_bytes(), response_headers={"content-type": "application/xml"})
    found = []
    for entry in parsed.entries:
        body = entry.content[0].value if entry.get("content") else entry.get("summary", "")
        plain = LexborHTMLParser(body).text(separator=" ") if body else ""
        found.append((plain_title(entry), " ".join(plain.split()), urlsplit(entry.get("link", "")).netloc or path.name))
    return tuple(found)


def plain_title(entry: feedparser.FeedParserDict) -> str:
    """The entry's title without marks."""
    title = entry.get("title", "")
    return " ".join(LexborHTMLParser(title).text().split()) if "<" in title else " ".join(title.split())
