"""An independent fold of the ledger: what the counts of a local day must be, worked out from its events in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, tzinfo

from bot.model import DayTally, EventKind, OfferEvent

Key = tuple[str, date, str | None]


def fold(events: Iterable[OfferEvent], zone: tzinfo, until: datetime) -> tuple[DayTally, ...]:
    """What happened by offer, local day and placement, up to and with ``until``."""
    known = list(events)
    returned = {event.refers_to for event in known if event.kind is EventKind.ROLLED_BACK}
    redeemed: Counter[Key] = Counter()
    refused: Counter[Key] = Counter()
    given_back: Counter[Key] = Counter()
    for event in known:
        key = event.offer, event.at.astimezone(zone).date(), event.placement
        if event.at > until:
            continue
        if event.kind is EventKind.REDEEMED:
            (given_back if event.id in returned else redeemed)[key] += 1
        elif event.kind is EventKind.REFUSED:
            refused[key] += 1
    return tuple(
        DayTally(*key, redeemed=redeemed[key], refused=refused[key], given_back=given_back[key])
        for key in {**redeemed, **refused, **given_back}
    )
