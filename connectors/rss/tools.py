"""What can be done with feeds beside reading them: lists of them, and looking for one; see ``bot.ports.FeedTools``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.model import FeedList, FoundFeed, Subscription
from bot.options import read_options
from bot.ports import Deps
from connectors.rss.discover import discover
from connectors.rss.links import normalised
from connectors.rss.opml import merged, read_list
from connectors.rss.options import RssOptions, open_feeds


class RssTools:
    """The tools of the rss connector."""

    def configured(self, name: str, options: Mapping[str, Any]) -> tuple[Subscription, ...]:
        """The feeds of a source that are no secrets. Raises ConfigError as ``connect`` does."""
        where = f"source '{name}'"
        return tuple(open_feeds(read_options(RssOptions, options, where), where))

    def read_list(self, body: bytes) -> FeedList:
        """The feeds that a list names, and what of it cannot be used. Raises ConfigError when it is none."""
        return read_list(body)

    def merged(self, old: bytes | None, new: Sequence[Subscription], title: str) -> bytes:
        """A list with ``new`` after what ``old`` holds. Raises ConfigError when ``old`` cannot be read whole."""
        return merged(old, new, title)

    def identity(self, address: str) -> str:
        """Equal for two spellings of one feed's address."""
        return normalised(address)

    def discover(self, address: str, deps: Deps) -> tuple[FoundFeed, ...]:
        """The feeds found from a page's address. Raises ConfigError for what is none, else ``SourceError`` kinds."""
        return discover(address, deps)


def tools() -> RssTools:
    """The entry point."""
    return RssTools()
