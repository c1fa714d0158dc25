"""What became known of days that people have read of already. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, tzinfo

from bot.model import LateTally
from bot.ports import Change


def late_tallies(changes: Iterable[Change], offers: Collection[str], zone: tzinfo) -> tuple[LateTally, ...]:
    """Changes by offer, local day and placement, oldest day first."""
    found: dict[tuple[str, date, str | None], Counter[bool]] = {}
    for change in changes:
        if change.offer in offers:
            key = change.offer, change.at.astimezone(zone).date(), change.placement
            found.setdefault(key, Counter())[change.given_back] += 1
    rows = [
        LateTally(offer, day, placement, told=number[False], given_back=number[True])
        for (offer, day, placement), number in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.offer, row.day, row.placement or "")))
