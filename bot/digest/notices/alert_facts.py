"""What an alert knows of its event: facts to explain it by, cleaned of whatever a hostile text carries. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.digest.content.health import stamp
from bot.digest.plain import clean, safe_url, shorten
from bot.model import Alignment, Mention, ScoredMention, mention_of
from bot.model.alert import Backtest, Judged

_STORIES, _PLACES = 3, 5
_HEADLINE, _NAME, _QUOTE = 110, 60, 200

Facts = dict[str, Any]


def judged_facts(judged: Judged, threshold: float, first: date, *, whole: bool) -> Facts:
    """How the day was judged. ``whole``: it is over, and was covered."""
    return {
        "tail": judged.tail.value,
        "day": judged.day.isoformat(),
        "since": first.isoformat(),
        "days": judged.days,
        "count": judged.count,
        "expected": None if judged.expected is None else round(judged.expected, 2),
        "low": judged.low,
        "high": judged.high,
        "p": judged.p,
        "threshold": threshold,
        "whole": whole,
    }


def story_facts(mentions: Sequence[ScoredMention | Mention], names: dict[str, str]) -> Facts:
    """Where it was said, by whom first, and the stories that were told most; ``names`` are the sources' for people."""
    said = sorted((mention_of(one) for one in mentions), key=lambda one: (one.told_at, one.id))
    stories: dict[str, list[Mention]] = {}
    for one in said:
        stories.setdefault(one.story or one.id, []).append(one)
    top = sorted(stories.values(), key=lambda told: (-len(told), told[0].told_at))
    places = Counter(clean(one.item.outlet, _NAME) for one in said)
    sources = Counter(names.get(one.source, one.source) for one in said)
    return {
        "stories": [_story(told) for told in top[:_STORIES]],
        "more_stories": max(0, len(stories) - _STORIES),
        "mentions": len(said),
        "voices": len({one.item.voice for one in said}),
        "places": [list(pair) for pair in places.most_common(_PLACES)],
        "sources": [list(pair) for pair in sources.most_common(_PLACES)],
        "first": _who(said[0]) if said else None,
    }


def contrary_facts(scored: ScoredMention, alignment: Alignment, statement: str) -> Facts:
    """What goes against which message, in its own words."""
    return {
        "message": alignment.message,
        "statement": shorten(statement, _QUOTE).rstrip("."),
        "outcome": alignment.outcome.value,
        "confidence": round(alignment.confidence, 2),
        "quote": shorten(alignment.quote, _QUOTE),
        "mention": scored.mention.id,
        "url": safe_url(scored.mention.item.url),
        "place": shorten(scored.mention.item.outlet, _NAME),
    }


def backtest_facts(found: Backtest) -> Facts:
    """What the alert would have done on the days behind it."""
    return {
        "first": None if found.first is None else found.first.isoformat(),
        "last": None if found.last is None else found.last.isoformat(),
        "judged": found.judged,
        "missing": found.missing,
        "fired": [day.isoformat() for day in found.fired],
        "by_chance": found.by_chance,
    }


def _story(told: Sequence[Mention]) -> Facts:
    first = told[0]
    headline = shorten(first.item.title or first.item.text, _HEADLINE)
    return {**_who(first), "headline": headline or "(no words)", "told": len(told)}


def _who(mention: Mention) -> Facts:
    author = mention.item.author
    return {
        "mention": mention.id,
        "url": safe_url(mention.item.url),
        "place": shorten(mention.item.outlet, _NAME),
        "author": shorten(author.handle or author.name or "", _NAME) or None,
        "at": stamp(mention.told_at),
    }
