"""What a digest is made of, brought together from the stages: the store, the scores, the offers, the objectives.

The stages never see each other; their values meet here, and the digest is composed of nothing but values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.digest.compose import DigestInput, sections_of
from bot.digest.content.health import looked_share
from bot.digest.sending.windows import previous_window
from bot.model import (
    Counted,
    Interval,
    LateTally,
    Mention,
    MessageStanding,
    PeriodScore,
    Reach,
    Report,
    ScoredMention,
    Target,
    ToneStanding,
    Window,
    mention_of,
)
from bot.model.keeping import Held
from bot.ports import Clock
from bot.score.bracket import story_reach
from bot.score.labelled import said_by_people
from bot.score.period import change_between, period_score
from bot.score.reviewed import mixed_counts
from bot.score.summary import counted_standings, earned_stories, summarise
from bot.store.verbs import HeardStore
from bot.wiring.listen.listening import QUIET_COVERAGE, Listening
from bot.wiring.offers.comparing import Comparing
from bot.wiring.offers.reconciling import Reconciling
from bot.wiring.offers.tracing import Tracing
from bot.wiring.score.learning import Learning
from bot.wiring.score.reviewing import Reviewing
from bot.wiring.tell.remembering import history
from config.settings import Settings


class OfferDesk(NamedTuple):
    """What is known of offers: how often each was redeemed, who named it, and whether to keep it up."""

    reconciling: Reconciling
    tracing: Tracing
    comparing: Comparing


class Gathering:
    """The researcher of one configuration: what was said, counted and looked at in a window."""

    def __init__(
        self,
        settings: Settings,
        store: HeardStore,
        clock: Clock,
        listening: Listening,
        reviewing: Reviewing,
        learning: Learning,
        offers: OfferDesk,
        due: Callable[[], Sequence[str]],
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._listening = listening
        self._reviewing = reviewing
        self._learning = learning
        self._offers = offers
        self._due = due
        self._own = frozenset(subject.id for subject in settings.subjects if subject.own)

    def tone(self, mentions: Sequence[ScoredMention], period: Interval) -> ToneStanding:
        """The net tone of what others say of the own subjects in ``mentions``."""
        return self._reviewing.tone(mentions, period)

    def given(self, report: Report, window: Window, *, again: bool = False) -> DigestInput:
        """Everything that a digest of this report and window is made of, as it is known now.

        ``again``: as if neither this window's digest nor a later one had been written.
        """
        given = self._said(report, window, again=again)
        return self._with_offers(self._with_looks(given))

    def _said(self, report: Report, window: Window, *, again: bool) -> DigestInput:
        """What was said, and what the scores come to."""
        settings, store = self._settings, self._store
        before = previous_window(report, window)
        # Counted before the scored ones are read: what is scored in between is counted twice rather than not at all.
        unscored = store.count_without_score(self._own, window.start, window.end)
        mentions, earlier = tuple(store.untold(report.id, window, again=again)), self.scored(before.start, before.end)
        own_stories = self.own_stories(one.mention.story for one in (*mentions, *earlier))
        messages_before = self.standings(earlier, before.interval, own_stories)
        on_time = [one for one in mentions if not one.late]
        score_before, score = (self._period_score(said, own_stories) for said in (earlier, on_time))
        return DigestInput(
            report=report,
            window=window,
            previous_window=before,
            now=self._clock.now(),
            subjects=settings.subjects,
            mentions=self._learning.as_labelled(mentions),
            own_stories=own_stories,
            told_until=last.window.end if (last := store.last_digest(report.id, window.start)) else None,
            unscored=unscored,
            set_aside=sum(one.subject in self._own for one in self._set_aside(window)),
            previous=self._learning.as_labelled(earlier),
            story_reach=self._reach_of_story,
            messages=self.standings(on_time, window.interval, own_stories, messages_before),
            messages_before=messages_before,
            tone=self.tone(on_time, window.interval),
            drifts=tuple(filter(None, (one.text for one in self._reviewing.drifts()))),
            rules=store.rules_versions(),
            score=score,
            score_before=score_before,
            score_change=change_between(score_before, score),
            public_url=settings.public_url or "",
            activities=settings.activities,
        )

    def _with_looks(self, given: DigestInput) -> DigestInput:
        """With whether we looked, and how much was said over time."""
        report, window, store = given.report, given.window, self._store
        looked = self._listening.looked(window, given.now)
        targets = [state.target for state in looked.targets]
        return replace(
            given,
            targets=looked.targets,
            covered=looked.covered,
            gaps=looked.gaps,
            money=looked.money,
            polls=store.polls(window.start, window.end),
            coverage_before=self._coverage(targets, given.previous_window),
            connectors=looked.connectors,
            quiet_coverage=QUIET_COVERAGE,
            due=self._due() if "due" in sections_of(report) else (),
            history=history(
                store, targets, self._own, report, window, given.previous_window, self._kept_since(given.now)
            )
            if "volume" in sections_of(report)
            else None,
        )

    def _coverage(self, targets: Sequence[Target], window: Window) -> float:
        """The share of the window that was looked at."""
        return looked_share(targets, self._store.covered(window.start, window.end), window)

    def _kept_since(self, now: datetime) -> datetime | None:
        """Since when the numbers of single mentions are all there; None: they never go."""
        return self._settings.retention.before(Held.NUMBERS, now)

    def _with_offers(self, given: DigestInput) -> DigestInput:
        """With how often each offer was redeemed and, where a section tells it, who named it and whether to keep it."""
        report, window = given.report, given.window
        # Read before the ledger is counted: what comes in between is called late once too often rather than never.
        ledger = self._store.last_event()
        told = self._settings.offers if {"redemptions", "advice"} & {*sections_of(report)} else ()
        return replace(
            given,
            ledger=ledger,
            offers=self._offers.reconciling.counts_in(window, given.previous_window),
            late_redemptions=self._late_redemptions(report, window),
            chains=tuple(self._offers.tracing.chain(offer.id, window.interval) for offer in told),
            keeps=tuple(self._offers.comparing.keep(offer.id) for offer in told),
        )

    def _late_redemptions(self, report: Report, window: Window) -> tuple[LateTally, ...]:
        """What became known of days that this report's readers were told of since its last digest before ``window``."""
        told = self._store.last_digest(report.id, window.start)
        if told is None or "ledger" not in told.body:
            return ()
        return self._offers.reconciling.late(int(told.body["ledger"]), told.window.end)

    def _set_aside(self, window: Window) -> Iterator[Mention]:
        found = self._store.mentions(since=window.start, until=window.end, counted=Counted.NO)
        return map(mention_of, found)

    def scored(self, start: datetime, end: datetime) -> tuple[ScoredMention, ...]:
        """The scored mentions that were told in ``[start, end)``."""
        return tuple(one for one in self._store.mentions(since=start, until=end) if isinstance(one, ScoredMention))

    def briefly(self, start: datetime, end: datetime) -> tuple[ScoredMention, ...]:
        """Those of the own subjects without their words: enough for rates, and quickly read over weeks."""
        return self._store.briefly(self._own, start, end)

    def standings(
        self,
        mentions: Sequence[ScoredMention],
        period: Interval,
        own_stories: frozenset[str],
        previous: Sequence[MessageStanding] = (),
        *,
        alone: bool = False,
    ) -> tuple[MessageStanding, ...]:
        """How each message stands in ``mentions``, beside how it stood before; labels correct the counts.

        ``alone``: nothing is said of the weeks before, which then need not be read.
        """
        messages, subjects = self._settings.messages, self._settings.subjects
        labelled = self._learning.as_labelled(mentions)
        counted = summarise(messages, labelled, subjects, period=period, own_stories=own_stories, previous=previous)
        return tuple(
            one if one.corrected else mixed_counts(one, said_by_people(labelled, one.message))
            for one in self._reviewing.corrected(counted, mentions, period, alone=alone)
        )

    def counted_standings(self, period: Interval) -> tuple[MessageStanding, ...] | None:
        """How each message stands in a period, with counts of the database: no evidence, and nothing beside it.

        None where labels may correct the counts, for which :meth:`standings` must know the stories.
        """
        if self._reviewing.corrects(period):
            return None
        counts = self._store.outcome_counts(self._own, period.start, period.end)
        return counted_standings(self._settings.messages, counts, period)

    def _period_score(self, mentions: Sequence[ScoredMention], own_stories: frozenset[str]) -> PeriodScore | None:
        """What others say about the own subjects, added up."""
        earned = earned_stories((one for one in mentions if one.mention.subject in self._own), own_stories)
        return period_score(one for story in earned for one in story)

    def own_stories(self, among: Iterable[str], *, shared: bool = False) -> frozenset[str]:
        """Those of these stories that hold a text of one's own, whenever it was said.

        With ``shared`` only those that several mentions tell: enough to leave out what passes one's own text on.
        """
        return self._store.owned_stories(self._own, frozenset(among), shared=shared)

    def _reach_of_story(self, told: Sequence[ScoredMention]) -> tuple[Reach, int]:
        """Each voice once, with its largest placement; and how many voices that is."""
        placements = [(one.mention.item.voice, one.score.reach) for one in told]
        return story_reach(placements, self._settings.audience_universe)
