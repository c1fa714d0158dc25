"""The channels' notifiers by id, each built when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.model import Report
from bot.ports import Deps, Notifier
from bot.wiring import adapters
from config.settings import Settings


class Channels(Mapping[str, Notifier]):
    """A mapping that builds late, so that a channel that cannot be built is in no other's way.

    Asking for such a one raises ConfigError, each time; it is built as soon as what was missing is there.
    """

    def __init__(self, settings: Settings, deps: Deps) -> None:
        self._settings = settings
        self._deps = deps
        self._rows = {row.id: row for row in settings.channels}
        self._built: dict[str, Notifier] = {}

    def __getitem__(self, name: str) -> Notifier:
        if name not in self._built:
            self._built[name] = adapters.build_notifier(self._settings, self._rows[name], self._deps)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def otherwise(self) -> Mapping[str, str]:
        """Which channel takes what another one could not deliver, by that other one."""
        return {row.id: row.otherwise for row in self._rows.values() if row.otherwise}

    def recipients(self, report: Report) -> list[tuple[str, str]]:
        """``(channel id, recipient)`` of everybody whom a digest goes to. Raises ConfigError."""
        return [(name, to) for name in report.channels for to in self[name].recipients]
