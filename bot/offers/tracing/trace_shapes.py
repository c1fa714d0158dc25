"""Sightings, leaks, flags and chains as JSON (docs/json.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from bot.model import Chain, Flag, Leak, Reach, ReachBasis, Sighting
from bot.shapes import Shape, interval_shape, plain, time_shape


def sighting_shape(sighting: Sighting) -> Shape:
    """Where a code was seen; what the platform took back is null."""
    named = ("offer", "code", "issued_for", "outlet", "place", "url", "quote", "start", "end", "mention", "story")
    return {
        **{name: None if (value := getattr(sighting, name)) == "" else value for name in named},
        "at": time_shape(sighting.at),
        "seen_at": time_shape(sighting.seen_at),
        "standing": str(sighting.standing),
    }


def leak_shape(leak: Leak) -> Shape:
    """A code that was seen outside its places; ``time_to_leak`` in seconds."""
    span = leak.time_to_leak
    return {
        "flag": "leak_seen",
        "offer": leak.offer,
        "code": leak.code,
        "issued_for": leak.issued_for,
        "since": time_shape(leak.since),
        "released_at": time_shape(leak.released_at),
        "released_by": leak.basis or None,
        "time_to_leak": None if span is None else int(span.total_seconds()),
        "places": list(leak.places),
        "sightings": leak.sightings,
        "redeemed_before": leak.before,
        "redeemed_after": leak.after,
        "active": leak.active,
        "first": sighting_shape(leak.first),
    }


def flag_shape(flag: Flag) -> Shape:
    """Something else that stands out in the ledger."""
    return {"flag": str(flag.kind), **{name: plain(getattr(flag, name)) for name in ("value", "limit", "p", "words", "who")},
            "offer": flag.offer or None, "period": interval_shape(flag.period)}  # fmt: skip


def chain_shape(chain: Chain) -> Shape:
    """What was said of an offer beside what was redeemed; each kind of reach by itself."""
    return {
        "offer": chain.offer,
        "name": chain.name,
        "window": interval_shape(chain.window),
        "line": chain.line,
        "caveat": chain.caveat,
        "redeemed": chain.redeemed,
        "provisional": chain.provisional,
        "named_by": len(chain.named_by),
        "new_places": list(chain.new_places),
        "reach": _reach_shape(chain.reach),
        "unknown_voices": chain.unknown_voices,
        "stories": [
            {
                "story": story.story,
                "mention": story.mention or None,
                "headline": story.headline or None,
                "url": story.url,
                "first_at": time_shape(story.first_at),
                "posts": story.posts,
                "voices": story.voices,
                "places": list(story.places),
                "named": [str(one) for one in story.named],
                "standings": [str(one) for one in story.standings],
                "reach": _reach_shape(story.reach),
            }
            for story in chain.stories
        ],
        "days": [plain(asdict(day)) for day in chain.days],
        "leaks": [leak_shape(leak) for leak in chain.leaks],
    }


def _reach_shape(reach: Mapping[ReachBasis, Reach]) -> Shape:
    return {str(kind): {"reach": one.value, "low": one.low, "high": one.high} for kind, one in reach.items()}
