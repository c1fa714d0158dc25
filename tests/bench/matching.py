"""Matching: short texts a second on one core, by the number of terms, beside one big compiled regular expression.

The texts are the recorded posts and headlines; the terms are words and word pairs of theirs, drawn evenly over the
ranks below the most common words (a brand is no "the"), one query of one term each. Items are made before the clock
starts. The regular expression looks for the same folded terms between word boundaries, and gives no subjects and no
positions in the original text; it is timed on a sample, as its cost grows with the number of terms.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from bot.listen.folding import fold
from bot.listen.matching import Matcher
from bot.listen.query import parse_query
from bot.model import Author, Item, ItemKind, with_headline
from tests.bench.row import Row
from tests.support.shared import shared_root

COUNTS = (10, 100, 1_000, 10_000)
RUNS = 3
SAMPLE = 200
"""Texts that the regular expression of the most terms is timed on; fewer terms, more texts."""
COMMON = 300
SHORT = 1_000
"""Characters. Longer texts are left out: the figure is of short ones."""


def rows(options: argparse.Namespace) -> list[Row]:
    """One row a number of terms; none where the recorded texts are absent."""
    del options
    items = [_item(number, *text) for number, text in enumerate(texts())]
    if not items:
        return []
    vocabulary = terms_of([item.text for item in items], max(COUNTS))
    return [_row(items, vocabulary, count) for count in COUNTS]


def texts() -> Iterator[tuple[str, str]]:
    """Title and body of every recorded short post."""
    folder = shared_root()
    csv.field_size_limit(1 << 24)
    for path in sorted((folder / "corpus" / "mentions").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                title = row.get("title") or ""
                body = next(
                    (
                        row[name]
                        for name in ("text", "TweetText", "tweet_text", "selftext", "Description")
                        if row.get(name)
                    ),
                    "",
                )
                if 0 < len(title) + len(body) <= SHORT:
                    yield title, body
    for path in sorted((folder / "eval" / "sentiment").glob("*.tsv")):
        yield from _last_column(path)


def _last_column(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            text = row.get("text") or ""
            if 0 < len(text) <= SHORT:
                yield "", text


def terms_of(written: Sequence[str], count: int) -> list[str]:
    """``count`` different terms of the texts: four fifths words, one fifth pairs of words, none with a common word."""
    found = [re.findall(r"[a-z]{3,}", fold(text)) for text in written]
    words = Counter(word for text in found for word in text)
    common = {word for word, _ in words.most_common(COMMON)}
    pairs = Counter(
        f'"{first} {second}"'
        for text in found
        for first, second in pairwise(text)
        if first not in common and second not in common
    )
    singles = [word for word, _ in words.most_common() if word not in common]
    return _spread(singles, count - count // 5) + _spread([pair for pair, _ in pairs.most_common()], count // 5)


def _spread(ranked: Sequence[str], count: int) -> list[str]:
    step = max(len(ranked) / count, 1)
    return [ranked[int(place * step)] for place in range(min(count, len(ranked)))]


def _row(items: Sequence[Item], vocabulary: Sequence[str], count: int) -> Row:
    terms = _spread(vocabulary, count)
    matcher = Matcher([parse_query(f"s{number}", term) for number, term in enumerate(terms)])
    speed = max(_speed(matcher, items) for _ in range(RUNS))
    sample = [fold(item.text) for item in items[:: max(1, len(items) * count // (SAMPLE * max(COUNTS)))]]
    peer = _expression_speed(terms, sample)
    return Row(f"match: {count:,} terms", speed, "texts/s", "one regular expression", peer, speed / peer)


def _speed(matcher: Matcher, items: Sequence[Item]) -> float:
    started = time.process_time()
    for item in items:
        matcher.match(item)
    return len(items) / (time.process_time() - started)


def _expression_speed(terms: Sequence[str], sample: Sequence[str]) -> float:
    written = sorted((re.escape(fold(term.strip('"'))) for term in terms), key=len, reverse=True)
    expression = re.compile(rf"(?<!\w)(?:{'|'.join(written)})(?!\w)")
    started = time.process_time()
    for text in sample:
        for _ in expression.finditer(text):
            pass
    return len(sample) / (time.process_time() - started)


def _item(number: int, title: str, body: str) -> Item:
    title, text = with_headline(title, body)
    return Item(f"x:{number}", ItemKind.POST, None, title, text, None, "x.com", Author())
