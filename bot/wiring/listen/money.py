"""What want of money left out of a window, in words, for digests and status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.listen.budget import STAGE_WORDS, disagrees
from bot.model import Gap, GapCause, Interval, Source, Stage, Target, Window
from bot.ports import BudgetStore

HOUR = timedelta(hours=1)


def money_notes(
    store: BudgetStore, sources: Sequence[Source], window: Window, gaps: Mapping[Target, Sequence[Gap]]
) -> Mapping[str, str]:
    """By source with a budget: what was counted but unread, how it is thinned, where the platform's figures differ."""
    notes: dict[str, str] = {}
    unread = unread_posts(store, window, gaps)
    for source in sources:
        if not source.limits:
            continue
        said = []
        if posts := unread.get(source.id):
            said.append(f"counted, not read: {posts:,} post{'' if posts == 1 else 's'}")
        noted = store.stage(source.id)
        if noted is not None and noted[0] is not Stage.FULL:
            said.append(f"to stay within the budget {STAGE_WORDS[noted[0]]}")
        days = store.reconciled(source.id, window.start.date())
        said += [
            f"the platform counts {day.platform:,} posts on {day.day} and we {day.ours:,}"
            for day in days
            if disagrees(day)
        ]
        if said:
            notes[source.id] = "; ".join(said)
    return notes


def unread_posts(store: BudgetStore, window: Window, gaps: Mapping[Target, Sequence[Gap]]) -> Mapping[str, int]:
    """By source: how many posts the platform counted in the hours of the window that the budget left unread."""
    missed: dict[str, list[Interval]] = {}
    for target, found in gaps.items():
        missed.setdefault(target.source, []).extend(gap.interval for gap in found if gap.cause is GapCause.BUDGET)
    counts = store.hour_counts(window.start - HOUR, window.end)
    posts = {
        source: round(sum(count.posts * _missed_of(count.hour, missed.get(source, ())) for count in hours))
        for source, hours in counts.items()
    }
    return {source: number for source, number in posts.items() if number}


def _missed_of(hour: datetime, missed: Sequence[Interval]) -> float:
    """The share of the hour that lies in the intervals."""
    return sum(max(timedelta(0), min(one.end, hour + HOUR) - max(one.start, hour)) / HOUR for one in missed)
