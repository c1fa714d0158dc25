"""How impact is said: shares with their intervals, changes, counts. Pure."""

from __future__ import annotations

from bot.model.impact import VoiceShare
from bot.phrases import plural


def stories(number: int) -> str:
    """``1 story``, ``12 stories``."""
    return plural(number, "story", "stories")


def percent(share: VoiceShare) -> str:
    """``43 % [38, 48]``; "an unknown part" where it is not known."""
    if share.share is None or share.low is None or share.high is None:
        return "an unknown part"
    return f"{100 * share.share:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"


def points(share: VoiceShare) -> str:
    """``+4 points [−3, +11]``; "as far as is known unchanged" where no change is known."""
    if share.change is None or share.change_low is None or share.change_high is None:
        return "as far as is known unchanged"
    return f"{signed(share.change)} points [{signed(share.change_low)}, {signed(share.change_high)}]"


def signed(part: float) -> str:
    """Hundredths with their sign: ``+4``, ``−3``, ``±0``."""
    rounded = round(part * 100)
    return f"{rounded:+d}".replace("-", "−") if rounded else "±0"
