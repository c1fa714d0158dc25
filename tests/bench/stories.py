"""Stories: items a second on one core, by how much is remembered, for posts and for articles.

The posts are made of the recorded ones' words, so that there are as many as are wanted and hardly any is a copy; of the
recorded posts themselves half are. *Signature and look-up* is what an index of copies costs: normalising, MinHash,
query, insertion. *Placing* adds what a story needs: keys, addresses, names. Items come in pages of 200, as from a
source; the clock is the CPU time of the process, the figure the best of the runs.
"""

from __future__ import annotations

import argparse
import gc
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rensa import RMinHashLSH

from bot.listen.copies import normalised
from bot.listen.dedupe import BANDS, PERMUTATIONS, StoryIndex
from bot.listen.signatures import signatures
from bot.model import Item, ItemKind
from tests.bench.matching import texts
from tests.bench.row import Row

REMEMBERED = (10_000, 100_000, 1_000_000)
MEASURED = 20_000
PAGE = 200
WORDS_OF_A_POST, WORDS_OF_AN_ARTICLE = 15, 500
Thing = TypeVar("Thing")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rows(options: argparse.Namespace) -> list[Row]:
    """One row a size and a kind; none where the recorded texts are absent."""
    recorded = [" ".join(part for part in text if part) for text in texts()]
    if not recorded:
        return []
    words = [word for text in recorded for word in text.split()]
    found = [_lookup(words, size, options.runs) for size in REMEMBERED]
    found += [_placing(words, size, options.runs) for size in REMEMBERED]
    kept = [_post(number, text) for number, text in enumerate(recorded)]
    found.append(Row("placing recorded posts, half of them copies", _best(kept, options.runs), "items/s"))
    articles = [_post(number, text) for number, text in enumerate(made(words, 2_000, WORDS_OF_AN_ARTICLE))]
    found.append(Row("placing articles of 500 words", _best(articles, options.runs), "items/s"))
    found.append(Row("memory of 100,000 posts", _memory(words), "MB"))
    return found


def made(words: Sequence[str], number: int, length: int) -> Iterator[str]:
    """Texts of words drawn at random, the same ones at each run."""
    rng = random.Random(number)
    return (" ".join(rng.choices(words, k=length)) for _ in range(number))


def _lookup(words: Sequence[str], size: int, runs: int) -> Row:
    index = RMinHashLSH(0.5, PERMUTATIONS, BANDS)
    for number, page in enumerate(_pages(list(made(words, size, WORDS_OF_A_POST)))):
        index.insert_many(signatures(_comparable(page), PERMUTATIONS), number * PAGE)
    wanted = _pages(list(made(words, MEASURED, WORDS_OF_A_POST)))
    best = 0.0
    for _ in range(runs):
        start = time.process_time()
        for number, page in enumerate(wanted):
            signed = signatures(_comparable(page), PERMUTATIONS)
            index.query_all(signed)
            index.insert_many(signed, size + number * PAGE)
        best = max(best, MEASURED / (time.process_time() - start))
        for number in range(size, size + MEASURED):
            index.remove(number)
    return Row(f"signature and look-up beside {size:,} posts", round(best), "items/s")


def _placing(words: Sequence[str], size: int, runs: int) -> Row:
    index = StoryIndex()
    for page in _pages([_post(number, text) for number, text in enumerate(made(words, size, WORDS_OF_A_POST))]):
        index.place(page, NOW)
    best = 0.0
    for run in range(runs):
        fresh = list(made(words[run:], MEASURED + run, WORDS_OF_A_POST))
        first = size + run * 2 * MEASURED
        pages = _pages([_post(first + number, text) for number, text in enumerate(fresh)])
        start = time.process_time()
        for page in pages:
            index.place(page, NOW)
        best = max(best, len(fresh) / (time.process_time() - start))
    return Row(f"placing beside {size:,} posts", round(best), "items/s")


def _best(items: Sequence[Item], runs: int) -> float:
    best = 0.0
    for _ in range(runs):
        index = StoryIndex()
        start = time.process_time()
        for page in _pages(items):
            index.place(page, NOW)
        best = max(best, len(items) / (time.process_time() - start))
    return round(best)


def _memory(words: Sequence[str]) -> float:
    before = _resident()
    index = StoryIndex()
    for page in _pages([_post(number, text) for number, text in enumerate(made(words, 100_000, WORDS_OF_A_POST))]):
        index.place(page, NOW)
    gc.collect()
    return round(_resident() - before, 1)


def _resident() -> float:
    """Megabytes of this process in memory (Linux)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


def _comparable(page: Sequence[str]) -> list[str]:
    return [text for text in normalised(page) if len(text) >= 25]


def _pages(things: Sequence[Thing]) -> list[Sequence[Thing]]:
    return [things[at : at + PAGE] for at in range(0, len(things), PAGE)]


def _post(number: int, text: str) -> Item:
    return Item(f"x:{number}", ItemKind.POST, f"https://x.com/a/status/{number}", "", text, None, "x.com")
