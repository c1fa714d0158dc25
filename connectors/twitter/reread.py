"""Whether posts still stand, by reading them again: a hundred a request, each that does is billed as a post.

An edited post is read once more in its newest version, with its author where authors are read: what was kept is put
right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.errors import SourceError
from bot.model import Allowance, Cursor
from bot.model.rechecking import Gone, Look
from bot.ports import Clock
from connectors.twitter.api import SearchApi
from connectors.twitter.budget import Budget
from connectors.twitter.ids import is_id
from connectors.twitter.normalise import items_of, posts_of
from connectors.twitter.options import TwitterOptions

PREFIX = "x:"
MOST = 100
"""The most ids that X takes in one request."""
GONE = {
    "resource-not-found": "deleted",
    "not-authorized-for-resource": "protected or suspended",
    "disallowed-resource": "withheld",
}
"""The last part of a problem's type, and what it says; any other says nothing that lasts."""
WHAT = "reread"


class Reread:
    """Asks for posts by their ids, within the budget."""

    most = MOST
    notices = "posts are read again: what is deleted, suspended, protected or withheld everywhere, and edits"

    def __init__(self, api: SearchApi, options: TwitterOptions, clock: Clock) -> None:
        self._api, self._clock = api, clock
        self._thin = options.model_copy(update={"authors": False, "page_size": MOST})
        self._full = options.model_copy(update={"page_size": MOST})

    def recheck(self, keys: Sequence[str], cursor: Cursor | None, allowance: Allowance) -> Iterator[Look]:
        """What of ``keys`` still stands, a request's worth a step. Raises SourceError kinds."""
        if cursor:
            yield Look(released=True, cursor={})  # of a compliance job, from when they were on
        ids = [key.removeprefix(PREFIX) for key in keys]
        strange = tuple(key for key, post_id in zip(keys, ids, strict=True) if not is_id(post_id))
        if strange:
            yield Look(looked=strange)
        left = [post_id for post_id in ids if is_id(post_id)]
        thin, full = Budget(allowance, self._thin), Budget(allowance, self._full)
        while left:
            asked, body, look = self._ask(left, thin)
            newest = _edited(body)
            if newest:
                yield Look(cost=look.cost, bill=look.bill)
                _, now_said, edited = self._ask(list(newest.values()), full)
                items = tuple(item for item in items_of(now_said, self._clock.now()) if not item.removed)
                yield replace(look, gone=(*look.gone, *edited.gone), items=items, cost=edited.cost, bill=edited.bill)
            else:
                yield look
            left = left[asked:]

    def _ask(self, ids: Sequence[str], budget: Budget) -> tuple[int, Mapping[str, Any], Look]:
        """How many were asked for, X's answer, and what follows from it. Raises SourceError kinds."""
        now = self._clock.now()
        asked = ids[: min(len(ids), budget.page_size(now))]
        budget.set_aside(len(asked), WHAT)
        try:
            body = self._api.lookup(asked, now, authors=budget.authors)
        except SourceError:
            if not self._api.billable:
                budget.give_back()
            raise
        cost, bill = budget.spend(body, now, self._clock.now())
        gone = (*_gone(body), *_withheld(body, now))
        stands = {f"{PREFIX}{post['id']}" for post in posts_of(body) if isinstance(post.get("id"), str)}
        looked = stands | {one.key for one in gone} | {f"{PREFIX}{post_id}" for post_id in _unclear(body)}
        keys = tuple(key for key in (f"{PREFIX}{post_id}" for post_id in asked) if key in looked)
        return len(asked), body, Look(looked=keys, gone=gone, cost=cost, bill=bill)


def _problems(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The posts among those asked for that X did not give, with the kind of the problem."""
    errors = body.get("errors")
    for problem in errors if isinstance(errors, list) else ():
        if not isinstance(problem, dict) or problem.get("parameter") not in {"ids", None}:
            continue  # what a post refers to may be gone; the post is not
        post_id = problem.get("resource_id") or problem.get("value")
        if isinstance(post_id, str) and is_id(post_id):
            yield post_id, str(problem.get("type")).rstrip("/").rsplit("/", 1)[-1]


def _gone(body: Mapping[str, Any]) -> tuple[Gone, ...]:
    return tuple(Gone(f"{PREFIX}{post_id}", GONE[kind]) for post_id, kind in _problems(body) if kind in GONE)


def _unclear(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Those that X could not give just now: they have their next look like those that stand."""
    return tuple(post_id for post_id, kind in _problems(body) if kind not in GONE)


def _withheld(body: Mapping[str, Any], now: datetime) -> tuple[Gone, ...]:
    return tuple(Gone(item.key, "withheld") for item in items_of(body, now) if item.removed)


def _edited(body: Mapping[str, Any]) -> dict[str, str]:
    """By the id that was asked for: the id of the newest version, where there is a newer one."""
    found = {}
    for post in posts_of(body):
        history = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
        newest = history[-1] if isinstance(history, list) and history else None
        if isinstance(newest, str) and is_id(newest) and newest != post.get("id"):
            found[str(post["id"])] = newest
    return found
