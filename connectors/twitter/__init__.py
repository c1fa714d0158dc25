"""X (Twitter): the recent search of API v2, read with tweepy, paid by the post.

``compile`` turns queries into X's language, ``api`` asks, ``search`` walks the pages, ``history`` those of the past,
``counts`` says how much there is, ``budget`` what it costs, ``normalise`` makes items, ``errors`` sorts what goes
wrong; ``compliance`` and ``reread`` are the two ways to notice what is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.errors import ConfigError
from bot.model import Compiled, Query
from bot.options import read_options
from bot.ports import Deps
from connectors.twitter.api import ORIGIN, SearchApi
from connectors.twitter.compile import compile_with
from connectors.twitter.compliance import Compliance
from connectors.twitter.options import TwitterOptions
from connectors.twitter.reread import Reread
from connectors.twitter.search import TwitterSearch


def connect(name: str, options: Mapping[str, Any], deps: Deps) -> TwitterSearch:
    """The connector of the source ``name``. Raises ConfigError for wrong options or a token that cannot be one."""
    where = f"source '{name}'"
    settings = read_options(TwitterOptions, options, where)
    token = deps.secret(options, "bearer_token").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(f"{where}: the bearer token is empty or has characters that no X token has; copy it anew")
    session = deps.session(rebase={ORIGIN: settings.base_url})
    api = SearchApi(session, token)
    return TwitterSearch(api, settings, deps.clock, _following(api, settings, deps))


def _following(api: SearchApi, settings: TwitterOptions, deps: Deps) -> Reread | Compliance | None:
    match settings.follow_deletions:
        case "compliance":
            local = settings.base_url.startswith("http://")
            return Compliance(api, deps.session, deps.clock, local=local)
        case "reread":
            return Reread(api, settings, deps.clock)
        case _:
            return None


def compiled(queries: Sequence[Query], options: Mapping[str, Any]) -> tuple[Compiled, ...]:
    """What the queries become on X: a :class:`bot.ports.Compiler`. Raises ConfigError for wrong options."""
    settings = read_options(TwitterOptions, options, "twitter")
    return tuple(compile_with(query, settings) for query in queries)


__all__ = ["TwitterOptions", "TwitterSearch", "compiled", "connect"]
