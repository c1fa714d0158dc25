"""Telling, wired: composing, publishing and sending digests, with what several stages know brought together.

The stages never see each other; a digest's input is gathered here from the store, the scores and the offers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.digest import render
from bot.digest.compose import DigestInput, compose
from bot.digest.deliver import Forms, deliver
from bot.digest.numbers import Numbers, numbers_of
from bot.digest.publish import Draft, digest_id, publish
from bot.digest.series import SeriesBreak, series_break
from bot.digest.windows import due_at, latest_due, previous_window, window_covering, window_ending_before
from bot.errors import HeardError, StoreError
from bot.model import (
    Counted,
    Delivery,
    Digest,
    Interval,
    Mention,
    MessageStanding,
    PeriodScore,
    Reach,
    Report,
    ScoredMention,
    ToneStanding,
    Window,
)
from bot.offers.counts import count_offers
from bot.ports import Clock
from bot.score.bracket import story_reach
from bot.score.labelled import said_by_people
from bot.score.period import change_between, period_score
from bot.score.receipt import recompute
from bot.score.reviewed import mixed_counts
from bot.score.summary import earned_stories, summarise
from bot.store.sqlite import SqliteStore
from bot.wiring.channels import Channels
from bot.wiring.learning import Learning
from bot.wiring.listening import QUIET_COVERAGE, Listening, never
from bot.wiring.patience import LONGEST, Patience
from bot.wiring.reviewing import Reviewing
from config.settings import Settings

log = logging.getLogger("heard.tell")


class Telling:
    """The editorial desk of one configuration."""

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        clock: Clock,
        listening: Listening,
        channels: Channels,
        reviewing: Reviewing,
        learning: Learning,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._listening = listening
        self._channels = channels
        self._reviewing = reviewing
        self._learning = learning
        self._patience = Patience()

    def window(self, report_id: str, last_day: date | None) -> tuple[Report, Window]:
        """A configured digest and the window that ends with ``last_day``, or its last full one."""
        report = next(row for row in self._settings.reports if row.id == report_id)
        zone = self._settings.timezone
        if last_day is None:
            return report, window_ending_before(report, self._clock.now(), zone)
        return report, window_covering(report, last_day, zone)

    def compose(self, report: Report, window: Window) -> Mapping[str, Any]:
        """A digest's body as it would be now; nothing is kept."""
        return compose(self._gather(report, window))

    def publish(self, report: Report, window: Window) -> Digest:
        """The digest of that window, written into the outbox once; what it may tell is scored first.

        Raises HeardError for a window that is not over.
        """

        def draft() -> Draft:
            self._listening.score_within(window)
            given = self._gather(report, window)
            return Draft(compose(given), tuple(scored.mention.id for scored in given.mentions))

        return publish(
            self._store,
            report,
            window,
            compose=draft,
            recipients=self._channels.recipients(report),
            now=self._clock.now(),
        )

    def publish_due(self, *, stop: Callable[[], bool] = never) -> tuple[Digest, ...]:
        """Writes every digest whose time has come and that is not yet written; ``stop`` is asked before each.

        One that cannot be written holds up no other: it is logged, and HeardError raised when all were tried.
        """
        written: list[Digest] = []
        failed: list[str] = []
        for report in self._settings.reports:
            if stop():
                break
            try:
                written += self._publish_if_due(report, stop)
            except StoreError:
                raise  # no fault of the digest, and the others need the database too
            except HeardError as error:
                log.error("digest=%s error=%s: %s", report.id, type(error).__name__, error)  # noqa: TRY400 the cause is named; no trace
                failed.append(report.id)
            except Exception:
                # A bug that one digest trips over must not silence the others: seen in full in the log.
                log.exception("digest=%s bug", report.id)
                failed.append(report.id)
        if failed:
            raise HeardError(f"not written: {', '.join(failed)}; the log says why")
        return tuple(written)

    def deliver(self, *, stop: Callable[[], bool] = never) -> tuple[Delivery, ...]:
        """Sends what is due in the outbox, asking ``stop`` before each; how each delivery then stands."""
        return deliver(self._store, self._channels, _forms, self._clock, stop=stop)

    def standings(self, start: datetime, end: datetime) -> tuple[MessageStanding, ...]:
        """How each message stands in what was said in ``[start, end)``, beside the stretch of that length before.

        Over a series break there is nothing beside it: see :meth:`series_break`.
        """
        own_stories, before = self._own_stories(), Interval(start - (end - start), start)
        comparable = self.series_break(start, end) is None
        said = self._scored(before.start, before.end) if comparable else ()
        earlier = self._standings(said, before, own_stories) if comparable else ()
        return self._standings(self._scored(start, end), Interval(start, end), own_stories, earlier)

    def series_break(self, start: datetime, end: datetime) -> SeriesBreak | None:
        """Whether ``[start, end)`` and the stretch of that length before were scored by different rules."""
        own = {subject.id for subject in self._settings.subjects if subject.own}
        before, now = (
            [one for one in self._scored(*stretch) if one.mention.subject in own]
            for stretch in ((start - (end - start), start), (start, end))
        )
        return series_break(now, before, self._store.rules_versions(), self._settings.timezone)

    def tone(self, start: datetime, end: datetime) -> ToneStanding:
        """The net tone of what others said of the own subjects in ``[start, end)``."""
        return self._reviewing.tone(self._scored(start, end), Interval(start, end))

    def numbers(self, start: datetime, end: datetime) -> Numbers:
        """How many items, stories and voices of others speak about the own subjects in ``[start, end)``."""
        own = {subject.id for subject in self._settings.subjects if subject.own}
        said = [one for one in self._scored(start, end) if one.mention.subject in own]
        return numbers_of(one for story in earned_stories(said, self._own_stories()) for one in story)

    def recompute(self, scored: ScoredMention) -> float | None:
        """A stored score, worked out again from its receipt."""
        return recompute(scored.score.factors)

    def _publish_if_due(self, report: Report, stop: Callable[[], bool]) -> tuple[Digest, ...]:
        window = latest_due(report, self._clock.now(), self._settings.timezone)
        if not self._is_owed(report, window) or self._waits(report, window):
            return ()
        self._listening.score_within(window, stop=stop)
        return () if stop() else (self.publish(report, window),)

    def _is_owed(self, report: Report, window: Window) -> bool:
        return self._store.digest_for(report.id, window) is None and self._was_there(report, window)

    def _waits(self, report: Report, window: Window) -> bool:
        """Whether a source that was due with the digest is still to be tried, as after a night asleep; not for ever."""
        name, now = digest_id(report.id, window), self._clock.now()
        untried = self._listening.untried(due_at(report, window))
        if not untried:
            self._patience.forget(name)
            return False
        since = self._patience.since(name, now)
        if since == now:
            log.info("digest=%s waits for targets=%d at most=%s", report.id, len(untried), LONGEST)
        return now - since < LONGEST

    def _was_there(self, report: Report, window: Window) -> bool:
        """Whether Heard was there by the middle of the window: a fresh installation owes nobody yesterday's digest."""
        middle = window.start + (window.end - window.start) / 2
        return self._store.last_digest(report.id) is not None or bool(self._store.polls(window.start, middle))

    def _gather(self, report: Report, window: Window) -> DigestInput:
        settings, store, now = self._settings, self._store, self._clock.now()
        before = previous_window(report, window)
        own = {subject.id for subject in settings.subjects if subject.own}
        # Counted before the scored ones are read: what is scored in between is counted twice rather than not at all.
        unscored = sum(mention.subject in own for mention in self._listening.unscored(window))
        mentions, earlier = tuple(store.untold(report.id, window)), self._scored(before.start, before.end)
        own_stories = self._own_stories()
        messages_before = self._standings(earlier, before.interval, own_stories)
        on_time = [one for one in mentions if not one.late]
        looked = self._listening.looked(window, now)
        return DigestInput(
            report=report,
            window=window,
            previous_window=before,
            now=now,
            subjects=settings.subjects,
            mentions=self._learning.as_labelled(mentions),
            own_stories=own_stories,
            told_until=last.window.end if (last := store.last_digest(report.id)) else None,
            unscored=unscored,
            set_aside=sum(one.subject in own for one in self._set_aside(window)),
            previous=self._learning.as_labelled(earlier),
            story_reach=self._reach_of_story,
            messages=self._standings(on_time, window.interval, own_stories, messages_before),
            messages_before=messages_before,
            tone=self._reviewing.tone(on_time, window.interval),
            drifts=tuple(filter(None, (one.text for one in self._reviewing.drifts()))),
            rules=store.rules_versions(),
            score=(score := self._period_score(on_time, own_stories)),
            score_before=(score_before := self._period_score(earlier, own_stories)),
            score_change=change_between(score_before, score),
            offers=count_offers(settings.offers, store.offer_events(), window=window, previous=before, now=now),
            targets=looked.targets,
            covered=looked.covered,
            gaps=looked.gaps,
            money=looked.money,
            polls=store.polls(window.start, window.end),
            connectors=looked.connectors,
            quiet_coverage=QUIET_COVERAGE,
        )

    def _set_aside(self, window: Window) -> Iterator[Mention]:
        found = self._store.mentions(since=window.start, until=window.end, counted=Counted.NO)
        return (one if isinstance(one, Mention) else one.mention for one in found)

    def _scored(self, start: datetime, end: datetime) -> tuple[ScoredMention, ...]:
        return tuple(one for one in self._store.mentions(since=start, until=end) if isinstance(one, ScoredMention))

    def _standings(
        self,
        mentions: Sequence[ScoredMention],
        period: Interval,
        own_stories: frozenset[str],
        previous: Sequence[MessageStanding] = (),
    ) -> tuple[MessageStanding, ...]:
        messages, subjects = self._settings.messages, self._settings.subjects
        labelled = self._learning.as_labelled(mentions)
        counted = summarise(messages, labelled, subjects, period=period, own_stories=own_stories, previous=previous)
        return tuple(
            one if one.corrected else mixed_counts(one, said_by_people(labelled, one.message))
            for one in self._reviewing.corrected(counted, mentions, period)
        )

    def _period_score(self, mentions: Sequence[ScoredMention], own_stories: frozenset[str]) -> PeriodScore | None:
        """What others say about the own subjects, added up."""
        own = {subject.id for subject in self._settings.subjects if subject.own}
        earned = earned_stories((one for one in mentions if one.mention.subject in own), own_stories)
        return period_score(one for story in earned for one in story)

    def _own_stories(self) -> frozenset[str]:
        return self._store.owned_stories({subject.id for subject in self._settings.subjects if subject.own})

    def _reach_of_story(self, told: Sequence[ScoredMention]) -> tuple[Reach, int]:
        """Each voice once, with its largest placement; and how many voices that is."""
        placements = [(one.mention.item.voice, one.score.reach) for one in told]
        return story_reach(placements, self._settings.audience_universe)


def _forms(digest: Digest) -> Forms:
    return Forms(render.render_text(digest.body), render.render_html(digest.body), render.render_json(digest.body))
