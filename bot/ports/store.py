"""What the other rooms ask of the store, and the store as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.model import Counted
from bot.ports.aim_store import AimStore
from bot.ports.alert_store import AlertStore
from bot.ports.brief_store import BriefStore
from bot.ports.desk_store import BudgetStore, LearnStore, ListenStore, RelevanceStore, ReviewStore
from bot.ports.export_store import ExportStore
from bot.ports.feedback_store import FeedbackStore
from bot.ports.figure_store import FigureStore
from bot.ports.keeping_store import KeepingStore
from bot.ports.offer_store import OfferStore
from bot.ports.recheck_store import RecheckStore
from bot.ports.shop_store import ShopStore
from bot.ports.sighting_store import SightingStore
from bot.ports.tally_store import TallyStore
from bot.ports.tone_store import ToneStore
from bot.ports.vital_store import VitalStore
from bot.ports.voice_store import VoiceStore

if TYPE_CHECKING:
    from bot.model import (
        Delivery,
        Digest,
        Gap,
        Incident,
        Interval,
        Mention,
        Notice,
        RulesVersion,
        Score,
        ScoreBrief,
        ScoredMention,
        ScoringContext,
        Target,
        Window,
    )
    from bot.model.digest import Attempt


class ScoreStore(FigureStore, Protocol):
    """What scoring asks of the store."""

    def unscored(self, limit: int) -> tuple[Mention, ...]:
        """Mentions that have no score, or whose words or figures changed since, oldest first.

        A score by other rules is a score: :meth:`outdated` has it.
        """
        ...

    def outdated(
        self, rules_version: str, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[ScoredMention]:
        """Mentions told in ``[since, until)`` whose score is by other rules than these, newest first."""
        ...

    def count_outdated(self, rules_version: str, since: datetime | None = None) -> int:
        """How many mentions told since then have a score by other rules than these."""
        ...

    def outdated_versions(self, rules_version: str, since: datetime | None = None) -> tuple[str, ...]:
        """The other rules by which mentions told since then have their score."""
        ...

    def rescored(self, rules_version: str, since: datetime | None = None) -> Iterator[tuple[ScoredMention, ScoreBrief]]:
        """Mentions told since then that were scored anew by these rules, with what their score was before."""
        ...

    def note_rules(self, rules: RulesVersion) -> None:
        """Writes down what a set of rules consists of, unless that is known."""
        ...

    def rules_versions(self) -> tuple[RulesVersion, ...]:
        """Every set of rules that scores were made by, in the order of their first use."""
        ...

    def save_scores(
        self,
        scores: Sequence[Score],
        now: datetime,
        *,
        of: Sequence[Mention] = (),
        before: Mapping[str, ScoreBrief] | None = None,
    ) -> None:
        """Scores with alignments and receipts; the newest of a mention replaces the one before.

        ``of`` are the mentions as they were read: the score of one that changed meanwhile is dropped, and it stays
        unscored; so is that of one that was scored meanwhile, or with ``before`` has come to wait for a score, so that
        no process undoes what another did. So is the score of a mention that is gone. ``before`` keeps what a rescoring
        replaces, by mention, for :meth:`rescored`; a score that is replaced without it leaves nothing behind.
        """
        ...

    def context(self, context_id: str) -> ScoringContext | None:
        """The frozen context of that id."""
        ...

    def save_context(self, context: ScoringContext) -> ScoringContext:
        """Keeps a context; the one already kept under this id wins and is returned."""
        ...

    def pool_texts(
        self, since: datetime, until: datetime, limit: int, *, by_author: int | None = None
    ) -> Iterator[str]:
        """Texts of trainable items collected in the interval, for word counts, oldest first.

        ``by_author`` is how many of one author are taken at most; of a story then only the first text is.
        """
        ...

    def reach_weights(self, since: datetime, until: datetime) -> Mapping[str, Sequence[float]]:
        """Per channel (the item key's part before ``:``), the reach weights of items whose reach was known.

        One weight an item; items collected in the interval.
        """
        ...


class ReadStore(Protocol):
    """What listings, digests and people read."""

    def mentions(
        self,
        *,
        subject: str | None = None,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        tone: str | None = None,
        message: str | None = None,
        story: str | None = None,
        search: str | None = None,
        limit: int | None = None,
        counted: Counted = Counted.COUNTED,
        after: tuple[datetime, str] | None = None,
    ) -> Iterator[ScoredMention | Mention]:
        """Mentions, newest first, scored where a score exists. ``since``/``until`` bound the told time, half-open.

        Those that were judged irrelevant are left out unless ``counted`` asks for them. ``after`` is the told time and
        id of a mention: those that follow it in this order.
        """
        ...

    def count_mentions(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        search: str | None = None,
        counted: Counted = Counted.COUNTED,
        **filters: str | None,
    ) -> int:
        """How many mentions :meth:`mentions` would give for the same filters."""
        ...

    def mention(self, mention_id: str) -> ScoredMention | Mention | None:
        """One mention by its public id."""
        ...

    def owned_stories(
        self, subjects: Collection[str], among: Collection[str] | None = None, *, shared: bool = False
    ) -> frozenset[str]:
        """Stories that hold a text that one of these subjects said itself, whenever that was.

        A repost by which a subject passes on what others said is not its own text. Those in ``among`` if given: asking
        for all of them reads the whole archive. With ``shared`` only those of them that several mentions tell, which is
        much quicker where most have one alone.
        """
        ...

    def covered(self, since: datetime, until: datetime) -> Mapping[Target, tuple[Interval, ...]]:
        """What each target has covered of the interval, merged and clipped."""
        ...

    def arrivals(self) -> Mapping[Target, tuple[datetime, ...]]:
        """The hours in which things were published at each target, oldest first; the last few hundred."""
        ...

    def gaps(self, since: datetime, until: datetime) -> Mapping[Target, tuple[Gap, ...]]:
        """Gaps that touch the interval, clipped."""
        ...

    def polls(self, since: datetime, until: datetime) -> Mapping[str, tuple[int, int, int, float]]:
        """Per source: polls, polls that failed, billable reads, US dollars in the interval."""
        ...


class DigestStore(Protocol):
    """The outbox."""

    def incidents(self) -> tuple[Incident, ...]:
        """Troubles of targets whose end was not told yet, oldest first; :meth:`ListenStore.finish_poll` keeps them."""
        ...

    def announce(self, notice: Notice, deliveries: Sequence[Delivery]) -> None:
        """Notice, marks on its incidents and pending deliveries, in one transaction.

        Raises ``Outdated`` when one of them was told by another notice meanwhile, or is no longer as it was.
        """
        ...

    def join_notice(self, notice: str, incidents: Collection[int]) -> None:
        """Marks incidents as told by a notice that went out before. Raises ``Outdated`` as :meth:`announce` does."""
        ...

    def notice(self, notice_id: str) -> Notice | None:
        """One notice by id."""
        ...

    def notices(self, limit: int) -> tuple[tuple[Notice, tuple[Delivery, ...]], ...]:
        """Notices with their deliveries, newest first."""
        ...

    def digest_for(self, report: str, window: Window) -> Digest | None:
        """The digest of that report and window, if it was published."""
        ...

    def last_digest(self, report: str, before: datetime | None = None) -> Digest | None:
        """The latest window's digest of a report, of those that ended by ``before``."""
        ...

    def untold(self, report: str, window: Window, *, again: bool = False) -> Iterator[ScoredMention]:
        """Scored mentions that this report has not told: told time in the window, or earlier (``late``).

        Late is what came too late for a digest of this report: told time since its first window, or collected since its
        first digest was made, and said within ``LATE_WITHIN`` before the window; what is older, a new feed's archive
        for one, is never told. Before the first digest nothing is late. Newest first; what was judged irrelevant is
        left out. ``again``: as if neither this window's digest nor a later one had been written, for a look at a day
        that is past.
        """
        ...

    def erasures_known(self) -> int:
        """How many lines the log of erasures has: to be asked before composing what may tell others' words."""
        ...

    def publish(self, digest: Digest, deliveries: Sequence[Delivery], erasures: int | None = None) -> Digest:
        """Digest row, marks on what it tells and pending deliveries, in one transaction.

        The digest already kept for (report, window) wins and is returned. Raises ``Outdated`` when a mention of it was
        told by another digest of the report meanwhile, or is gone, or was erased after the log had that many
        ``erasures``: compose again.
        """
        ...

    def digests(self, limit: int, after: str | None = None) -> tuple[tuple[Digest, tuple[Delivery, ...]], ...]:
        """Digests with their deliveries, newest first; those that follow the digest ``after`` in that order."""
        ...

    def digests_of(self, report: str, limit: int) -> tuple[Digest, ...]:
        """A report's digests, the newest window first."""
        ...

    def feed_turn(self, report: str, *, anew: bool = False) -> int:
        """Which turn the address of a report's feed is in, the first from now on if it had none; ``anew``: the next."""
        ...

    def feed_turns(self) -> Mapping[str, int]:
        """The reports whose feed has an address, and the turn of each."""
        ...

    def claim_deliveries(self, now: datetime, limit: int, stale_before: datetime) -> tuple[Delivery, ...]:
        """Due deliveries, marked ``sending``. One left in ``sending`` since before ``stale_before`` comes as
        ``in_doubt``, with what its sender did counted as an attempt. What a clock that ran ahead dated beyond any wait
        is due.
        """
        ...

    def settle_delivery(
        self, delivery: Delivery, attempt: Attempt | None = None, instead: Sequence[Delivery] = ()
    ) -> tuple[Delivery, ...]:
        """Writes a delivery's state, attempts, next attempt, sent time and error, with a line in the log of attempts.

        ``instead`` are deliveries by another channel, written in the same transaction; those that were, returned. One
        is left out where that recipient has, or is still to get, the same digest or notice by any channel.
        """
        ...

    def deliveries_of(self, digest: str) -> tuple[Delivery, ...]:
        """A digest's deliveries, by channel and recipient."""
        ...

    def attempts(self, digest: str) -> Mapping[str, tuple[Attempt, ...]]:
        """The log of a digest's deliveries, by delivery, oldest first; the last few attempts of the last months."""
        ...

    def digest(self, digest_id: str) -> Digest | None:
        """One digest by id."""
        ...


class Store(
    ListenStore,
    BudgetStore,
    ScoreStore,
    RelevanceStore,
    FeedbackStore,
    LearnStore,
    ReviewStore,
    ReadStore,
    DigestStore,
    AlertStore,
    OfferStore,
    ShopStore,
    SightingStore,
    TallyStore,
    ToneStore,
    VoiceStore,
    VitalStore,
    BriefStore,
    ExportStore,
    AimStore,
    RecheckStore,
    KeepingStore,
    Protocol,
):
    """Everything, as one database gives it."""

    def close(self) -> None:
        """Closes this thread's connection."""
        ...
