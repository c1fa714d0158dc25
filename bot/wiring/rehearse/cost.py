"""What another configuration would change in what sources cost, as far as it can be known without asking a platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model import Source
from bot.store.verbs import HeardStore
from config.settings import Settings

PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CostChange:
    """One source: what is otherwise, and the US dollars of the last 30 days that it would have saved (below 0) or cost;
    None: only the platform knows.
    """

    source: str
    change: str
    usd: float | None


def cost_changes(
    present: Settings, other: Settings, searches: Mapping[str, str], store: HeardStore, now: datetime
) -> tuple[CostChange, ...]:
    """Sources that are new, gone, asked for something else, or asked more or less often, and limits that move."""
    spent = {name: usd for name, (_, _, _, usd) in store.polls(now - PERIOD, now).items()}
    return tuple(_changes(present, other, searches, spent))


def _changes(
    present: Settings, other: Settings, searches: Mapping[str, str], spent: Mapping[str, float]
) -> Iterator[CostChange]:
    old, new = ({source.id: source for source in side.sources} for side in (present, other))
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield CostChange(name, "gone", -spent.get(name, 0.0))
        elif name not in old:
            yield CostChange(name, "new", None)
        elif name in searches:
            # What was free so far is not paid for because it is asked for something else.
            yield CostChange(name, "asked for something else", None if spent.get(name) else 0.0)
        elif said := _pace(old[name], new[name]):
            yield CostChange(name, said, None if spent.get(name) else 0.0)


def _pace(old: Source, new: Source) -> str:
    """What differs in how often it is read and what it may cost."""
    told = []
    if old.every != new.every:
        told.append(f"every {new.every} instead of {old.every}")
    if old.limits != new.limits:
        told.append(f"limit {_limit(new)} instead of {_limit(old)}")
    if old.options != new.options:
        told.append("other settings")
    return ", ".join(told)


def _limit(source: Source) -> str:
    limits = source.limits
    told = (
        f"{limits.reads_per_day:,} reads a day" if limits.reads_per_day is not None else "",
        f"{limits.reads_per_month:,} reads a month" if limits.reads_per_month is not None else "",
        f"${limits.usd_per_day:,.2f} a day" if limits.usd_per_day is not None else "",
        f"${limits.usd_per_month:,.2f} a month" if limits.usd_per_month is not None else "",
    )
    return " and ".join(filter(None, told)) or "none"
