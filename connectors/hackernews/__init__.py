"""Hacker News: stories and comments by Algolia's search. Free, without a key.

``search`` turns queries into searches, ``feed`` reads each back to where it was read before, ``normalise`` makes items,
``standing`` asks the site itself what was deleted. What is read again within the overlap is brought up to date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.model import Compiled, Query
from bot.options import read_options
from bot.ports import Deps
from connectors.hackernews.api import ItemsApi, SearchApi
from connectors.hackernews.feed import HackerNewsFeed
from connectors.hackernews.options import HackerNewsOptions
from connectors.hackernews.search import compile_query
from connectors.hackernews.standing import Standing


def connect(name: str, options: Mapping[str, Any], deps: Deps) -> HackerNewsFeed:
    """The connector of the source ``name``. Raises ConfigError."""
    settings = read_options(HackerNewsOptions, options, f"source '{name}'")
    most = settings.requests if settings.follow_deletions else 0
    standing = Standing(ItemsApi(deps.session, settings), deps.clock, most)
    return HackerNewsFeed(SearchApi(deps.session, settings), standing, settings, deps.clock)


def compiled(queries: Sequence[Query], options: Mapping[str, Any]) -> tuple[Compiled, ...]:
    """What the queries become there: a :class:`bot.ports.Compiler`. Raises ConfigError for wrong options."""
    read_options(HackerNewsOptions, options, "hackernews")
    return tuple(map(compile_query, queries))


__all__ = ["HackerNewsFeed", "HackerNewsOptions", "compiled", "connect"]
