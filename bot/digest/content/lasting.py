"""A trouble that goes on, told otherwise each week: what is read every morning in the same words is soon not read.
Pure.

The first two days say since when, the first week which day it is, and from then on how long it has been and what was
last heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.digest import wording
from bot.model import State, TargetState

_STILL = 3
_LONG = 8
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


@dataclass(frozen=True, slots=True)
class Lasting:
    """A trouble that goes on: in full, and ``brief`` for a subject line. ``long``: for more than a week."""

    text: str
    brief: str
    long: bool


def lasting(state: TargetState, now: datetime, timezone: str) -> Lasting | None:
    """How to tell of a trouble on its third local day and later; None before, and where nobody knows since when.

    ``still blocked, for the third day (since Sun 04:10)``; ``blocked for 12 days (nothing of it since 10 Nov)``.
    """
    if state.since is None or not (state.state.is_broken or state.state is State.PAUSED):
        return None
    zone = ZoneInfo(timezone)
    begun, today = state.since.astimezone(zone).date(), now.astimezone(zone).date()
    day = (today - begun).days + 1
    word = wording.STATES[state.state]
    if day < _STILL:
        return None
    if day < _LONG:
        since = wording.since(state.since, now, timezone).strip()
        return Lasting(f"still {word}, for the {_ORDINALS[day - 1]} day ({since})", f"still {word}", long=False)
    brief = f"{word} for {day - 1} days"
    return Lasting(f"{brief} ({_last_heard(state, begun, zone)})", brief, long=True)


def _last_heard(state: TargetState, begun: date, zone: ZoneInfo) -> str:
    """What was last delivered: a silent source answers, but says nothing new."""
    if state.state is State.SILENT:
        return f"nothing new of it since {_dated(begun)}"
    if state.last_success is None:
        return "nothing of it was ever read"
    return f"nothing of it since {_dated(min(begun, state.last_success.astimezone(zone).date()))}"


def _dated(day: date) -> str:
    """``10 Nov``: without the weekday, which says nothing so long after."""
    return wording.day_label(day).partition(" ")[2]
