"""What a poll may still read of X, and what its pages cost. Pure arithmetic over the purse that it is given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import BudgetSpent
from bot.model import FREE, POST, Allowance, Bill, Cost, Purse, Resource, Stage
from connectors.twitter.normalise import included_of, posts_of
from connectors.twitter.options import TwitterOptions

SMALLEST_PAGE = 10
"""X gives no smaller page, so less than this cannot be read."""
MIDNIGHT_DOUBT = timedelta(minutes=1)
"""So close to midnight (UTC) nobody can say which day X counts a request in: it is booked as if nothing had been
read.
"""
USER = "user"
_ROUNDING = 1e-9


class _Countdown:
    """The purse of a poll that nobody keeps books of: the allowance, less what was spent."""

    def __init__(self, allowance: Allowance) -> None:
        self._left = allowance

    def left(self) -> Allowance:
        return self._left

    def set_aside(self, most: Cost, what: str = "") -> None:
        """Nothing is written down: what is spent is taken off when it is known."""

    def spend(self, cost: Cost) -> None:
        reads, usd = self._left.reads, self._left.usd
        self._left = Allowance(None if reads is None else reads - cost.reads, None if usd is None else usd - cost.usd)


class Budget:
    """One poll's allowance. A post is a billable read, and so is each author that comes with it."""

    def __init__(self, allowance: Allowance, options: TwitterOptions) -> None:
        self._own = _Countdown(allowance)
        self._purse: Purse = allowance.purse or self._own
        self._options = options
        self.authors = options.authors and allowance.stage is Stage.FULL
        self._each = cost_of(1, options, authors=self.authors)

    def page_size(self, now: datetime) -> int:
        """The largest page that cannot pass what is left; raises BudgetSpent when X has none so small."""
        left = self._purse.left()
        size = self._options.page_size
        if left.reads is not None and (size := min(size, left.reads // self._each.reads)) < SMALLEST_PAGE:
            raise BudgetSpent(
                f"{left.reads} billable reads are left and the smallest page may take "
                f"{SMALLEST_PAGE * self._each.reads}",
                until=_midnight_after(now),
            )
        if left.usd is not None and self._each.usd:
            size = min(size, int(left.usd / self._each.usd + _ROUNDING))
            if size < SMALLEST_PAGE:
                raise BudgetSpent(
                    f"${left.usd:.3f} are left and the smallest page may cost ${SMALLEST_PAGE * self._each.usd:.3f}",
                    until=_month_after(now),
                )
        return size

    def set_aside(self, size: int, search: str) -> None:
        """Writes down the most that a page of this size can cost, before it is asked for."""
        self._purse.set_aside(self._each.times(size), name_of(search, authors=self.authors))

    def give_back(self) -> None:
        """X refused the request, or it never left: refused requests are not billed."""
        self._purse.set_aside(FREE)

    def spend(self, body: Mapping[str, Any], asked: datetime, answered: datetime) -> tuple[Cost, Bill | None]:
        """What this answer costs at most, every post and user in it; and what of that is billed once a day only."""
        included = included_of(body)
        posts = [*posts_of(body), *included.posts.values()]
        prices = self._options
        cost = Cost(
            len(posts) + len(included.users),
            len(posts) * prices.usd_per_post + len(included.users) * prices.usd_per_user,
        )
        self._own.spend(cost)
        day = (asked - MIDNIGHT_DOUBT).astimezone(UTC).date()
        if day != (answered + MIDNIGHT_DOUBT).astimezone(UTC).date():
            return cost, None
        ids = dict.fromkeys(str(post["id"]) for post in posts if post.get("id"))
        resources = (
            *(Resource(POST, post_id, prices.usd_per_post) for post_id in ids),
            *(Resource(USER, user_id, prices.usd_per_user) for user_id in included.users),
        )
        return cost, Bill(day, resources)

    def settled(self, search: str) -> tuple[str, ...]:
        """The names under which requests of this search may be in doubt that its walk, now complete, has made again."""
        names = (name_of(search, authors=False), name_of(search, authors=True))
        return names if self.authors else names[:1]


def cost_of(posts: int, options: TwitterOptions, *, authors: bool) -> Cost:
    """The most that reading so many posts costs: each with an author of its own, none read today before."""
    each = Cost(2, options.usd_per_post + options.usd_per_user) if authors else Cost(1, options.usd_per_post)
    return each.times(posts)


def name_of(search: str, *, authors: bool) -> str:
    """What a charge is written down as."""
    return f"{search}+authors" if authors else search


def _midnight_after(now: datetime) -> datetime:
    """X counts in UTC days."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _month_after(now: datetime) -> datetime:
    return (_midnight_after(now).replace(day=1) + timedelta(days=32)).replace(day=1)
