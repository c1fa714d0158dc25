"""RSS, Atom and JSON feeds: blogs, news sites, forums, Google Alerts, YouTube channels.

``connect`` returns one connector a feed, because each feed has its own validators, pace and troubles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from bot.errors import ConfigError
from bot.http import private_address, public_address
from bot.options import Options, read_options
from bot.ports import Connector, Deps
from connectors.rss.feed import FeedConnector, Show
from connectors.rss.opml import read_opml


class RssOptions(Options):
    """The options of an rss source. ``feeds_env``/``feeds_file`` lead to private addresses, separated by white space."""

    feeds: tuple[str, ...] = ()
    feeds_env: str | None = None
    feeds_file: str | None = None
    opml: str | None = None
    max_items: Annotated[int, Field(ge=1, le=10_000)] = 1000


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
    for address in chosen.feeds:
        yield _checked(address, f"{where}: feeds"), public_address
    if chosen.feeds_env or chosen.feeds_file:
        for address in deps.secret(options, "feeds").split():
            yield _checked(address, f"{where}: feeds_env/feeds_file", private_address), private_address
    if chosen.opml:
        for address in read_opml(chosen.opml, where):
            yield _checked(address, f"{where}: {chosen.opml}"), public_address


def _checked(address: str, where: str, show: Show = public_address) -> str:
    address = address.strip()
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(f"{where}: '{show(address)}' is not a web address; it must begin with https:// or http://")
    return address


__all__ = ["RssOptions", "connect"]
