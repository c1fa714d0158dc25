"""Backfilling, wired: which of a source's targets can be read back, and what that takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.errors import ConfigError
from bot.listen.backfill import Prospect, Wish, asking_cost, backfill, prospect, queries_of
from bot.model import Cost, Interval, Query, Saved, Target
from bot.ports import Backfilling, Clock, Connector
from bot.store.verbs import HeardStore
from bot.wiring.listen.listening import Listening
from config.settings import Settings


class Backfills:
    """The way back into the past of one configuration's sources."""

    def __init__(
        self,
        settings: Settings,
        store: HeardStore,
        clock: Clock,
        connectors: Mapping[Target, Connector],
        queries: tuple[Query, ...],
        listening: Listening,
    ) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._connectors, self._queries = connectors, queries
        self._listening = listening

    def wish(self, source: str, since: datetime, until: datetime | None, subject: str | None) -> Wish:
        """What is to be read. Raises ConfigError where the source has no past to give or the interval is none."""
        target = Target(source)
        if not isinstance(self._connectors.get(target), Backfilling):
            raise ConfigError(
                f"source '{source}' gives no history: a feed holds what is in it now, and that is read at every poll"
            )
        now = self._clock.now()
        end = now if until is None else min(until, now)
        if since >= end:
            raise ConfigError(
                "there is nothing between --since and --until; days are meant in the configured time zone"
            )
        return Wish(target, Interval(since, end), subject, up_to_now=until is None)

    def asking_cost(self, wish: Wish) -> Cost:
        """What it costs to find out what the backfill would cost."""
        desk = self._listening.desk()
        return asking_cost(self._connectors[wish.target], queries_of(desk, wish))

    def prospect(self, wish: Wish) -> Prospect:
        """How much there is to read, and what it may cost. Asking is booked. Raises SourceError kinds."""
        self._listening.add_targets()
        return prospect(self._listening.desk(), self._connector(wish), wish)

    def run(self, wish: Wish) -> Iterator[Saved]:
        """Reads it, page by page. Raises SourceError kinds."""
        self._listening.add_targets()
        self._listening.catch_up()
        return backfill(self._listening.desk(), self._connector(wish), wish)

    def _connector(self, wish: Wish) -> Backfilling:
        connector = self._connectors[wish.target]
        assert isinstance(connector, Backfilling)  # noqa: S101 wish() has made sure
        return connector
