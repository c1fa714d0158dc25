"""How the pages tell times."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo


def told_when(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """A time as one says it: "today at 14:05", "yesterday at 9:30", "on Fri 12 Jun at 9:30", with the year if
    another.
    """
    then, today = moment.astimezone(zone), now.astimezone(zone)
    clock = f"{then.hour}:{then:%M}"
    days = (today.date() - then.date()) // timedelta(days=1)
    near = {0: "today", 1: "yesterday", -1: "tomorrow"}.get(days)
    if near:
        return f"{near} at {clock}"
    year = f" {then.year}" if then.year != today.year else ""
    return f"on {then:%a} {then.day} {then:%b}{year} at {clock}"
