"""Bluesky: every public post, read from Jetstream and looked through here. Free, without a key, without figures.

A poll replays what was said since the last one and hangs up. Posts and accounts that are deleted are erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import ConfigError
from bot.options import read_options
from bot.ports import Deps
from connectors.bluesky.feed import BlueskyFeed
from connectors.bluesky.options import BlueskyOptions


def connect(name: str, options: Mapping[str, Any], deps: Deps) -> BlueskyFeed:
    """The connector of the source ``name``. Raises ConfigError."""
    where = f"source '{name}'"
    settings = read_options(BlueskyOptions, options, where)
    if deps.dial is None:
        raise ConfigError(f"{where}: Bluesky is read over WebSocket, and there is no way to open one here")
    return BlueskyFeed(settings, deps, deps.dial)


__all__ = ["BlueskyFeed", "BlueskyOptions", "connect"]
