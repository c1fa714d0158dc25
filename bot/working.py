"""Which jobs are at work just now, so that whoever ends the program knows what it still waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition


class AtWork:
    """The jobs in hand, by name; safe to use from several threads."""

    def __init__(self) -> None:
        self._names: Counter[str] = Counter()
        self._changed = Condition()

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Counts the job as at work inside."""
        with self._changed:
            self._names[name] += 1
        try:
            yield
        finally:
            with self._changed:
                self._names[name] -= 1
                self._changed.notify_all()

    def wait(self, patience: timedelta) -> tuple[str, ...]:
        """Waits until all have ended, so long at most; the names of those that have not."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy(), patience.total_seconds())
            return self._busy()

    def _busy(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, number in self._names.items() if number))
