"""The application: one configuration's rooms, each built when first used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.clock import SystemClock
from bot.digest.compose import sections_of
from bot.errors import unknown
from bot.http import Http, Traffic
from bot.model import MessageStanding, Query, Target
from bot.ports import Clock, Connector, Deps, SentimentEngine
from bot.store.address import shown
from bot.store.opening import open_store
from bot.store.verbs import HeardStore
from bot.wiring import adapters
from bot.wiring.entering import Entering
from bot.wiring.export.exporting import Desks, Exporting
from bot.wiring.impact.aims import Impact
from bot.wiring.impact.observing import Observing
from bot.wiring.impact.voices import Voices
from bot.wiring.keep.backups import Backups
from bot.wiring.keep.deadman import DeadMan
from bot.wiring.keep.following import Following
from bot.wiring.keep.keeping import Keeping, known_handles
from bot.wiring.keep.vitals import Vitals
from bot.wiring.listen.backfilling import Backfills
from bot.wiring.listen.feeds import Feeds
from bot.wiring.listen.judging import Judging
from bot.wiring.listen.listening import Listening
from bot.wiring.listen.spending import Budgets
from bot.wiring.listen.watching import Watching
from bot.wiring.offers.comparing import Comparing
from bot.wiring.offers.counting import Counting
from bot.wiring.offers.guessing import Guessing
from bot.wiring.offers.importing import Importing
from bot.wiring.offers.reconciling import Reconciling
from bot.wiring.offers.serving import Serving
from bot.wiring.offers.shops import Shops
from bot.wiring.offers.showing import Showing
from bot.wiring.offers.tracing import Tracing
from bot.wiring.score.learning import Learning
from bot.wiring.score.rescoring import Rescoring
from bot.wiring.score.reviewing import Reviewing
from bot.wiring.tell.channels import Channels
from bot.wiring.tell.evidence import Archive
from bot.wiring.tell.feedback import Feedbacks
from bot.wiring.tell.forms import FormsMaker
from bot.wiring.tell.gathering import Gathering, OfferDesk
from bot.wiring.tell.proving import ProofDesks, Proving
from bot.wiring.tell.publishing_feed import PublishingFeed
from bot.wiring.tell.telling import Telling
from config.settings import Settings

if TYPE_CHECKING:
    from bot.wiring.score.evaluating import Evaluating
    from bot.wiring.watch.alarming import Alarms


class App:
    """Everything that a configuration describes.

    ``rebase`` leads requests for an origin elsewhere, whatever a connector asks for: for replays and the demo. A
    ``store`` that is lent is used in place of the configuration's own, and is left open.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        *,
        rebase: Mapping[str, str] | None = None,
        store: HeardStore | None = None,
    ) -> None:
        self.settings = settings
        self._lent = store
        self.clock: Clock = clock or SystemClock()
        self._rebase = rebase or {}
        self.backs_up = True
        """Whether an older database is backed up before it is brought to the newest schema."""
        adapters.quiet_libraries()

    @property
    def database(self) -> str:
        """The database's address as people may read it, without a password."""
        return shown(self.settings.database)

    @cached_property
    def store(self) -> HeardStore:
        """The database, opened and brought to the newest schema."""
        before = self.backups.before if self.backs_up else None
        store = self._lent or open_store(self.settings.database, before=before)
        if self.settings.retention.pseudonymise:
            store.hide_authors(known_handles(self.settings))
        return store

    @cached_property
    def deadman(self) -> DeadMan:
        """The switch that an address outside watches."""
        return DeadMan(self.settings, self.deps)

    @cached_property
    def backups(self) -> Backups:
        """The keeper of the copies."""
        return Backups(self.settings, self.clock)

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
        from bot.wiring.score.evaluating import Evaluating  # noqa: PLC0415 it brings numpy

        return Evaluating(self.store, self.listening.scoring, self.judging)

    @cached_property
    def telling(self) -> Telling:
        """The editorial desk."""
        return Telling(
            self.settings,
            self.store,
            self.clock,
            self.listening,
            self.channels,
            self.gathering,
            Proving(self.settings, self.store, self.clock, ProofDesks(self.impact, self.voices, self.feedback)),
            FormsMaker(self.settings, self.feedback.links),
        )

    @cached_property
    def exporting(self) -> Exporting:
        """The export desk."""

        def standings(start: datetime, end: datetime) -> tuple[MessageStanding, ...]:
            return self.telling.standings(start, end)  # the one table that needs the sources, and so their secrets

        desks = Desks(standings, self.learning, self.reconciling, self.tracing)
        return Exporting(self.settings, self.store, self.clock, desks)

    @cached_property
    def gathering(self) -> Gathering:
        """The researcher behind the digests."""
        return Gathering(
            self.settings,
            self.store,
            self.clock,
            self.listening,
            self.reviewing,
            self.learning,
            OfferDesk(self.reconciling, self.tracing, self.comparing),
            lambda: (*self.following.lines(), *self.backups.put_aside_lines()),
        )

    @cached_property
    def watching(self) -> Watching:
        """The watch over the sources."""
        return Watching(self.settings, self.store, self.clock, self.listening, self.channels)

    @cached_property
    def following(self) -> Following:
        """The desk that follows deletions."""
        parts = (self.listening, self.connectors, lambda: self.deps)
        return Following(self.settings, self.store, self.clock, *parts)

    @cached_property
    def keeping(self) -> Keeping:
        """The keeper of what others said, and the one who forgets it."""
        return Keeping(self.settings, self.store, self.clock, lambda: self.telling, self.backups)

    @cached_property
    def vitals(self) -> Vitals:
        """The watch over the bot itself."""
        return Vitals(self.settings, self.store, self.clock, self.listening)

    @cached_property
    def alarms(self) -> Alarms:
        """The alarm."""
        from bot.wiring.watch.alarming import Alarms  # noqa: PLC0415 it brings scipy, which most commands do without

        parts = (self.listening, self.channels, self.learning, self.tracing)
        return Alarms(self.settings, self.store, self.clock, *parts)

    @cached_property
    def counting(self) -> Counting:
        """The till."""
        return Counting(self.settings, self.store, self.clock)

    @cached_property
    def reconciling(self) -> Reconciling:
        """The counts, and how far they can be relied on."""
        return Reconciling(self.settings, self.store, self.clock)

    @cached_property
    def serving(self) -> Serving:
        """The counter that the till's page stands on."""
        return Serving(self.settings, self.store, self.clock, self.counting)

    @cached_property
    def showing(self) -> Showing:
        """What the desk's pages show."""
        parts = (self.reconciling, self.tracing, self.comparing)
        return Showing(self.settings, self.store, self.clock, *parts)

    @cached_property
    def access(self) -> Entering:
        """The front door."""
        return Entering(self.settings, self.store, self.clock)

    @cached_property
    def comparing(self) -> Comparing:
        """The statistician of the offers."""
        return Comparing(self.settings, self.store, self.clock, self.tracing)

    @cached_property
    def tracing(self) -> Tracing:
        """The desk that follows codes."""
        return Tracing(self.settings, self.store, self.clock, self.channels, self.reconciling)

    @cached_property
    def voices(self) -> Voices:
        """The statistician of what others say, and of what came of the work."""
        return Voices(self.settings, self.store, self.clock, self.queries, self.connectors)

    @cached_property
    def guessing(self) -> Guessing:
        """The guard against guessed codes."""
        return Guessing(self.settings.web, self.store, self.clock)

    @cached_property
    def shops(self) -> Shops:
        """The shops that redeem at their own checkouts."""
        return Shops(self.settings, self.store, self.clock, self.deps, self.counting)

    @cached_property
    def importing(self) -> Importing:
        """Redemptions that others have written down."""
        return Importing(self.settings, self.store, self.clock)

    @cached_property
    def evidence(self) -> Archive:
        """The archive behind the numbers."""
        return Archive(self.settings, self.store, self.clock, self.learning, self.rescoring)

    @cached_property
    def feedback(self) -> Feedbacks:
        """The letter box of the digests."""
        return Feedbacks(self.settings, self.store, self.clock, self.learning, self.judging)

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
    def impact(self) -> Impact:
        """What came of the work: objectives, funnel, providers, tagged links."""
        parts = (self.listening, self.gathering, self.voices)
        return Impact(self.settings, self.store, self.clock, *parts)

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
    def publishing_feed(self) -> PublishingFeed:
        """The paper boy of the digests."""
        return PublishingFeed(self.settings, self.store)

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

    @property
    def traffic(self) -> Traffic:
        """What this process has asked of others over HTTP, whoever they are, since its configuration was read."""
        return sum(self._http.counters.values(), Traffic())

    def prepare(self) -> None:
        """Builds everything now: what is wrong with configuration, secrets or database shows before work begins.

        Raises ConfigError and StoreError, which else come when a thing is first used.
        """
        self.listening.add_targets()
        _ = self.listening.scoring
        self.feedback.check()
        _ = self.deadman.name
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
            "shop": self.settings.shops,
            "digest": self.settings.reports,
            "alert": self.settings.alerts,
        }
        known = [str(getattr(row, "id", "")) for row in rows[kind]]
        for name in wanted:
            if name is not None and name not in known:
                raise unknown(kind, name, known)

    def local(self, moment: datetime | None) -> str:
        """A time for people: weekday, day and time in the configured zone; a dash for none."""
        if moment is None:
            return "–"
        return moment.astimezone(ZoneInfo(self.settings.timezone)).strftime("%a %d %b %H:%M")

    def close(self) -> None:
        """Closes what was opened."""
        for name in ("store", "_http"):
            opened = self.__dict__.pop(name, None)
            if opened is not None and opened is not self._lent:
                opened.close()
