"""Reddit: search and comments through the API (praw), or the account's private feeds where there is no API key.

``mode = "oauth"`` needs an app that Reddit has approved; ``mode = "feed"`` needs only an account. Reddit bills neither:
``Page.cost.reads`` counts requests, in US dollars 0. Reddit's terms forbid training on its text (``trainable`` False).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.model import Compiled, Query
from bot.ports import Connector, Deps
from connectors.reddit.api import ApiConnector
from connectors.reddit.client import Client
from connectors.reddit.compile import EVERYWHERE, compile_query
from connectors.reddit.feed import FeedConnector
from connectors.reddit.options import RedditOptions, credentials, feed_addresses, read

__all__ = ["RedditOptions", "compiled", "connect"]


def connect(name: str, options: Mapping[str, Any], deps: Deps) -> Connector:
    """The connector of the source ``name``. Reads its secrets, but sends nothing yet. Raises ConfigError."""
    where = f"source '{name}'"
    settings = read(options, where)
    if settings.mode == "feed":
        return FeedConnector(feed_addresses(settings, options, deps, where), settings, deps)
    return ApiConnector(Client(credentials(options, deps, where), settings, deps), settings, deps.clock)


def compiled(queries: Sequence[Query], options: Mapping[str, Any]) -> tuple[Compiled, ...]:
    """What the queries become on Reddit: a :class:`bot.ports.Compiler`. Raises ConfigError for wrong options.

    Nothing is searched where the account's private feeds are read.
    """
    if not options:
        return tuple(compile_query(query, (EVERYWHERE,)) for query in queries)
    settings = read(options, "reddit")
    return () if settings.mode == "feed" else tuple(compile_query(query, settings.subreddits) for query in queries)
