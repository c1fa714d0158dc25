"""The watch over the sources, wired: what was looked at hour by hour, pauses, and notices of trouble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.digest import wording
from bot.digest.notices import sources as notices
from bot.listen.coverage import Stretch, partition
from bot.listen.pause import set_paused
from bot.listen.silence import usual_pause
from bot.model import Delivery, Interval, Notice, Target, TargetState
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.listen.listening import Listening
from bot.wiring.tell.channels import Channels
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Looking:
    """A target, the window's stretches since its first poll, and how its items come (None: too little is known)."""

    state: TargetState
    stretches: tuple[Stretch, ...]
    usual_pause: timedelta | None
    newest: datetime | None


class Watching:
    """The watch of one configuration."""

    def __init__(
        self, settings: Settings, store: HeardStore, clock: Clock, listening: Listening, channels: Channels
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._listening = listening
        self._channels = channels

    def coverage(self, window: Interval) -> tuple[Looking, ...]:
        """What became of every moment of the window, at each target."""
        now = self._clock.now()
        covered = self._store.covered(window.start, window.end)
        gaps = self._store.gaps(window.start, window.end)
        arrivals: Mapping[Target, Sequence[datetime]] = self._store.arrivals()
        return tuple(
            Looking(
                state=state,
                stretches=partition(state, covered.get(state.target, ()), gaps.get(state.target, ()), window, now),
                usual_pause=usual_pause(arrivals.get(state.target, ())),
                newest=max(arrivals.get(state.target, ()), default=None),
            )
            for state in self._listening.known()
        )

    def set_paused(self, source: str, *, paused: bool) -> int:
        """Pauses or resumes a source's targets; how many there were."""
        self._listening.add_targets()
        return set_paused(self._store, source, paused=paused, now=self._clock.now())

    def announce(self) -> tuple[Notice, ...]:
        """Writes the notices that are due into the outbox; they go out with the next deliveries."""
        named = self._settings.notice_channels
        desk = notices.Desk(
            names={row.id: wording.source_name(row.id, row.connector) for row in self._settings.sources},
            recipients=[(name, to) for name in named for to in self._channels[name].recipients],
            timezone=self._settings.timezone,
        )
        return notices.announce_due(self._store, desk, self._clock.now())

    def notices(self, limit: int) -> tuple[tuple[Notice, tuple[Delivery, ...]], ...]:
        """What people were told of the sources, newest first."""
        return self._store.notices(limit)
