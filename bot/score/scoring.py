"""One mention's score: the rules brought together, as a pure function of the mention, the settings and the context."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from bot.model import (
    OWNED,
    UNKNOWN_REACH,
    Alignment,
    Factor,
    Genre,
    ItemKind,
    KeyMessage,
    Mention,
    Outcome,
    Outlet,
    ReachBasis,
    Score,
    ScoringContext,
    Subject,
    ToneReading,
    Weights,
)
from bot.ports import LanguageIdentifier, MessageMatcher, Passage, SentimentEngine
from bot.score.advocacy import advocacy
from bot.score.passages import concerning
from bot.score.prominence import prominence
from bot.score.reach import estimate, host_of
from bot.score.receipt import FORMULA, MIXED, Parts, check_weights, make_receipt, message_value

RULES = "2"
"""Version of the rules in this package; part of every score's ``rules_version``."""

IMMATURE = "immature"
TONE_UNKNOWN = "tone_unknown"
UNSCORABLE = "unscorable"

MATURE_AFTER = timedelta(days=7)
"""Age at which a post's figures have settled; the score uses the latest, and says when they are younger."""

_LANGUAGE_NAMES = {"in": "id", "iw": "he", "ji": "yi", "nb": "no", "nn": "no"}
_NO_LANGUAGE = frozenset({"und", "zxx", "art", "mul", "mis", "qam", "qct", "qht", "qme", "qst"})


@dataclass(frozen=True)
class ScoringSettings:
    """What scoring is set up with. Raises ConfigError for weights that do not add up."""

    subjects: tuple[Subject, ...]
    messages: tuple[KeyMessage, ...]
    outlets: tuple[Outlet, ...]
    weights: Weights
    engine: SentimentEngine
    matcher: MessageMatcher
    identifier: LanguageIdentifier

    def __post_init__(self) -> None:
        check_weights(self.weights)

    def subject(self, subject_id: str) -> Subject:
        """The subject of that id; one that is no longer configured is known by its id alone, as somebody else's."""
        return self._by_id.get(subject_id) or Subject(subject_id, subject_id, "", own=False)

    @cached_property
    def _by_id(self) -> Mapping[str, Subject]:
        return {subject.id: subject for subject in self.subjects}


def rules_version(settings: ScoringSettings) -> str:
    """A short, stable fingerprint of all that decides a score: the rules, engine, matcher, weights and what is tracked.

    Scores with equal versions came about alike; a query or its context may change without it, for they decide on
    mentions only.
    """
    told: dict[str, Any] = {
        "rules": RULES,
        "engine": (settings.engine.name, settings.engine.version),
        "matcher": settings.matcher.version,
        "weights": asdict(settings.weights),
        "subjects": [_scored_by(subject) for subject in settings.subjects],
        "messages": [asdict(message) for message in settings.messages],
        "outlets": [asdict(outlet) for outlet in settings.outlets],
    }
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _scored_by(subject: Subject) -> dict[str, Any]:
    """What of a subject decides a score."""
    parts = asdict(subject) | {"query": ""}
    del parts["context"]
    return parts


def score_mention(mention: Mention, settings: ScoringSettings, context: ScoringContext, version: str) -> Score:
    """The score of one mention with its receipt."""
    subject = settings.subject(mention.subject)
    passages = concerning(mention, subject, _rivals(settings, subject))
    language = language_of(mention, settings.identifier)
    tone = _tone(passages, language, subject, settings.engine, genre_of(mention))
    prominent, prominence_reason = prominence(mention)
    advised, advice = advocacy(passages, mention.item, subject)
    reach = estimate(mention.item, settings.outlets)
    owned = is_owned(mention, subject)
    alignments = _alignments(mention, subject, settings, context)
    message, mixed = message_value(()) if owned else message_value(alignments)
    parts = Parts(
        tone=tone,
        engine=f"{settings.engine.name} {settings.engine.version}",
        message=message,
        message_method=_message_method(alignments, owned=owned),
        prominence=prominent,
        prominence_reason=prominence_reason,
        advocacy=advised,
        advocacy_reason=advice,
        reach=reach,
        channel=channel_of(mention),
    )
    receipt = make_receipt(parts, settings.weights, context)
    flags = {
        OWNED: owned,
        MIXED: mixed,
        IMMATURE: reach.basis in _MOVING and _is_young(mention),
        TONE_UNKNOWN: tone.tone is None,
    }
    return Score(
        mention=mention.id,
        rules_version=version,
        context_id=context.id,
        tone=tone,
        reach=reach,
        prominence=prominent,
        advocacy=advised,
        weight=receipt.weight,
        quality=receipt.quality,
        score=receipt.score,
        language=language,
        factors=receipt.factors,
        formula=receipt.formula,
        alignments=alignments,
        flags=(*(name for name, raised in flags.items() if raised), *receipt.flags),
    )


def unscorable(mention: Mention, settings: ScoringSettings, context: ScoringContext, version: str, why: str) -> Score:
    """What stands in for the score of a mention that the rules broke down on: nothing is known, and ``why`` says so."""
    return Score(
        mention=mention.id,
        rules_version=version,
        context_id=context.id,
        tone=ToneReading(None, None, None, why=why),
        reach=UNKNOWN_REACH,
        prominence=0.0,
        advocacy=0.0,
        weight=settings.weights.default_reach_weight,
        quality=None,
        score=None,
        language=None,
        factors=(Factor("tone", None, f"{settings.engine.name} {settings.engine.version}", why),),
        formula=FORMULA,
        flags=(UNSCORABLE, TONE_UNKNOWN),
    )


def channel_of(mention: Mention) -> str:
    """The channel that medians are kept by: the item key's part before the colon (``x``, ``reddit``, ``rss``)."""
    return mention.item.key.partition(":")[0]


def genre_of(mention: Mention) -> Genre:
    """What kind of writing a mention is: an article, a comment or post of a forum, a short post of a network."""
    if mention.item.kind is ItemKind.ARTICLE:
        return Genre.ARTICLE
    return Genre.DISCUSSION if channel_of(mention) in _FORUMS else Genre.POST


_FORUMS = frozenset({"reddit", "hn"})


def language_of(mention: Mention, identifier: LanguageIdentifier) -> str | None:
    """The language that the item declares, else the one it is found to be in; ISO 639-1, None when neither says."""
    declared = (mention.item.language or "").replace("_", "-").partition("-")[0].casefold()
    if declared and declared not in _NO_LANGUAGE:
        return _LANGUAGE_NAMES.get(declared, declared)
    return identifier.identify(mention.item.text)


def is_owned(mention: Mention, subject: Subject) -> bool:
    """Whether the subject speaks itself: from its account, or on its own site."""
    item = mention.item
    handle = (item.author.handle or "").removeprefix("@").casefold()
    if handle and handle in {own.removeprefix("@").casefold() for own in subject.handles}:
        return True
    places = {item.outlet.casefold().removeprefix("www."), host_of(item.url)}
    own_sites = [domain.casefold().removeprefix("www.") for domain in subject.domains]
    return any(place == site or place.endswith(f".{site}") for place in places for site in own_sites)


_MOVING = frozenset({ReachBasis.PLATFORM_REPORTED, ReachBasis.ESTIMATED})


def _is_young(mention: Mention) -> bool:
    """Whether its figures were read before they settled; an article's do not move."""
    published = mention.item.published_at
    if mention.item.kind is ItemKind.ARTICLE:
        return False
    return published is None or mention.collected_at - published < MATURE_AFTER


def _tone(
    passages: tuple[Passage, ...], language: str | None, subject: Subject, engine: SentimentEngine, genre: Genre
) -> ToneReading:
    """The engine's reading, unless the language forbids it.

    Where nobody can tell the language, a reading counts only if the engine knew one of the words: a lexicon that knows
    none says 0 to any foreign text.
    """
    if not passages:
        return ToneReading(None, None, None, why="there is no text to read")
    if language is not None and language not in engine.languages:
        return ToneReading(None, None, None, why=f"the text is in '{language}', which {engine.name} does not read")
    reading = engine.read(passages, subject.sentiment_overrides, genre)
    if language is None and not reading.spans:
        return ToneReading(None, None, None, why="too short to tell the language, and no word that the engine knows")
    return reading


def _rivals(settings: ScoringSettings, subject: Subject) -> tuple[Subject, ...]:
    return tuple(other for other in settings.subjects if other.id != subject.id)


def _alignments(
    mention: Mention, subject: Subject, settings: ScoringSettings, context: ScoringContext
) -> tuple[Alignment, ...]:
    """The messages that were live when it was told, for own subjects only: a competitor does not carry our messages."""
    if not subject.own:
        return ()
    told = mention.told_at
    live = [
        message
        for message in settings.messages
        if (message.active_from is None or message.active_from <= told)
        and (message.active_until is None or told < message.active_until)
    ]
    return settings.matcher.align(mention.item.text, live, context)


def _message_method(alignments: tuple[Alignment, ...], *, owned: bool) -> str:
    if owned:
        return "its own words carry its messages, which proves nothing: not counted"
    told = [f"{entry.message}: {entry.outcome.value}" for entry in alignments if entry.outcome is not Outcome.NONE]
    return ", ".join(told) or "none carried"
