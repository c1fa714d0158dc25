"""``[retention.recheck]``: when platforms are asked whether what they gave still stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import model_validator

from bot.model.rechecking import RecheckPlan
from bot.options import Options
from config.values import Duration, at_least, at_most

DAY = timedelta(days=1)
Wait = Annotated[Duration, at_least("1h"), at_most("366d")]


class PlanTable(Options):
    """When one platform is asked: at these ages of a post, then again and again."""

    ages: tuple[Wait, ...]
    then_every: Wait = timedelta(days=7)

    @model_validator(mode="after")
    def _ages_rise(self) -> PlanTable:
        if sorted(set(self.ages)) != list(self.ages):
            raise ValueError('write the ages from the youngest to the oldest, each once: ages = ["1d", "2d", "7d"]')
        return self

    def plan(self, purge: timedelta | None = None) -> RecheckPlan:
        """The plan that the table says."""
        return RecheckPlan(self.ages, self.then_every, purge)


class XPlanTable(PlanTable):
    """``[retention.recheck.x]``: daily for a week, then weekly; X wants what is deleted there to go within a day."""

    ages: tuple[Wait, ...] = tuple(DAY * age for age in range(1, 8))


class RedditPlanTable(PlanTable):
    """``[retention.recheck.reddit]``: after a day and after two, then weekly; ``purge`` where nobody can be asked."""

    ages: tuple[Wait, ...] = (DAY, 2 * DAY)
    purge: Wait = 2 * DAY


class HackerNewsPlanTable(PlanTable):
    """``[retention.recheck.hn]``: after a day, two and a week, then monthly; authors there can delete for some hours
    only, and later only by asking the site.
    """

    ages: tuple[Wait, ...] = (DAY, 2 * DAY, 7 * DAY)
    then_every: Wait = 30 * DAY


class RecheckTable(Options):
    """``[retention.recheck]``: a table for each platform that can be asked."""

    x: XPlanTable = XPlanTable()
    reddit: RedditPlanTable = RedditPlanTable()
    hn: HackerNewsPlanTable = HackerNewsPlanTable()

    def plans(self) -> dict[str, RecheckPlan]:
        """The plans, by the part of an item's key before ``:``."""
        return {"x": self.x.plan(), "reddit": self.reddit.plan(self.reddit.purge), "hn": self.hn.plan()}
