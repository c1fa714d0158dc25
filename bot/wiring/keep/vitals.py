"""The vital signs, wired: what waits, what runs late, and what the bot tells of itself while it is at work."""

from __future__ import annotations

import logging
import socket
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.heartbeat import Beat, forget_beat, write_beat
from bot.listen.polling import is_due
from bot.model import State
from bot.model.vitals import Backlog
from bot.ports import Clock
from bot.stewardship.vitals import BEAT, Pulse, late
from bot.store.verbs import HeardStore
from bot.wiring.listen.listening import Listening
from config.settings import Settings

DAY = timedelta(days=1)

log = logging.getLogger("heard.run")


@dataclass(frozen=True, slots=True)
class Listened:
    """How sources stand: targets by source and state, and the polls that are due.

    ``coverage`` is the share of the last 24 hours that was looked at, by source, each target counting alike from its
    first poll on; a source that was never polled is not in it.
    """

    states: Mapping[tuple[str, State], int]
    coverage: Mapping[str, float]
    due: Backlog


class Vitals:
    """The watch over one installation."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, listening: Listening) -> None:
        self._settings, self._store, self._clock, self._listening = settings, store, clock, listening
        self._mute = False

    def pulse(self, every: Mapping[str, float]) -> Pulse:
        """A pulse for a bot that begins its tasks now, ``every`` so many seconds."""
        return Pulse(socket.gethostname(), every, self._clock.now)

    def beat(self, pulse: Pulse) -> None:
        """Tells the database, and then this machine, that the bot is at work. Raises StoreError."""
        now, marks = self._clock.now(), pulse.marks()
        self._store.mark_tasks(marks, now)
        try:
            write_beat(self._settings.path, Beat(now, late(marks, now)))
            self._mute = False
        except OSError as error:
            if not self._mute:  # once is enough: it is tried again four times a minute
                log.warning(
                    "the heartbeat file cannot be written (%s); 'heard status --healthy' asks the database", error
                )
            self._mute = True

    def rest(self) -> None:
        """The bot has stopped as it was told to."""
        forget_beat(self._settings.path)

    def late(self) -> tuple[str, ...]:
        """Which tasks should have run again by now, on whichever host; none where no bot has ever run."""
        return late(self._store.task_marks(), self._clock.now())

    def has_beaten(self) -> bool:
        """Whether a bot on this very host has told the database lately that it is at work."""
        own = [mark for mark in self._store.task_marks() if mark.host == socket.gethostname() and mark.task == BEAT]
        return bool(own) and not late(own, self._clock.now())

    def unscored(self) -> Backlog:
        """Mentions without a score, counted up to a thousand."""
        return self._store.unscored_backlog()

    def unsent(self) -> Backlog:
        """Letters whose time has come."""
        return self._store.unsent_backlog(self._clock.now())

    def listened(self) -> Listened:
        """How every source stands; one look at all targets, of which there may be thousands."""
        now = self._clock.now()
        known, covered = self._listening.known(), self._store.covered(now - DAY, now)
        shares: dict[str, list[float]] = {}
        states = Counter((state.target.source, state.state) for state in known)
        for state in known:
            if state.first_polled is not None and state.first_polled < now:
                span = now - max(state.first_polled, now - DAY)
                looked = sum((part.end - part.start for part in covered.get(state.target, ())), timedelta())
                shares.setdefault(state.target.source, []).append(min(1.0, looked / span))
        due = [state.next_poll_at for state in known if state.next_poll_at is not None and is_due(state, now)]
        coverage = {source: sum(parts) / len(parts) for source, parts in shares.items()}
        return Listened(states, coverage, Backlog(len(due), min(due, default=None)))
