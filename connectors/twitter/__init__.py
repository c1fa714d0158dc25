"""X (Twitter): the recent search of API v2, read with tweepy, paid by the post.

``compile`` turns queries into X's language, ``api`` asks, ``search`` walks the pages, ``normalise`` makes items,
``errors`` sorts what goes wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import ConfigError
from bot.options import read_options
from bot.ports import Deps
from connectors.twitter.api import ORIGIN, SearchApi
from connectors.twitter.options import TwitterOptions
from connectors.twitter.search import TwitterSearch


def connect(name: str, options: Mapping[str, Any], deps: Deps) -> TwitterSearch:
    """The connector of the source ``name``. Raises ConfigError for wrong options or a token that cannot be one."""
    where = f"source '{name}'"
    settings = read_options(TwitterOptions, options, where)
    token = deps.secret(options, "bearer_token").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(f"{where}: the bearer token is empty or has characters that no X token has; copy it anew")
    session = deps.session(rebase={ORIGIN: settings.base_url})
    return TwitterSearch(SearchApi(session, token, authors=settings.authors), settings, deps.clock)


__all__ = ["TwitterOptions", "TwitterSearch", "connect"]
