"""What came too late for the digest of its own days, and days that no digest covered, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.digest import wording
from bot.digest.content.health import stamp
from bot.model import HURTS, ScoredMention, Window
from bot.phrases import plural


def late_line(late: Sequence[ScoredMention], timezone: str) -> str:
    """``3 more mentions came late, from Mon 9 March: …``; empty when none did."""
    if not late:
        return ""
    days = sorted(scored.mention.told_at.astimezone(ZoneInfo(timezone)).date() for scored in late)
    came = f"{plural(len(late), 'more mention')} came late, from {wording.days_label(days[0], days[-1])}"
    return f"{came}: they may stand among the stories, but not in the counts of tone and messages."


def late_harm(late: Sequence[ScoredMention]) -> str:
    """That something which came late goes against a message: no count says so, and it must not be overlooked."""
    against = {
        scored.mention.story or scored.mention.id
        for scored in late
        if any(alignment.outcome in HURTS for alignment in scored.score.alignments)
    }
    if not against:
        return ""
    stories = plural(len(against), "story", "stories")
    return f"{stories} that came late {'goes' if len(against) == 1 else 'go'} against a key message."


def missed(told_until: datetime | None, window: Window) -> dict[str, Any] | None:
    """The days between the digest before, which ended at ``told_until``, and this one; None when there are none."""
    if told_until is None or told_until >= window.start:
        return None
    zone = ZoneInfo(window.timezone)
    first, last = (moment.astimezone(zone).date() for moment in (told_until, window.start - timedelta(microseconds=1)))
    return {
        "start": stamp(told_until),
        "end": stamp(window.start),
        "text": f"No digest covered {wording.days_label(first, last)}.",
    }
