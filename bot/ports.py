"""The ports: what each room may ask of the outside, as Protocols.

Use cases are written against these; adapters implement them; ``bot.wiring`` brings them together. Every port has one
contract suite in ``tests/contract/`` that each implementation passes. Store verbs are one transaction each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import requests

    from bot.model import (
        Alignment,
        Allowance,
        Cost,
        Cursor,
        Delivery,
        Digest,
        Gap,
        Interval,
        KeyMessage,
        Letter,
        Mention,
        OfferEvent,
        Page,
        PollReport,
        Query,
        Reason,
        Saved,
        Score,
        ScoredMention,
        ScoringContext,
        Target,
        TargetState,
        ToneReading,
        Usage,
        Window,
    )


class Clock(Protocol):
    """The one source of the present."""

    def now(self) -> datetime:
        """The present, aware UTC."""
        ...


class SessionFactory(Protocol):
    """Makes fresh HTTP sessions over the one guarded adapter (timeouts, body cap, address guard, redaction)."""

    def __call__(self, *, rebase: Mapping[str, str] | None = None) -> requests.Session:
        """A new session without cookies. ``rebase`` sends requests for one origin (key) to another (value)."""
        ...


@dataclass(frozen=True, slots=True)
class Deps:
    """What a connector is given: sessions, the clock, and a way to read a secret that its options refer to.

    ``secret(options, "bearer_token")`` reads ``bearer_token_env`` or ``bearer_token_file``; it raises ConfigError when
    neither leads to a value.
    """

    session: SessionFactory
    clock: Clock
    secret: Callable[[Mapping[str, Any], str], str]


class Connector(Protocol):
    """Reads one source. No store, no sleep, no retry, no clock but the one given, no logging of bodies or headers."""

    capabilities: frozenset[str]
    """The metric names that this source and mode can give, so that a digest can say what is missing."""
    trainable: bool
    """Whether the platform's terms allow its text in a fit or a calibration."""

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        """Yields small pages; what was yielded is safe when the next is asked for. Raises only ``SourceError`` kinds."""
        ...


class SentimentEngine(Protocol):
    """Reads the tone toward a subject."""

    name: str
    version: str
    languages: frozenset[str]
    """ISO 639-1 codes it can read; a text in another language gets no tone."""

    def read(self, passages: Sequence[Passage], overrides: Mapping[str, float]) -> ToneReading:
        """The tone of the passages together. ``overrides`` gives words a valence of the desk's own, in [-4, 4]."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence that concerns the subject. ``start`` is its offset in the mention's text; ``masked`` are stretches of
    ``text`` (code points, half-open) that carry no tone: the subject's name, handles, neutral phrases.
    """

    text: str
    start: int
    masked: tuple[tuple[int, int], ...] = ()


class LanguageIdentifier(Protocol):
    """Tells a text's language, or abstains."""

    def identify(self, text: str) -> str | None:
        """ISO 639-1 code, or None when the text is too short or too mixed to say."""
        ...


class MessageMatcher(Protocol):
    """Finds key messages in a text."""

    version: str

    def align(self, text: str, messages: Sequence[KeyMessage], context: ScoringContext) -> tuple[Alignment, ...]:
        """One alignment a message, in order, ``none`` included; each quote is verbatim from ``text``."""
        ...


class Notifier(Protocol):
    """Delivers a letter once; never retries, never de-duplicates."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom this channel reaches; a digest is one delivery to each."""
        ...

    def send(self, letter: Letter) -> None:
        """Returns when the far side has accepted. Raises ``DeliveryError``; anything else is a bug."""
        ...


class ListenStore(Protocol):
    """What listening asks of the store."""

    def add_targets(self, targets: Sequence[Target], now: datetime) -> None:
        """Makes rows for targets that have none, due at once; leaves the others alone."""
        ...

    def target_states(self) -> tuple[TargetState, ...]:
        """Every known target, by source and feed, without its gaps: those of an interval are :meth:`ReadStore.gaps`."""
        ...

    def lease(self, target: Target, owner: str, now: datetime, until: datetime) -> TargetState | None:
        """Takes the target for ``owner``; None when somebody else holds it. A lease that has run out is overtaken.

        So is one that reaches further ahead than a lease can, and coverage that does is taken back: a clock ran ahead.
        """
        ...

    def give_back(self, target: Target, owner: str) -> None:
        """Ends ``owner``'s lease without a poll; nothing happens when it is not theirs any more."""
        ...

    def save_page(
        self,
        target: Target,
        page: Page,
        mentions: Sequence[Mention],
        now: datetime,
        hold_until: datetime,
        *,
        owner: str | None = None,
        trainable: bool = False,
    ) -> Saved:
        """Items, mentions, cursor, coverage, gaps and cost in one transaction; harmless when repeated.

        An item that is already known is updated when its words changed (and its mentions re-matched). The lease is
        held on until ``hold_until``. With ``owner``, a worker whose lease was overtaken still saves what it read, but
        moves neither cursor nor lease. ``trainable``: the connector's word on whether these texts may be counted.
        """
        ...

    def finish_poll(
        self, report: PollReport, state: TargetState, gaps: Sequence[Gap], *, owner: str | None = None
    ) -> None:
        """Writes the poll's row, adds gaps, and, if ``owner`` (None: whoever) still holds it, sets the target's new
        state and gives the lease back. The cursor is moved by ``save_page`` only; a pause meanwhile stays a pause.
        """
        ...

    def set_paused(self, source: str, paused: bool, now: datetime) -> int:
        """Pauses or resumes a source's targets; how many there were."""
        ...

    def spent(self, source: str, since: datetime) -> Cost:
        """What a source has cost since then."""
        ...

    def story_candidates(self, since: datetime) -> Iterator[tuple[str, str, str | None, str, datetime]]:
        """``(story, item key, url, text, collected at)`` of items that carry a mention since then, oldest first."""
        ...


class ScoreStore(Protocol):
    """What scoring asks of the store."""

    def unscored(self, rules_version: str, limit: int) -> tuple[Mention, ...]:
        """Mentions that have no score by these rules or whose words or figures changed since, oldest first."""
        ...

    def save_scores(self, scores: Sequence[Score], now: datetime, *, of: Sequence[Mention] = ()) -> None:
        """Scores with alignments and receipts; the newest of a mention replaces the one before.

        ``of`` are the mentions as they were read: the score of one that changed meanwhile is dropped, and it stays
        unscored. So is the score of a mention that is gone.
        """
        ...

    def context(self, context_id: str) -> ScoringContext | None:
        """The frozen context of that id."""
        ...

    def save_context(self, context: ScoringContext) -> ScoringContext:
        """Keeps a context; the one already kept under this id wins and is returned."""
        ...

    def pool_texts(self, since: datetime, until: datetime, limit: int) -> Iterator[str]:
        """Texts of trainable items collected in the interval, for word counts."""
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
        search: str | None = None,
        limit: int | None = None,
    ) -> Iterator[ScoredMention | Mention]:
        """Mentions, newest first, scored where a score exists. ``since``/``until`` bound the told time, half-open."""
        ...

    def mention(self, mention_id: str) -> ScoredMention | Mention | None:
        """One mention by its public id."""
        ...

    def owned_stories(self, subjects: Collection[str]) -> frozenset[str]:
        """Stories that hold a text that one of these subjects said itself, whenever that was.

        A repost by which a subject passes on what others said is not its own text.
        """
        ...

    def covered(self, since: datetime, until: datetime) -> Mapping[Target, tuple[Interval, ...]]:
        """What each target has covered of the interval, merged and clipped."""
        ...

    def gaps(self, since: datetime, until: datetime) -> Mapping[Target, tuple[Gap, ...]]:
        """Gaps that touch the interval, clipped."""
        ...

    def polls(self, since: datetime, until: datetime) -> Mapping[str, tuple[int, int, int, float]]:
        """Per source: polls, polls that failed, billable reads, US dollars in the interval."""
        ...


class DigestStore(Protocol):
    """The outbox."""

    def digest_for(self, report: str, window: Window) -> Digest | None:
        """The digest of that report and window, if it was published."""
        ...

    def last_digest(self, report: str) -> Digest | None:
        """The latest window's digest of a report."""
        ...

    def untold(self, report: str, window: Window) -> Iterator[ScoredMention]:
        """Scored mentions that this report has not told: told time in the window, or earlier (``late``).

        Late is what came too late for a digest of this report: told time since its first window, or collected since
        its first digest was made, and said within ``LATE_WITHIN`` before the window; what is older, a new feed's archive
        for one, is never told. Before the first digest nothing is late. Newest first.
        """
        ...

    def publish(self, digest: Digest, deliveries: Sequence[Delivery]) -> Digest:
        """Digest row, marks on what it tells and pending deliveries, in one transaction.

        The digest already kept for (report, window) wins and is returned. Raises ``Outdated`` when a mention of it was
        told by another digest of the report meanwhile, or is gone: compose again.
        """
        ...

    def digests(self, limit: int) -> tuple[tuple[Digest, tuple[Delivery, ...]], ...]:
        """Digests with their deliveries, newest first."""
        ...

    def claim_deliveries(self, now: datetime, limit: int, stale_before: datetime) -> tuple[Delivery, ...]:
        """Due deliveries, marked ``sending``. One left in ``sending`` since before ``stale_before`` comes as ``in_doubt``."""
        ...

    def settle_delivery(self, delivery: Delivery) -> None:
        """Writes a delivery's state, attempts, next attempt, sent time and error."""
        ...

    def digest(self, digest_id: str) -> Digest | None:
        """One digest by id."""
        ...


@dataclass(frozen=True, slots=True)
class Since:
    """The starts of the present day and week in the offer's zone, for caps that count by them (aware UTC)."""

    day: datetime
    week: datetime


class OfferStore(Protocol):
    """The ledger: append-only events; whether a use is allowed is judged inside the transaction that writes it."""

    def issue(self, offer: str, codes: Sequence[tuple[str, str | None]], now: datetime) -> int:
        """Adds unique codes (normalised code, placement) as issued events; how many were new."""
        ...

    def find_code(self, code: str) -> tuple[str, str | None] | None:
        """``(offer, placement)`` of an issued unique code."""
        ...

    def append(
        self, event: OfferEvent, since: Since, judge: Callable[[Usage], Reason | None]
    ) -> tuple[OfferEvent, bool]:
        """Appends a redeemed event if ``judge`` of the present usage allows it, else the refused one with its reason.

        Returns the event written and False; or, when ``event.key`` was used before, the first event and True.
        """
        ...

    def roll_back(self, redemption: str, event_id: str, now: datetime) -> OfferEvent:
        """Gives a redemption back. Raises ``RedemptionRefused`` (already_rolled_back, unknown_code)."""
        ...

    def offer_events(self, since: datetime | None = None, offer: str | None = None) -> Iterator[OfferEvent]:
        """Events other than ``issued``, oldest first."""
        ...

    def codes(self, offer: str) -> Iterator[tuple[str, str | None, bool]]:
        """``(code, placement, used)`` of an offer's issued codes."""
        ...


class Store(ListenStore, ScoreStore, ReadStore, DigestStore, OfferStore, Protocol):
    """Everything, as one database gives it."""

    def close(self) -> None:
        """Closes this thread's connection."""
        ...


__all__ = [
    "Clock",
    "Connector",
    "Deps",
    "DigestStore",
    "LanguageIdentifier",
    "ListenStore",
    "MessageMatcher",
    "Notifier",
    "OfferStore",
    "Passage",
    "ReadStore",
    "ScoreStore",
    "SentimentEngine",
    "SessionFactory",
    "Since",
    "Store",
]
