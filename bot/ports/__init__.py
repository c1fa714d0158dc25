"""The ports: what each room may ask of the outside, as Protocols.

Use cases are written against these; adapters implement them; ``bot.wiring`` brings them together. Every port has one
contract suite in ``tests/contract/`` that each implementation passes. Store verbs are one transaction each.
"""

from __future__ import annotations

from bot.ports.access_store import AccessStore
from bot.ports.alert_store import AlertStore
from bot.ports.desk_store import BudgetStore, LearnStore, ListenStore, RelevanceStore, ReviewStore
from bot.ports.export_store import ExportStore
from bot.ports.figure_store import FigureStore
from bot.ports.offer_store import LedgerView, OfferStore, Recorded, Since
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
from bot.ports.recheck_store import RecheckStore
from bot.ports.shop_store import ShopStore
from bot.ports.sighting_store import SightingStore
from bot.ports.sources import Backfilling, Compiler, Connector, Estimate, FeedTools, Noticing, Paid, Rechecking
from bot.ports.store import DigestStore, ReadStore, ScoreStore, Store
from bot.ports.tally_store import Change, DayGroup, LocalDay, Redeemed, Redemption, Switch, TallyStore

__all__ = [
    "AccessStore",
    "AlertStore",
    "Backfilling",
    "BudgetStore",
    "Change",
    "Clock",
    "Compiler",
    "Connector",
    "DayGroup",
    "Deps",
    "Dial",
    "DigestStore",
    "Embedder",
    "EmbeddingMatcher",
    "Estimate",
    "ExportStore",
    "FeedTools",
    "FigureStore",
    "LanguageIdentifier",
    "LearnStore",
    "LedgerView",
    "Line",
    "ListenStore",
    "LocalDay",
    "MessageMatcher",
    "MultilingualEngine",
    "Noticing",
    "Notifier",
    "OfferStore",
    "Paid",
    "Passage",
    "ReadStore",
    "RecheckStore",
    "Rechecking",
    "Recorded",
    "Redeemed",
    "Redemption",
    "RelevanceStore",
    "ReviewStore",
    "ScoreStore",
    "SentimentEngine",
    "SessionFactory",
    "ShopStore",
    "Sieve",
    "SightingStore",
    "Since",
    "Store",
    "Switch",
    "TallyStore",
]
