"""Finds connectors, compilers, engines, notifiers and tools by their entry points, so that a new one is one file and one line."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from bot.errors import ConfigError

COMPILERS = "heard.compilers"
CONNECTORS = "heard.connectors"
ENGINES = "heard.engines"
NOTIFIERS = "heard.notifiers"
TOOLS = "heard.tools"


def names(group: str) -> tuple[str, ...]:
    """The plug-ins that are installed in a group, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def load(group: str, name: str, where: str) -> Callable[..., Any]:
    """The ``connect`` (or ``engine``) function of a plug-in.

    Raises ConfigError naming the place in the configuration and the names that are installed.
    """
    found = {point.name: point for point in entry_points(group=group)}
    if name not in found:
        raise ConfigError(f"{where}: there is no '{name}' here; installed: {', '.join(sorted(found)) or 'none'}")
    try:
        plugin: Callable[..., Any] = found[name].load()
    except ImportError as error:
        raise ConfigError(f"{where}: '{name}' is installed but cannot be imported: {error}") from error
    return plugin
