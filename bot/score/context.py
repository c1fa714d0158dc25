"""The frozen context of a scoring period: word idf of the pool and each channel's usual reach weight; pure.

One context serves all mentions collected on one UTC day; it is made from what was collected in the four weeks before
that day, so that it never changes while the day goes on. It holds counts of words and no text.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from statistics import median

from bot.model import Interval, ScoringContext
from bot.score.words import words_of

CONTEXT_RULES = "1"
"""Version of what is counted and how; part of every context's id."""

POOL_DAYS = 28
POOL_LIMIT = 5_000
"""Texts read for the idf at most: word frequencies are steady long before."""

VOCABULARY_LIMIT = 20_000
"""Stems kept, the most frequent first; one that is not kept counts as unseen."""

LEAST_DOCUMENTS = 2
"""A stem of one text alone is left out: it says nothing about the pool, and might be somebody's name."""


def context_id(moment: datetime) -> str:
    """The id of the context that a mention collected at ``moment`` is scored in: its UTC day and the rules."""
    return f"{moment.astimezone(UTC).date().isoformat()}/{CONTEXT_RULES}"


def pool_interval(moment: datetime) -> Interval:
    """What the pool of that context is made of: the four weeks before the UTC day's start."""
    start_of_day = datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
    return Interval(start_of_day - timedelta(days=POOL_DAYS), start_of_day)


def build_context(
    identifier: str, texts: Iterable[str], reach_weights: Mapping[str, Sequence[float]]
) -> ScoringContext:
    """The context of these pool texts and of the known reach weights per channel.

    ``idf = ln((1 + N) / (1 + df)) + 1`` by stem, where df is the number of texts that hold it.
    """
    documents = 0
    counts: Counter[str] = Counter()
    for text in texts:
        documents += 1
        counts.update({word.stem for word in words_of(text)})
    kept = sorted(
        ((stem, count) for stem, count in counts.items() if count >= LEAST_DOCUMENTS),
        key=lambda pair: (-pair[1], pair[0]),
    )[:VOCABULARY_LIMIT]
    return ScoringContext(
        identifier,
        documents,
        {stem: math.log((1 + documents) / (1 + count)) + 1 for stem, count in kept},
        {channel: median(weights) for channel, weights in sorted(reach_weights.items()) if weights},
    )
