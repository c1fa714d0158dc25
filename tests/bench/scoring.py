"""Scoring: the whole score of a mention (tone, prominence, reach, ten messages) on one core, beside VADER's tone alone.

The texts are the recorded short posts, as mentions of a brand that their first word names; the long post is made of
them. Ten messages of a made-up shop, a frozen context of the texts themselves. Nothing is read or written meanwhile.
"""

from __future__ import annotations

import argparse
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import resources
from itertools import islice
from statistics import median

from bot.engines.language import identifier
from bot.engines.vader import engine as vader
from bot.model import Author, Hit, Item, ItemKind, KeyMessage, MatchField, Mention, Subject, Weights, with_headline
from bot.plugins import ENGINES, load
from bot.ports import Passage, SentimentEngine
from bot.score.alignment import LexicalMatcher
from bot.score.context import build_context
from bot.score.scoring import ScoringSettings, rules_version, score_mention
from tests.bench.matching import texts
from tests.bench.row import Row

POSTS, LONG_WORDS = 1_000, 5_000
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRAND = Subject("crumb", "Velvet Crumb", '"velvet crumb"', handles=("@velvetcrumb",), domains=("velvetcrumb.example",))
STATEMENTS = (
    "Every truffle is rolled by hand each morning.",
    "All our cocoa is bought directly from farmers.",
    "Our chocolate is 100 % organic.",
    "Two people a day get a free truffle.",
    "We answer every question within an hour.",
    "The shop is open until ten on weekdays.",
    "Our wrapping has no plastic in it.",
    "We pay every apprentice a living wage.",
    "The new shop creates forty jobs in town.",
    "Delivery is free above thirty euros.",
)


def rows(options: argparse.Namespace) -> list[Row]:
    """Posts a second, and milliseconds for a long post; none where the recorded texts are absent."""
    said = list(islice(_spread(list(texts())), POSTS))
    if not said:
        return []
    posts = [_mention(number, f"Velvet Crumb {text}") for number, text in enumerate(said)]
    words = " ".join(said).split()
    long = _mention(len(posts), "Velvet Crumb. " + " ".join(words[:LONG_WORDS]), kind=ItemKind.ARTICLE)
    runs = max(1, options.runs)
    made = _scorer(_default_engine(), said)
    alone = vader({})
    speed, peer = _speed(made, posts, runs), _speed(lambda post: _tone(alone, post), posts, runs)
    spent, lone = _milliseconds(made, long, runs), _milliseconds(lambda post: _tone(alone, post), long, runs)
    named = "VADER, tone alone"
    return [
        Row("score: short posts, ten messages", speed, "mentions/s", named, peer, speed / peer),
        Row(f"score: a post of {LONG_WORDS:,} words", spent, "ms", named, lone, lone / spent),
    ]


def _default_engine() -> SentimentEngine:
    """The engine that a fresh installation reads tone with."""
    table = tomllib.loads(resources.files("config").joinpath("defaults.toml").read_text(encoding="utf-8"))
    engine: SentimentEngine = load(ENGINES, table["score"]["engine"], "engine")({})
    return engine


def _scorer(engine: SentimentEngine, pool: Sequence[str]) -> Callable[[Mention], object]:
    messages = tuple(KeyMessage(f"m{number}", statement) for number, statement in enumerate(STATEMENTS))
    settings = ScoringSettings((BRAND,), messages, (), Weights(), engine, LexicalMatcher(), identifier())
    context, version = build_context("bench", pool, {"x": [0.4]}), rules_version(settings)
    return lambda mention: score_mention(mention, settings, context, version)


def _tone(engine: SentimentEngine, mention: Mention) -> object:
    return engine.read((Passage(mention.item.text, 0),), {})


def _speed(work: Callable[[Mention], object], posts: Sequence[Mention], runs: int) -> float:
    for post in posts[:200]:
        work(post)
    return median(len(posts) / _seconds(work, posts) for _ in range(runs))


def _milliseconds(work: Callable[[Mention], object], post: Mention, runs: int) -> float:
    work(post)
    return 1_000 * median(_seconds(work, [post]) for _ in range(runs))


def _seconds(work: Callable[[Mention], object], posts: Sequence[Mention]) -> float:
    started = time.process_time()
    for post in posts:
        work(post)
    return time.process_time() - started


def _spread(found: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Texts from all over the files."""
    step = max(1, len(found) // POSTS)
    return (" ".join(part for part in pair if part) for pair in found[::step])


def _mention(number: int, text: str, kind: ItemKind = ItemKind.POST) -> Mention:
    title, whole = with_headline("", text)
    name = len(BRAND.name)
    hits = (Hit("velvet crumb", MatchField.TEXT, 0, name),)
    item = Item(f"x:{number}", kind, None, title, whole, NOW, "x.com", Author(handle="someone", followers=150), "en")
    return Mention(f"m{number}", BRAND.id, item, hits, "x", NOW)
