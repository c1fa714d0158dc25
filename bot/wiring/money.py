"""What want of money left out of a window, in words, for digests and status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.listen.budget import STAGE_WORDS, disagrees
from bot.model import Gap, GapCause, Source, Stage, Target, Window
from bot.ports import BudgetStore

HOUR = timedelta(hours=1)


def money_notes(
    store: BudgetStore, sources: Sequence[Source], window: Window, gaps: Mapping[Target, Sequence[Gap]]
) -> Mapping[str, str]:
    """By source with a budget: what was counted but not read, how it is thinned, where the platform's figures differ."""
    notes: dict[str, str] = {}
    counts = store.hour_counts(window.start - HOUR, window.end)
    for source in sources:
        if not source.limits:
            continue
        said = []
        missed = [
            gap.interval
            for target in gaps
            if target.source == source.id
            for gap in gaps[target]
            if gap.cause is GapCause.BUDGET
        ]
        counted = sum(
            count.posts
            * sum(
                max(timedelta(0), min(one.end, count.hour + HOUR) - max(one.start, count.hour)) / HOUR for one in missed
            )
            for count in counts.get(source.id, ())
        )
        if counted:
            said.append(f"counted, not read: {round(counted):,} post{'' if round(counted) == 1 else 's'}")
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
