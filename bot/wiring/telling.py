"""Telling, wired: composing, publishing and sending digests, with what several stages know brought together.

The stages never see each other; a digest's input is gathered here from the store, the scores and the offers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.digest import render
from bot.digest.compose import DigestInput, compose
from bot.digest.deliver import Forms, deliver
from bot.digest.publish import Draft, publish
from bot.digest.windows import latest_due, previous_window, window_covering, window_ending_before
from bot.model import Delivery, Digest, Interval, MessageStanding, Reach, Report, ScoredMention, Window
from bot.offers.counts import count_offers
from bot.ports import Clock, Notifier
from bot.score.reach import story_reach
from bot.score.receipt import recompute
from bot.score.summary import summarise
from bot.store.sqlite import SqliteStore
from bot.wiring.listening import QUIET_COVERAGE, Listening
from config.settings import Settings


class Telling:
    """The editorial desk of one configuration."""

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        clock: Clock,
        listening: Listening,
        notifiers: Callable[[], Mapping[str, Notifier]],
        recipients: Callable[[Report], Sequence[tuple[str, str]]],
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._listening = listening
        self._notifiers = notifiers
        self._recipients = recipients

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
        """The digest of that window, written into the outbox once."""

        def draft() -> Draft:
            given = self._gather(report, window)
            return Draft(compose(given), tuple(scored.mention.id for scored in given.mentions))

        return publish(
            self._store,
            report,
            window,
            compose=draft,
            recipients=self._recipients(report),
            now=self._clock.now(),
        )

    def publish_due(self) -> tuple[Digest, ...]:
        """Writes every digest whose time has come and that is not yet written."""
        now, zone = self._clock.now(), self._settings.timezone
        written = []
        for report in self._settings.reports:
            window = latest_due(report, now, zone)
            if self._store.digest_for(report.id, window) is None and self._was_there(report, window):
                written.append(self.publish(report, window))
        return tuple(written)

    def deliver(self) -> tuple[Delivery, ...]:
        """Sends what is due in the outbox; how each delivery then stands."""
        return deliver(self._store, self._notifiers(), _forms, self._clock.now())

    def standings(self, start: datetime, end: datetime) -> tuple[MessageStanding, ...]:
        """How each message stands in what was told in ``[start, end)``."""
        return self._standings(self._scored(start, end), Interval(start, end))

    def recompute(self, scored: ScoredMention) -> float | None:
        """A stored score, worked out again from its receipt."""
        return recompute(scored.score.factors)

    def _was_there(self, report: Report, window: Window) -> bool:
        """Whether Heard was there by the middle of the window: a fresh installation owes nobody yesterday's digest."""
        middle = window.start + (window.end - window.start) / 2
        return self._store.last_digest(report.id) is not None or bool(self._store.polls(window.start, middle))

    def _gather(self, report: Report, window: Window) -> DigestInput:
        settings, store, now = self._settings, self._store, self._clock.now()
        before = previous_window(report, window)
        mentions, earlier = tuple(store.untold(report.id, window)), self._scored(before.start, before.end)
        messages_before = self._standings(earlier, before.interval)
        looked = self._listening.looked(window, now)
        return DigestInput(
            report=report,
            window=window,
            previous_window=before,
            now=now,
            subjects=settings.subjects,
            mentions=mentions,
            previous=earlier,
            story_reach=self._reach_of_story,
            messages=self._standings(mentions, window.interval, messages_before),
            messages_before=messages_before,
            offers=count_offers(settings.offers, store.offer_events(), window=window, previous=before, now=now),
            targets=looked.targets,
            covered=looked.covered,
            gaps=looked.gaps,
            polls=store.polls(window.start, window.end),
            connectors=looked.connectors,
            quiet_coverage=QUIET_COVERAGE,
        )

    def _scored(self, start: datetime, end: datetime) -> tuple[ScoredMention, ...]:
        return tuple(one for one in self._store.mentions(since=start, until=end) if isinstance(one, ScoredMention))

    def _standings(
        self, mentions: Sequence[ScoredMention], period: Interval, previous: Sequence[MessageStanding] = ()
    ) -> tuple[MessageStanding, ...]:
        settings = self._settings
        return summarise(settings.messages, mentions, settings.subjects, period=period, previous=previous)

    def _reach_of_story(self, told: Sequence[ScoredMention]) -> Reach:
        """Each voice once, with its largest placement."""
        return story_reach([(_voice(one), one.score.reach) for one in told], self._settings.audience_universe)


def _voice(scored: ScoredMention) -> str:
    author = scored.mention.item.author
    return author.id or author.handle or author.name or scored.mention.item.outlet


def _forms(digest: Digest) -> Forms:
    return Forms(render.render_text(digest.body), render.render_html(digest.body), render.render_json(digest.body))
