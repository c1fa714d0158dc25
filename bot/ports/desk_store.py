"""What the listening desk asks of the store: pages and coverage, money, relevance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model import (
        Cost,
        Cursor,
        DayCost,
        DayCount,
        Gap,
        HourCount,
        Interval,
        Item,
        Label,
        LabelKind,
        Mention,
        MessageModel,
        Outcome,
        Page,
        PollReport,
        Reconciliation,
        Relevance,
        RelevanceModel,
        ReviewSample,
        Saved,
        ScoredMention,
        Stage,
        Target,
        TargetState,
        Volume,
    )


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
        charge: int | None = None,
        backfill: str | None = None,
    ) -> Saved:
        """Items, mentions, cursor, coverage, gaps and cost in one transaction; harmless when repeated.

        An item that is already known is updated when its words changed (and its mentions re-matched). The lease is
        held on until ``hold_until``. With ``owner``, a worker whose lease was overtaken still saves what it read, but
        moves neither cursor nor lease. ``trainable``: the connector's word on whether these texts may be counted.
        ``charge`` is what was opened for the page's request; ``Saved.cost`` is what is booked in its place. With
        ``backfill`` the cursor is that backfill's, and neither the target's cursor nor its lease is touched.
        """
        ...

    def finish_poll(
        self, report: PollReport, state: TargetState, gaps: Sequence[Gap], *, owner: str | None = None
    ) -> None:
        """Writes the poll's row, adds gaps, and, if ``owner`` (None: whoever) still holds it, sets the target's new
        state and gives the lease back. The cursor is moved by ``save_page`` only; a pause meanwhile stays a pause.
        """
        ...

    def add_gaps(self, target: Target, gaps: Sequence[Gap]) -> None:
        """Writes down what has not been looked at; what is covered, or known to be missing, is left as it is."""
        ...

    def arrivals_of(self, target: Target) -> tuple[datetime, ...]:
        """The hours in which things were published at a target, whether they name a subject or not; oldest first.

        The last few hundred, as the target's pages gave them.
        """
        ...

    def set_paused(self, source: str, paused: bool, now: datetime) -> int:
        """Pauses or resumes a source's targets; how many there were."""
        ...

    def spent(self, source: str, since: datetime) -> Cost:
        """What a source has cost since then."""
        ...

    def story_candidates(self, since: datetime) -> Iterator[tuple[str, Item, datetime]]:
        """``(story, item, collected at)`` of items that carry a mention since then, oldest first."""
        ...

    def join_stories(self, joined: Sequence[tuple[str, str]]) -> None:
        """Gives the mentions of each younger story to the older one, in order of the ``(younger, older)`` pairs.

        Harmless when repeated.
        """
        ...


class BudgetStore(Protocol):
    """The ledger of what listening costs."""

    def open_charge(
        self,
        target: Target,
        most: Cost,
        now: datetime,
        judge: Callable[[Cost, Cost], None],
        *,
        what: str = "",
        instead: int | None = None,
    ) -> int | None:
        """Writes down a request's highest cost before it is made; None where that is nothing.

        ``judge`` is given what the source has cost today and this month (UTC) without the charge ``instead``, which is
        taken back, and raises where ``most`` does not fit any more; nothing is written then.
        """
        ...

    def day_costs(self, source: str, since: datetime) -> Mapping[date, DayCost]:
        """What a source cost, by UTC day, from the day of ``since`` on; days without cost are left out."""
        ...

    def cost_shares(self, source: str, since: datetime) -> Mapping[str, tuple[Cost, int]]:
        """What each subject's searches cost since the day of ``since``, and how many mentions were collected."""
        ...

    def save_volume(self, target: Target, volume: Volume, now: datetime, *, charge: int | None = None) -> None:
        """Counts by subject and hour, newer ones in place of older, and what asking cost, in place of ``charge``."""
        ...

    def hour_counts(self, since: datetime, until: datetime) -> Mapping[str, tuple[HourCount, ...]]:
        """What was counted, by source, of the hours that begin in the interval."""
        ...

    def counted_days(self, source: str, since: datetime) -> Mapping[date, DayCount]:
        """What was counted, by UTC day, from the hour of ``since`` on."""
        ...

    def stage(self, source: str) -> tuple[Stage, datetime] | None:
        """How much of the source is read, and since when; None when it was never decided."""
        ...

    def set_stage(self, source: str, stage: Stage, now: datetime) -> None:
        """Notes how much of the source is read from now on."""
        ...

    def reconcile(
        self,
        target: Target,
        platform: Mapping[date, int],
        days: Sequence[date],
        price: Cost,
        now: datetime,
        reason: str | None,
    ) -> None:
        """Keeps the platform's figures for ``days`` beside ours, and books what it counts more at ``price`` each.

        Harmless when repeated. Our own figure is never made smaller, but what is in doubt about a day that ended before
        yesterday is what the platform says. ``reason`` says why it named none.
        """
        ...

    def reconciled(self, source: str, since: date) -> tuple[Reconciliation, ...]:
        """The platform's figures beside ours, oldest day first."""
        ...

    def begin_backfill(
        self, backfill: str, target: Target, interval: Interval, now: datetime, *, again: bool = False
    ) -> tuple[Cursor | None, Interval, bool]:
        """Where a backfill stands: its cursor, the interval that it began with, whether it is done. Begins a new one.

        ``again``: one that is done begins anew, with this interval.
        """
        ...

    def end_backfill(self, backfill: str, now: datetime) -> None:
        """Notes that a backfill is done."""
        ...


class RelevanceStore(Protocol):
    """What judging relevance asks of the store, and the labels of the desk."""

    def unjudged(self, subject: str, version: str, limit: int) -> tuple[tuple[Mention, Label | None], ...]:
        """A subject's mentions that were judged by another version or whose words changed since, oldest first.

        Each with the last label of relevance that a person gave it.
        """
        ...

    def save_relevance(self, judged: Sequence[tuple[Mention, Relevance]]) -> None:
        """Judgements of mentions as they were read.

        One that was labelled meanwhile keeps its label; one that a digest has told, what it was told by. One whose
        words changed meanwhile stays unjudged.
        """
        ...

    def add_label(self, label: Label, decided: Relevance | None) -> None:
        """Appends a label; ``decided`` becomes the mention's relevance in the same transaction.

        Raises ``StoreError`` when there is no such mention.
        """
        ...

    def labels(self, *, mention: str | None = None, kind: LabelKind | None = None) -> Iterator[Label]:
        """Labels as they were given, oldest first."""
        ...

    def training_labels(self, subject: str, limit: int) -> tuple[tuple[Mention, bool], ...]:
        """The newest relevance labels that hold, of mentions whose items may be trained on; no others leave here."""
        ...

    def training_counts(self) -> Mapping[str, tuple[int, int]]:
        """Per subject, how many of those say relevant, and how many say irrelevant."""
        ...

    def relevance_models(self) -> tuple[RelevanceModel, ...]:
        """Each subject's present classifier, by subject."""
        ...

    def save_relevance_model(self, model: RelevanceModel) -> None:
        """Keeps a subject's classifier in place of the one before."""
        ...


class LearnStore(Protocol):
    """What people say of tone and messages, and what was learned from it about each message."""

    def peoples_words(self, mentions: Collection[str]) -> Mapping[str, Sequence[Label]]:
        """Labels of tone and messages by mention, oldest first; mentions without any are left out."""
        ...

    def message_labels(
        self, message: str, limit: int, *, drawn_before: datetime
    ) -> tuple[tuple[Mention, Outcome], ...]:
        """The newest labels of a message that hold, of mentions whose items may be trained on; no others leave here.

        Stories that were drawn at random for a period that ended after ``drawn_before`` are left out: estimates rest on
        them.
        """
        ...

    def count_message_labels(self, message: str, *, drawn_before: datetime) -> int:
        """How many those are."""
        ...

    def message_models(self) -> tuple[MessageModel, ...]:
        """What was learned about each message, by message."""
        ...

    def message_versions(self) -> Mapping[str, str]:
        """The version of each of those, by message: what tells cheaply whether anything was learned since."""
        ...

    def save_message_model(self, model: MessageModel) -> None:
        """Keeps what was learned about a message in place of what was learned before."""
        ...


class ReviewStore(Protocol):
    """What the review asks of the store; labels are :class:`RelevanceStore`'s."""

    def draw_sample(self, period: Interval, samples: Sequence[ReviewSample]) -> bool:
        """Keeps a period's random sample; False, and nothing is kept, when it was drawn before."""
        ...

    def add_samples(self, samples: Sequence[ReviewSample]) -> None:
        """Keeps what was picked otherwise; what is there already stays as it is."""
        ...

    def review_samples(self, since: datetime, until: datetime) -> tuple[ReviewSample, ...]:
        """What was picked in periods that touch ``[since, until)``, by period, stratum and place."""
        ...

    def review_mentions(self, since: datetime, until: datetime) -> Iterator[ScoredMention | Mention]:
        """The mentions picked in periods that touch ``[since, until)``, newest first, irrelevant ones too."""
        ...
