"""What operations are told of following deletions: what is due for a look, what is overdue, and how last week went.
Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.digest.figures import count, dollars, duration
from bot.digest.plain import shorten
from bot.model.rechecking import PlatformFollow

PLATFORMS = {"x": "X", "reddit": "Reddit", "hn": "Hacker News"}
COUNTED = 100_000
"""So many that are kept are counted; beyond that it takes too long for what it tells."""
_ERROR = 160


def following_lines(
    follows: Sequence[PlatformFollow], asked: Collection[str], purged: Collection[str]
) -> tuple[str, ...]:
    """A line a platform. ``asked`` are those that can be asked; of ``purged`` the words go when their time is up."""
    return tuple(_line(one, asked, purged) for one in follows)


def _line(one: PlatformFollow, asked: Collection[str], purged: Collection[str]) -> str:
    name, can_ask = PLATFORMS.get(one.platform, one.platform), one.platform in asked
    if not can_ask and one.platform not in purged:
        return f"{name}: {_kept(one)} are kept, and no source is configured that asks about them."
    what = "to be asked about" if can_ask else "to be purged"
    told = [f"{count(one.due)} of {_kept(one)} {what} now"]
    if one.overdue:
        told.append(f"{count(one.overdue)} overdue by more than a day")
    if one.in_hand:
        told.append(f"{count(one.in_hand)} handed in, the answer to come")
    return f"{name}: {', '.join(told)}. {_week(one, can_ask=can_ask)}{_trouble(one)}"


def _kept(one: PlatformFollow) -> str:
    return f"more than {count(COUNTED)}" if one.kept > COUNTED else count(one.kept)


def _week(one: PlatformFollow, *, can_ask: bool) -> str:
    week = one.week
    if not can_ask:
        return f"Purged in the last 7 days: {count(week.gone)}."
    if not (week.looked or week.gone):
        return "Nothing was asked in the last 7 days."
    told = f"In the last 7 days {count(week.looked)} were looked at and {count(week.gone)} were gone and erased"
    told += f", at most {duration(week.late)} after they were due"
    if week.lag is not None:
        told += f" and {duration(week.lag)} after they were deleted there"
    return f"{told}{f'; that cost {dollars(week.cost.usd)}' if week.cost.usd else ''}."


def _trouble(one: PlatformFollow) -> str:
    state = one.state
    if state is None or state.error is None:
        return ""
    return f" {str(state.state).capitalize()}: {shorten(state.error, _ERROR)}"
