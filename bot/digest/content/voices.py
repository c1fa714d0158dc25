"""Share of voice and lift as the digest's body has them: shares with their intervals, changes with theirs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.digest import wording
from bot.digest.content.links import Links
from bot.digest.figures import percent_between, points_between, to_interval
from bot.digest.plain import clean, shorten
from bot.model import Window
from bot.model.impact import Lift, ShareOfVoice, VoiceShare
from bot.phrases import joined, plural

_NAME = 40
_TEXT = 600
_NAMED = 4


def voice_row(
    voices: ShareOfVoice | None, window: Window, connectors: Mapping[str, str], links: Links
) -> dict[str, Any] | None:
    """The shares of one window in figures and words; None where no subject is compared with another."""
    if voices is None or not voices.shares:
        return None
    stories = plural(sum(one.stories for one in voices.shares), "story", "stories")
    where = joined([wording.source_name(shorten(source, _NAME), connectors.get(source)) for source in voices.sources])
    known = any(one.share is not None for one in voices.shares)
    return {
        "alike": voices.alike,
        "why": clean(voices.why),
        "sources": [shorten(source, _NAME) for source in voices.sources],
        "left_out": {shorten(name, _NAME): clean(why) for name, why in voices.left_out.items()},
        "title": f"{stories} by others{f' at {where}' if where else ''}",
        "basis": "too few to say" if not known else "like for like" if voices.alike else "not quite like for like",
        "text": shorten(f"{voices.why[:1].upper()}{voices.why[1:]}.", _TEXT) if voices.why else "",
        "told": shorten(voices.text, _TEXT),
        "shares": [_share(one, window, links) for one in voices.shares],
    }


def lift_rows(lifts: Sequence[Lift], links: Links) -> list[dict[str, Any]]:
    """What came after each activity, or why that cannot be said; the newest activity first."""
    return [
        {
            "activity": one.activity,
            "series": one.series,
            "design": one.design.value,
            "value": to_interval(one.value, one.low, one.high),
            "low": to_interval(one.low, one.low, one.high),
            "high": to_interval(one.high, one.low, one.high),
            "found": one.found,
            "refused": clean(one.refused),
            "counterfactual": clean(one.counterfactual),
            "placebo": one.placebo,
            "text": shorten(one.text or f"{one.name or one.activity}: {one.refused}", _TEXT),
            "evidence": links.impact(),
        }
        for one in reversed(lifts)
    ]


def lift_text(lifts: Sequence[Lift]) -> str:
    """Of which activities no lift can be told, in one sentence: why not stands on the page of each."""
    names = [f"‘{shorten(one.name or one.activity, _NAME)}’" for one in lifts if one.refused]
    more = [plural(len(names) - _NAMED, "more activity", "more activities")] if len(names) > _NAMED else []
    return f"No lift can be told yet for {joined([*names[:_NAMED], *more])}." if names else ""


def _share(one: VoiceShare, window: Window, links: Links) -> dict[str, Any]:
    change = moved = None
    if one.change is not None and one.change_low is not None and one.change_high is not None:
        change = to_interval(one.change, one.change_low, one.change_high)
        moved = points_between(one.change, one.change_low, one.change_high)
    figure = "–"
    if one.share is not None and one.low is not None and one.high is not None:
        figure = percent_between(one.share, one.low, one.high)
    return {
        "subject": one.subject,
        "name": shorten(one.name, _NAME),
        "own": one.own,
        "stories": one.stories,
        "share": to_interval(one.share, one.low, one.high),
        "low": to_interval(one.low, one.low, one.high),
        "high": to_interval(one.high, one.low, one.high),
        "change": change,
        "figure": figure,
        "moved": moved or "–",
        "evidence": links.mentions(window, subject=one.subject),
    }
