"""How well a budget of alarms was kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bot.model.alert import AtMost


def days_over(fired: Sequence[date], budget: AtMost) -> int:
    """How many alarms fell into a stretch of the budget's length that had its number already."""
    length = timedelta(days=budget.days)
    return sum(place >= budget.times and day - fired[place - budget.times] < length for place, day in enumerate(fired))
