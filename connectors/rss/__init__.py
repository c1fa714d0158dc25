"""RSS, Atom and JSON feeds: blogs, news sites, forums, Google Alerts and News, YouTube channels, Mastodon tags.

``connect`` returns one connector a feed, because each feed has its own validators, pace and troubles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.errors import ConfigError
from bot.http import private_address, public_address
from bot.options import read_options
from bot.ports import Connector, Deps
from connectors.rss.feed import FeedConnector, Show
from connectors.rss.options import RssOptions, checked, open_feeds


def connect(name: str, options: Mapping[str, Any], deps: Deps) -> Mapping[str, Connector]:
    """One connector for each feed, by the address under which it is shown (secrets masked).

    Raises ConfigError when an option is wrong, an address is no http(s) address, or no feed is named.
    """
    where = f"source '{name}'"
    chosen = read_options(RssOptions, options, where)
    found: dict[str, Connector] = {}
    for address, show in _addresses(chosen, options, deps, where):
        found.setdefault(show(address), FeedConnector(address, show, deps, chosen.max_items))
    if not found:
        raise ConfigError(f'{where}: no feed is named; give feeds = ["https://…"], opml = "file.opml" or feeds_env')
    return found


def _addresses(chosen: RssOptions, options: Mapping[str, Any], deps: Deps, where: str) -> Iterator[tuple[str, Show]]:
    """Each address with the way to show it: one that was given as a secret is shown by its host alone."""
    for feed in open_feeds(chosen, where):
        yield feed.address, public_address
    if chosen.feeds_env or chosen.feeds_file:
        for address in deps.secret(options, "feeds").split():
            yield checked(address, f"{where}: feeds_env/feeds_file", secret=True), private_address


__all__ = ["RssOptions", "connect"]
