"""The ports: what each room may ask of the outside, as Protocols.

Use cases are written against these; adapters implement them; ``bot.wiring`` brings them together. Every port has one
contract suite in ``tests/contract/`` that each implementation passes. Store verbs are one transaction each.
"""

from __future__ import annotations

from bot.ports.desk_store import BudgetStore, LearnStore, ListenStore, RelevanceStore, ReviewStore
from bot.ports.figure_store import FigureStore
from bot.ports.outside import Clock, Deps, Dial, Line, SessionFactory
from bot.ports.readers import (
    Embedder,
    EmbeddingMatcher,
    LanguageIdentifier,
    MessageMatcher,
    MultilingualEngine,
    Notifier,
    Passage,
    SentimentEngine,
)
from bot.ports.sources import Backfilling, Compiler, Connector, Estimate, FeedTools, Paid
from bot.ports.store import DigestStore, OfferStore, ReadStore, ScoreStore, Since, Store

__all__ = [
    "Backfilling",
    "BudgetStore",
    "Clock",
    "Compiler",
    "Connector",
    "Deps",
    "Dial",
    "DigestStore",
    "Embedder",
    "EmbeddingMatcher",
    "Estimate",
    "FeedTools",
    "FigureStore",
    "LanguageIdentifier",
    "LearnStore",
    "Line",
    "ListenStore",
    "MessageMatcher",
    "MultilingualEngine",
    "Notifier",
    "OfferStore",
    "Paid",
    "Passage",
    "ReadStore",
    "RelevanceStore",
    "ReviewStore",
    "ScoreStore",
    "SentimentEngine",
    "SessionFactory",
    "Sieve",
    "Since",
    "Store",
]
