"""One mention's score: the rules brought together, as a pure function of the mention, the settings and the context."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Any, TypeGuard

from bot.model import (
    OWNED,
    UNKNOWN_REACH,
    Alignment,
    Factor,
    Genre,
    ItemKind,
    KeyMessage,
    Known,
    Mention,
    Outcome,
    Outlet,
    Reach,
    ReachBasis,
    Score,
    ScoringContext,
    Subject,
    ToneReading,
    Weights,
)
from bot.ports import LanguageIdentifier, MessageMatcher, MultilingualEngine, Passage, SentimentEngine
from bot.score.advocacy import advocacy
from bot.score.context import CONTEXT_RULES
from bot.score.messages.gate import of_subject
from bot.score.passages import concerning
from bot.score.prominence import prominence
from bot.score.reach import Places, Ranks, estimate, has_settled, host_of
from bot.score.receipt import (
    FORMULA,
    MIXED,
    NO_CHANNEL_MEDIAN,
    REACH_UNKNOWN,
    Parts,
    check_weights,
    make_receipt,
    message_value,
    reweighed,
    weigh,
)

RULES = "3"
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
    ranks: Ranks | None = None

    def __post_init__(self) -> None:
        check_weights(self.weights)

    def subject(self, subject_id: str) -> Subject:
        """The subject of that id; one that is no longer configured is known by its id alone, as somebody else's."""
        return self._by_id.get(subject_id) or Subject(subject_id, subject_id, "", own=False)

    def rivals(self, subject_id: str) -> tuple[Subject, ...]:
        """All the other subjects."""
        if subject_id not in self._rivals:
            self._rivals[subject_id] = tuple(other for other in self.subjects if other.id != subject_id)
        return self._rivals[subject_id]

    @cached_property
    def places(self) -> Places:
        """What is known of where things run."""
        return Places(self.outlets, self.ranks)

    @cached_property
    def languages(self) -> Mapping[str, str | None]:
        """The language that each message is put in, by its id; None where that cannot be told."""
        return {
            message.id: self.identifier.identify(
                "\n".join((message.statement, *message.variants, *message.partials, *message.counter))
            )
            for message in self.messages
        }

    @cached_property
    def _rivals(self) -> dict[str, tuple[Subject, ...]]:
        return {}

    @cached_property
    def _by_id(self) -> Mapping[str, Subject]:
        return {subject.id: subject for subject in self.subjects}


def rules_version(settings: ScoringSettings) -> str:
    """A short, stable fingerprint of all that decides a score: the rules, engine, matcher, weights and what is tracked.

    Scores with equal versions came about alike; a query or its context may change without it, for they decide on
    mentions only.
    """
    text = json.dumps(rules_told(settings), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def rules_told(settings: ScoringSettings) -> dict[str, Any]:
    """All that decides a score, as JSON holds it: what :func:`rules_version` is the fingerprint of."""
    told: dict[str, Any] = {
        "rules": RULES,
        "context": CONTEXT_RULES,
        "engine": (settings.engine.name, settings.engine.version),
        "identifier": settings.identifier.version,
        "matcher": settings.matcher.version,
        "weights": asdict(settings.weights),
        "subjects": [_scored_by(subject) for subject in settings.subjects],
        "messages": [asdict(message) for message in settings.messages],
        "outlets": [asdict(outlet) for outlet in settings.outlets],
        "ranks": settings.ranks.version if settings.ranks else None,
    }
    written: dict[str, Any] = json.loads(json.dumps(told, default=str))
    return written


def _scored_by(subject: Subject) -> dict[str, Any]:
    """What of a subject decides a score."""
    parts = asdict(subject) | {"query": ""}
    del parts["context"]
    return parts


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of an item's figures, and of those of the post that a comment stands under."""

    known: Known
    thread: Known | None = None


def score_mention(
    mention: Mention,
    settings: ScoringSettings,
    context: ScoringContext,
    version: str,
    figures: Figures | None = None,
) -> Score:
    """The score of one mention with its receipt; without ``figures`` by those that the item itself gives."""
    subject = settings.subject(mention.subject)
    passages = concerning(mention, subject, settings.rivals(subject.id))
    language = language_of(mention, settings.identifier)
    tone = tone_of(passages, language, subject, settings.engine, genre_of(mention))
    prominent, prominence_reason = prominence(mention)
    advised, advice = advocacy(passages, mention.item, subject)
    figures = figures or Figures(Known(mention.item))
    reach = _reach(figures, settings, context)
    owned = is_owned(mention, subject)
    alignments, uncoded = _alignments(mention, subject, language, settings, context)
    message, mixed = message_value(()) if owned else message_value(alignments)
    parts = Parts(
        tone=tone,
        engine=f"{settings.engine.name} {settings.engine.version}",
        message=message,
        message_method=uncoded or message_method(alignments, owned=owned),
        prominence=prominent,
        prominence_reason=prominence_reason,
        advocacy=advised,
        advocacy_reason=advice,
        reach=reach,
        channel=channel_of(mention),
    )
    receipt = make_receipt(parts, settings.weights, context)
    immature = _is_immature(mention, figures.known, reach)
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
        flags=(*_flags(tone, owned=owned, mixed=mixed, immature=immature), *receipt.flags),
    )


def _flags(tone: ToneReading, *, owned: bool, mixed: bool, immature: bool) -> tuple[str, ...]:
    raised = {OWNED: owned, MIXED: mixed, TONE_UNKNOWN: tone.tone is None, IMMATURE: immature}
    return tuple(name for name, is_so in raised.items() if is_so)


def with_reach(
    score: Score, mention: Mention, settings: ScoringSettings, context: ScoringContext, figures: Figures
) -> Score:
    """A standing score with its reach taken anew, and all else as it was: only figures changed."""
    reach = _reach(figures, settings, context)
    weighed = weigh(reach, channel_of(mention), settings.weights, context)
    kept = tuple(name for name in score.flags if name not in _REACH_FLAGS)
    immature = (IMMATURE,) if _is_immature(mention, figures.known, reach) else ()
    return replace(
        score,
        reach=reach,
        weight=weighed.weight,
        score=None if score.quality is None else score.quality * weighed.weight,
        factors=reweighed(score.factors, weighed),
        flags=(*kept, *immature, *weighed.flags),
    )


def _reach(figures: Figures, settings: ScoringSettings, context: ScoringContext) -> Reach:
    return estimate(figures.known, settings.places, figures.thread, context.calibration)


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
    if handle and any(handle == own.removeprefix("@").casefold() for own in subject.handles):
        return True
    if not subject.domains:
        return False
    places = (item.outlet.casefold().removeprefix("www."), host_of(item.url))
    own_sites = [domain.casefold().removeprefix("www.") for domain in subject.domains]
    return any(place == site or place.endswith(f".{site}") for site in own_sites for place in places)


_MOVING = frozenset({ReachBasis.PLATFORM_REPORTED, ReachBasis.ESTIMATED})


_REACH_FLAGS = (IMMATURE, REACH_UNKNOWN, NO_CHANNEL_MEDIAN)


def _is_immature(mention: Mention, known: Known, reach: Reach) -> bool:
    """Whether its figures were read before they settled; an article's do not move."""
    published = mention.item.published_at
    if reach.basis not in _MOVING or mention.item.kind is ItemKind.ARTICLE or has_settled(known):
        return False
    return published is None or mention.collected_at - published < MATURE_AFTER


def tone_of(
    passages: tuple[Passage, ...], language: str | None, subject: Subject, engine: SentimentEngine, genre: Genre | None
) -> ToneReading:
    """The engine's reading, unless the language forbids it.

    Where nobody can tell the language, a reading counts only if the engine knew one of the words: a lexicon that knows
    none says 0 to any foreign text.
    """
    if not passages:
        return ToneReading(None, None, None, why="there is no text to read")
    if language is not None and language not in engine.languages:
        return ToneReading(None, None, None, why=f"the text is in '{language}', which {engine.name} does not read")
    reader = engine.reader(language) if _is_multilingual(engine) else engine
    reading = reader.read(passages, subject.sentiment_overrides, genre)
    if language is None and not reading.spans:
        return ToneReading(None, None, None, why="too short to tell the language, and no word that the engine knows")
    return reading


def _is_multilingual(engine: SentimentEngine) -> TypeGuard[MultilingualEngine]:
    return _has_readers(type(engine))


@lru_cache
def _has_readers(kind: type) -> bool:
    """Remembered, because asking whether a class keeps a protocol is slow: some twenty microseconds a mention."""
    return issubclass(kind, MultilingualEngine)


def _alignments(
    mention: Mention, subject: Subject, language: str | None, settings: ScoringSettings, context: ScoringContext
) -> tuple[tuple[Alignment, ...], str]:
    """The messages that were live when it was told, for own subjects only: a competitor does not carry our messages.

    With why there are none, where the text cannot be coded: in a language that neither the matcher reads nor a message
    is put in, it is left out, which is not the same as carrying nothing.
    """
    if not subject.own:
        return (), ""
    told = mention.told_at
    live = [
        message
        for message in settings.messages
        if (message.active_from is None or message.active_from <= told)
        and (message.active_until is None or told < message.active_until)
    ]
    foreign = language is not None and language not in settings.matcher.languages
    readable = [one for one in live if not foreign or settings.languages[one.id] in (None, language)]
    if live and not readable:
        return (), f"not coded: the text is in '{language}', and no message is"
    found = settings.matcher.align(mention.item.text, readable, context)
    rivals = settings.rivals(subject.id)
    return tuple(of_subject(one, subject, rivals) for one in found), ""


def message_method(alignments: tuple[Alignment, ...], *, owned: bool) -> str:
    """How the message value came about, in words."""
    if owned:
        return "its own words carry its messages, which proves nothing: not counted"
    told = [f"{entry.message}: {entry.outcome.value}" for entry in alignments if entry.outcome is not Outcome.NONE]
    return ", ".join(told) or "none carried"
