"""What a poll may still read of X, and what its pages cost. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import BudgetSpent
from bot.model import Allowance, Cost
from connectors.twitter.normalise import included_of, posts_of
from connectors.twitter.options import TwitterOptions

SMALLEST_PAGE = 10
"""X gives no smaller page, so less than this cannot be read."""
_ROUNDING = 1e-9


class Budget:
    """Counts down one poll's allowance. A post is a billable read, and so is each author that comes with it."""

    def __init__(self, allowance: Allowance, options: TwitterOptions) -> None:
        self._reads, self._usd = allowance.reads, allowance.usd
        self._options = options
        self._reads_each = 2 if options.authors else 1
        self._usd_each = options.usd_per_post + (options.usd_per_user if options.authors else 0)

    def page_size(self, now: datetime) -> int:
        """The largest page that cannot pass the allowance; raises BudgetSpent when X has none so small."""
        size = self._options.page_size
        if self._reads is not None and (size := min(size, self._reads // self._reads_each)) < SMALLEST_PAGE:
            raise BudgetSpent(
                f"{self._reads} billable reads are left and the smallest page may take "
                f"{SMALLEST_PAGE * self._reads_each}",
                until=_midnight_after(now),
            )
        if self._usd is not None and self._usd_each:
            size = min(size, int(self._usd / self._usd_each + _ROUNDING))
            if size < SMALLEST_PAGE:
                raise BudgetSpent(
                    f"${self._usd:.3f} are left and the smallest page may cost ${SMALLEST_PAGE * self._usd_each:.3f}",
                    until=_month_after(now),
                )
        return size

    def spend(self, body: Mapping[str, Any]) -> Cost:
        """What this answer costs at most: every post and user in it. Takes it off the allowance."""
        included = included_of(body)
        posts, users = len(posts_of(body)) + len(included.posts), len(included.users)
        cost = Cost(posts + users, posts * self._options.usd_per_post + users * self._options.usd_per_user)
        self._reads = None if self._reads is None else self._reads - cost.reads
        self._usd = None if self._usd is None else self._usd - cost.usd
        return cost


def _midnight_after(now: datetime) -> datetime:
    """X counts in UTC days."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _month_after(now: datetime) -> datetime:
    return (_midnight_after(now).replace(day=1) + timedelta(days=32)).replace(day=1)
