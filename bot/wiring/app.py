"""The application: one configuration's rooms, each built when first used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.clock import SystemClock
from bot.digest.compose import sections_of
from bot.errors import ConfigError
from bot.http import Http
from bot.model import Query, Target
from bot.ports import Clock, Connector, Deps, SentimentEngine
from bot.store.sqlite import SqliteStore, open_store
from bot.wiring import adapters
from bot.wiring.backfilling import Backfills
from bot.wiring.channels import Channels
from bot.wiring.counting import Counting
from bot.wiring.evaluating import Evaluating
from bot.wiring.feeds import Feeds
from bot.wiring.judging import Judging
from bot.wiring.learning import Learning
from bot.wiring.listening import Listening
from bot.wiring.observing import Observing
from bot.wiring.rescoring import Rescoring
from bot.wiring.reviewing import Reviewing
from bot.wiring.spending import Budgets
from bot.wiring.telling import Telling
from bot.wiring.watching import Watching
from config.settings import Settings


class App:
    """Everything that a configuration describes.

    ``rebase`` leads requests for an origin elsewhere, whatever a connector asks for: for replays and the demo.
    """

    def __init__(
        self, settings: Settings, clock: Clock | None = None, *, rebase: Mapping[str, str] | None = None
    ) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._rebase = rebase or {}
        adapters.quiet_libraries()

    @cached_property
    def store(self) -> SqliteStore:
        """The database, opened and brought to the newest schema."""
        return open_store(self.settings.database)

    @cached_property
    def listening(self) -> Listening:
        """The listening desk."""
        parts = (self.connectors, self.queries, self.engine, self.judging)
        return Listening(self.settings, self.store, self.clock, *parts)

    @cached_property
    def judging(self) -> Judging:
        """The desk that judges relevance."""
        return Judging(self.settings, self.store, self.clock, self.queries)

    @cached_property
    def learning(self) -> Learning:
        """What labels teach about messages, and what people said in place of the rules."""
        return Learning(self.settings, self.store, self.clock)

    @cached_property
    def rescoring(self) -> Rescoring:
        """History under the present rules."""
        return Rescoring(self.settings, self.store, self.clock, self.listening)

    @cached_property
    def reviewing(self) -> Reviewing:
        """The desk that looks over what the model says."""
        return Reviewing(self.settings, self.store, self.clock, self.judging)

    @cached_property
    def evaluating(self) -> Evaluating:
        """The desk's own labels against the present rules."""
        return Evaluating(self.store, self.listening.scoring, self.judging)

    @cached_property
    def telling(self) -> Telling:
        """The editorial desk."""
        return Telling(
            self.settings, self.store, self.clock, self.listening, self.channels, self.reviewing, self.learning
        )

    @cached_property
    def watching(self) -> Watching:
        """The watch over the sources."""
        return Watching(self.settings, self.store, self.clock, self.listening, self.channels)

    @cached_property
    def counting(self) -> Counting:
        """The till."""
        return Counting(self.settings, self.store, self.clock)

    @cached_property
    def budgets(self) -> Budgets:
        """The money."""
        return Budgets(self.settings, self.store, self.clock, self.connectors, self.queries)

    @cached_property
    def backfilling(self) -> Backfills:
        """The way back into the past."""
        return Backfills(self.settings, self.store, self.clock, self.connectors, self.queries, self.listening)

    @cached_property
    def feeds(self) -> Feeds:
        """The lists of feeds."""
        return Feeds(self.settings, self.deps, adapters.build_feed_tools())

    @cached_property
    def observing(self) -> Observing:
        """The figures that others measured."""
        return Observing(self.settings, self.store, self.clock)

    @cached_property
    def queries(self) -> tuple[Query, ...]:
        """Every subject's query."""
        return adapters.build_queries(self.settings)

    @cached_property
    def connectors(self) -> Mapping[Target, Connector]:
        """A connector for each polled target."""
        return adapters.build_connectors(self.settings, self.deps)

    @cached_property
    def engine(self) -> SentimentEngine:
        """The tone engine."""
        return adapters.build_engine(self.settings)

    @cached_property
    def channels(self) -> Channels:
        """The ways out."""
        return Channels(self.settings, self.deps)

    @cached_property
    def deps(self) -> Deps:
        """What plug-ins are given."""
        return adapters.build_deps(self._http, self.clock, self._rebase)

    @cached_property
    def _http(self) -> Http:
        return adapters.build_http(self.settings)

    def prepare(self) -> None:
        """Builds everything now: what is wrong with configuration, secrets or database shows before work begins.

        Raises ConfigError and StoreError, which else come when a thing is first used.
        """
        self.listening.add_targets()
        _ = self.listening.scoring
        for report in self.settings.reports:
            sections_of(report)
        for name in self.channels:
            _ = self.channels[name]

    def expect(self, kind: str, *wanted: str | None) -> None:
        """Raises ConfigError when one of ``wanted`` is not a configured ``kind``; None is fine."""
        rows: Mapping[str, Sequence[object]] = {
            "subject": self.settings.subjects,
            "source": self.settings.sources,
            "message": self.settings.messages,
            "offer": self.settings.offers,
            "digest": self.settings.reports,
        }
        known = [str(getattr(row, "id", "")) for row in rows[kind]]
        for name in wanted:
            if name is not None and name not in known:
                raise ConfigError(f"there is no {kind} '{name}'; configured: {', '.join(known) or 'none'}")

    def local(self, moment: datetime | None) -> str:
        """A time for people: weekday, day and time in the configured zone; a dash for none."""
        if moment is None:
            return "–"
        return moment.astimezone(ZoneInfo(self.settings.timezone)).strftime("%a %d %b %H:%M")

    def close(self) -> None:
        """Closes what was opened."""
        for name in ("store", "_http"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()
