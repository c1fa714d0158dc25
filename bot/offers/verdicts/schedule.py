"""When an offer is checked: days that are fixed before, so that nobody stops on a bad week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from bot.model import Offer
from bot.offers.verdicts.validity import DAY, first_whole_day, planned_end

MIN_RUN = timedelta(days=28)
"""How long an offer runs before its first check unless it says otherwise."""
EVERY = 14
"""Days from check to check."""
LOOK_AHEAD = 28
"""Days that are forecast at the review, when none of the plan are left."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The checks of one offer. Days are numbered from its ``first`` whole local day, which is day 0.

    ``day`` is how many are over; ``checked`` how many the last check rests on, None before the first; ``next_day`` the
    same of the next check, None after the review, which is the check on day ``review_day``.
    """

    first: date
    day: int
    review_day: int
    checked: int | None
    next_day: int | None

    @property
    def is_review(self) -> bool:
        """Whether the last check was the review."""
        return self.checked == self.review_day

    @property
    def days_left(self) -> int:
        """Days of the plan that come after the last check."""
        return self.review_day - (self.checked or 0)

    def date_of(self, day: int) -> date:
        """The local day with this number."""
        return self.first + day * DAY

    def ahead_of(self, day: int) -> tuple[int, int]:
        """(First day, number of days) that a check on ``day`` looks ahead to."""
        return day, (self.review_day - day) or LOOK_AHEAD


def schedule(offer: Offer, today: date, zone: tzinfo) -> Schedule | None:
    """The checks of an offer as of ``today``; None where it is not known since when it runs."""
    end = planned_end([offer], zone)
    if offer.starts is None or end is None:
        return None
    first = first_whole_day(offer.starts, zone)
    day = max(0, (today - first).days)
    review = max(1, (end - first).days)
    checks = [*range((offer.min_run or MIN_RUN).days or 1, review, EVERY), review]
    return Schedule(
        first=first,
        day=day,
        review_day=review,
        checked=max((check for check in checks if check <= day), default=None),
        next_day=min((check for check in checks if check > day), default=None),
    )
