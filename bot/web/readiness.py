"""Whether this process can serve: looked up anew now and then, however often somebody asks, and told at once.

A database that somebody keeps locked holds a write up for half a minute. Whoever asks is not kept waiting for that, and
takes no thread from the pages, which go on reading.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Condition, Thread
from typing import Any

from bot.errors import HeardError, Overtaken
from bot.model.vitals import Backlog
from bot.store.migrations import STEPS
from bot.wiring import App

LASTS = timedelta(seconds=5)
"""How long an answer holds: whoever knows the address costs the database one look and one write in that time."""
PATIENCE = timedelta(seconds=4)
"""How long a look may take before the answer is that the database does not answer."""

log = logging.getLogger("heard.web")


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found; ``told`` is for those who may know more than that."""

    is_ready: bool
    told: Mapping[str, Any] = field(default_factory=dict)
    overtaken: Overtaken | None = None


SILENT = Found(False, {"database": "does not answer"})


class Readiness:
    """One process's readiness; safe to ask from several threads."""

    def __init__(self, patience: timedelta = PATIENCE) -> None:
        self._patience = patience.total_seconds()
        self._changed = Condition()
        self._looking = False
        self._last: tuple[App, datetime, Found] | None = None

    def look(self, heard: App) -> Found:
        """The answer of the last seconds, or a new one; all who ask meanwhile wait for that one, not for long."""
        with self._changed:
            now = heard.clock.now()
            if self._last is not None and self._last[0] is heard and abs(now - self._last[1]) < LASTS:
                return self._last[2]
            if not self._looking:
                self._looking = True
                Thread(target=self._look, args=(heard, now), name="readiness", daemon=True).start()
            if not self._changed.wait_for(lambda: not self._looking, self._patience) or self._last is None:
                return SILENT
            return self._last[2]

    def _look(self, heard: App, now: datetime) -> None:
        found = SILENT
        try:
            found = _look(heard, now)
        finally:
            with self._changed:
                self._looking = False
                self._last = heard, now, found
                self._changed.notify_all()


def _look(heard: App, now: datetime) -> Found:
    told: dict[str, Any] = {"database": "unavailable"}
    try:
        schema = heard.store.schema_version()
        if schema != len(STEPS):
            return Found(False, {"database": "other schema", "schema": schema, "expected": len(STEPS)})
        told["database"] = "not writable"
        heard.store.touch()
        told |= {"database": "ok", "schema": schema}
    except HeardError as error:
        log.warning("not ready database=%s error=%s: %s", told["database"], type(error).__name__, error)
        return Found(False, told, error if isinstance(error, Overtaken) else None)
    try:
        told |= _around(heard, now)
    except HeardError as error:  # a secret that is gone, say: the pages serve without
        log.warning("readiness incomplete error=%s: %s", type(error).__name__, error)
    return Found(True, told)


def _around(heard: App, now: datetime) -> dict[str, Any]:
    """What is late and what waits, and for how many seconds the first of it does; None: nothing waits."""
    waiting = {
        "polls": heard.vitals.listened().due,
        "scores": heard.vitals.unscored(),
        "deliveries": heard.vitals.unsent(),
    }
    return {
        "late": list(heard.vitals.late()),
        "oldest_due_seconds": {name: _age(one, now) for name, one in waiting.items()},
    }


def _age(backlog: Backlog, now: datetime) -> float | None:
    return None if backlog.oldest is None else round(max(0.0, (now - backlog.oldest).total_seconds()), 1)
