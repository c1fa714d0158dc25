"""Finds connectors, compilers, engines, notifiers and tools by their entry points, so that a new one is one file and
one line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bot.errors import ConfigError
from bot.model.nearest import did_you_mean

COMPILERS = "heard.compilers"
CONNECTORS = "heard.connectors"
ENGINES = "heard.engines"
NOTIFIERS = "heard.notifiers"
TOOLS = "heard.tools"


def names(group: str) -> tuple[str, ...]:
    """The plug-ins that are installed in a group, sorted."""
    return tuple(sorted(_installed(group)))


def load(group: str, name: str, where: str) -> Callable[..., Any]:
    """The ``connect`` (or ``engine``) function of a plug-in.

    Raises ConfigError naming the place in the configuration and the names that are installed.
    """
    found = _installed(group)
    if name not in found:
        installed = ", ".join(sorted(found)) or "none"
        raise ConfigError(f"{where}: there is no '{name}' here; installed: {installed}{did_you_mean(name, found)}")
    try:
        plugin: Callable[..., Any] = found[name].load()
    except ImportError as error:
        raise ConfigError(f"{where}: '{name}' is installed but cannot be imported: {error}") from error
    return plugin


def _installed(group: str) -> Mapping[str, EntryPoint]:
    return _found(group, tuple(sys.path))


@cache
def _found(group: str, _path: tuple[str, ...]) -> Mapping[str, EntryPoint]:
    """The plug-ins of a group by name. Found once a path, as it reads what every installed package says of itself."""
    return {point.name: point for point in entry_points(group=group)}
