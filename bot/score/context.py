"""The frozen context of a scoring period: word idf of the pool, each channel's usual reach weight, calibrations; pure.

One context serves all mentions collected on one UTC day; it is made from what was collected in the four weeks before
that day, so that it never changes while the day goes on. It holds counts of words and no text.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from statistics import median

from bot.model import Calibration, Interval, ScoringContext
from bot.ports import Embedder, EmbeddingMatcher, MessageMatcher
from bot.score.words import stems_of

CONTEXT_RULES = "2"
"""Version of what is counted and how; part of every context's id."""

POOL_DAYS = 28
POOL_LIMIT = 5_000
"""Texts read for the idf at most: word frequencies are steady long before."""

POOL_BY_AUTHOR = 20
"""Texts that one author adds at most, and a story adds one: nobody floods the pool. A text counts each word once, so an
author's ``k`` texts make a word that stands in ``d`` others rarer or commoner by ``ln((d + k + 1) / (d + 1))`` at most.
"""

VOCABULARY_LIMIT = 20_000
"""Stems kept, the most frequent first; one that is not kept counts as unseen."""

LEAST_DOCUMENTS = 2
"""A stem of one text alone is left out: it says nothing about the pool, and might be somebody's name."""


CENTRE_TEXTS = 300
"""Texts of the pool whose embeddings are averaged, evenly spread: it takes a second or two, once a day."""

CENTRE_LENGTH = 300
"""Characters of each that are embedded: as many as a sentence or two have, which is what is compared."""

CENTRE_DIGITS = 5


def embedder_of(matcher: MessageMatcher) -> Embedder | None:
    """What the matcher compares embeddings by; None where it compares none."""
    return matcher.embedder if isinstance(matcher, EmbeddingMatcher) else None


def context_id(moment: datetime, embedder: Embedder | None = None) -> str:
    """The id of the context a mention collected at ``moment`` is scored in: its UTC day, the rules, the embedder."""
    name = f"{moment.astimezone(UTC).date().isoformat()}/{CONTEXT_RULES}"
    return name if embedder is None else f"{name}+{embedder.version}"


def pool_interval(moment: datetime) -> Interval:
    """What the pool of that context is made of: the four weeks before the UTC day's start."""
    start_of_day = datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
    return Interval(start_of_day - timedelta(days=POOL_DAYS), start_of_day)


def build_context(
    identifier: str,
    texts: Iterable[str],
    reach_weights: Mapping[str, Sequence[float]],
    calibration: Mapping[str, Calibration] | None = None,
    embedder: Embedder | None = None,
) -> ScoringContext:
    """The context of these pool texts, of the known reach weights per channel, and of what own posts taught by then.

    ``idf = ln((1 + N) / (1 + df)) + 1`` by stem, where df is the number of texts that hold it. With an ``embedder`` the
    texts' mean vector is in it.
    """
    pool = list(texts)
    documents = len(pool)
    counts: Counter[str] = Counter()
    for text in pool:
        counts.update(set(stems_of(text)))
    kept = sorted(
        ((stem, count) for stem, count in counts.items() if count >= LEAST_DOCUMENTS),
        key=lambda pair: (-pair[1], pair[0]),
    )[:VOCABULARY_LIMIT]
    return ScoringContext(
        identifier,
        documents,
        {stem: math.log((1 + documents) / (1 + count)) + 1 for stem, count in kept},
        {channel: median(weights) for channel, weights in sorted(reach_weights.items()) if weights},
        calibration or {},
        _centre(pool, embedder) if embedder else (),
    )


def _centre(pool: Sequence[str], embedder: Embedder) -> tuple[float, ...]:
    """The mean embedding of the pool's texts; empty without any."""
    read = pool[:: -(-len(pool) // CENTRE_TEXTS) or 1]
    vectors = [embedder.embed(text[:CENTRE_LENGTH]) for text in read]
    return tuple(round(float(sum(column) / len(read)), CENTRE_DIGITS) for column in zip(*vectors, strict=True))
