"""Quiet hours: until when a delivery is held; nothing else waits. Pure, and right when the clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from bot.model.alert import QuietHours


def held_until(now: datetime, quiet: QuietHours | None, zone: tzinfo) -> datetime | None:
    """The end (aware UTC) of the quiet hours that ``now`` lies in; None outside of them.

    They end once: in a night that has the end's hour twice, at the first; where the clock skips it, as much later.
    """
    if quiet is None:
        return None
    local = now.astimezone(zone)
    wall = local.time()
    over_midnight = quiet.end < quiet.start
    late = over_midnight and wall >= quiet.start
    if not (late or (wall < quiet.end and (over_midnight or wall >= quiet.start))):
        return None
    day = local.date() + timedelta(days=late)
    end = datetime.combine(day, quiet.end, zone).astimezone(UTC)
    return end if end > now else None
