"""Telling, wired: composing, publishing and sending digests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.digest.compose import compose
from bot.digest.content.numbers import Numbers, numbers_of
from bot.digest.content.series import SeriesBreak, series_break
from bot.digest.sending.deliver import deliver, letter_of
from bot.digest.sending.publish import Draft, digest_id, publish
from bot.digest.sending.windows import due_at, latest_due, window_covering, window_ending_before
from bot.errors import HeardError
from bot.model import (
    Delivery,
    DeliveryState,
    Digest,
    Interval,
    MessageStanding,
    Notice,
    Report,
    ToneStanding,
    Window,
)
from bot.ports import Clock
from bot.score.summary import earned_stories
from bot.store.verbs import HeardStore
from bot.wiring.apart import apart
from bot.wiring.listen.listening import Listening, never
from bot.wiring.tell.channels import Channels
from bot.wiring.tell.forms import FormsMaker
from bot.wiring.tell.gathering import Gathering
from bot.wiring.tell.patience import LONGEST, Patience
from bot.wiring.tell.proving import Proving
from config.settings import Settings

log = logging.getLogger("heard.tell")


class Telling:
    """The editorial desk of one configuration."""

    def __init__(
        self,
        settings: Settings,
        store: HeardStore,
        clock: Clock,
        listening: Listening,
        channels: Channels,
        gathering: Gathering,
        proving: Proving,
        forms: FormsMaker,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._listening = listening
        self._channels = channels
        self._gathering = gathering
        self._proving = proving
        self._forms = forms
        self._patience = Patience()

    def window(self, report_id: str, last_day: date | None) -> tuple[Report, Window]:
        """A configured digest and the window that ends with ``last_day``, or its last full one."""
        report = next(row for row in self._settings.reports if row.id == report_id)
        zone = self._settings.timezone
        if last_day is None:
            return report, window_ending_before(report, self._clock.now(), zone)
        return report, window_covering(report, last_day, zone)

    def compose(self, report: Report, window: Window) -> Mapping[str, Any]:
        """A digest's body as it would be now, also of a day whose digest was written; nothing is kept."""
        return compose(self._proving.proven(self._gathering.given(report, window, again=True)))

    def publish(self, report: Report, window: Window, *, held: str | None = None) -> Digest:
        """The digest of that window, written into the outbox once; what it may tell is scored first. ``held`` says why
        it waits there for a person.

        Raises HeardError for a window that is not over.
        """

        def draft() -> Draft:
            self._listening.score_within(window)
            given = self._proving.proven(self._gathering.given(report, window))
            return Draft(compose(given), tuple(scored.mention.id for scored in given.mentions))

        return publish(
            self._store,
            report,
            window,
            compose=draft,
            recipients=self._channels.recipients(report),
            now=self._clock.now(),
            held=held,
        )

    def release_held(self, report: str) -> int:
        """Lets the held deliveries of a digest go out, and held notices with them; how many."""
        now = self._clock.now()
        return self._store.release_held(report, now) + self._store.release_held(None, now)

    def publish_due(self, *, stop: Callable[[], bool] = never) -> tuple[Digest, ...]:
        """Writes every digest whose time has come and that is not yet written; ``stop`` is asked before each.

        One that cannot be written holds up no other: it is logged, and HeardError raised when all were tried.
        """
        written: list[Digest] = []
        failed: dict[str, None] = {}
        for report in self._settings.reports:
            if stop():
                break
            with apart(log, "digest", report.id, failed):
                written += self._publish_if_due(report, stop)
        if failed:
            raise HeardError(f"not written: {', '.join(failed)}; the log says why")
        return tuple(written)

    def deliver(self, *, stop: Callable[[], bool] = never) -> tuple[Delivery, ...]:
        """Sends what is due in the outbox, asking ``stop`` before each; how each delivery then stands."""
        otherwise = self._channels.otherwise
        return deliver(self._store, self._channels, self._forms, self._clock, otherwise=otherwise, stop=stop)

    def write_again(self, told: Digest | Notice, deliveries: Sequence[Delivery], kinds: Collection[str]) -> int:
        """Gives what was changed since to the channels of these kinds that had delivered it; how many copies are anew.

        Raises DeliveryError and ConfigError as channels do.
        """
        kind_of = {channel.id: channel.kind for channel in self._settings.channels}
        held = [one for one in deliveries if kind_of.get(one.channel) in kinds and one.state is DeliveryState.SENT]
        for one in held:
            self._channels[one.channel].send(letter_of(told, one, self._forms))
        return len(held)

    def standings(self, start: datetime, end: datetime) -> tuple[MessageStanding, ...]:
        """How each message stands in what was said in ``[start, end)``, beside the stretch of that length before.

        Over a series break there is nothing beside it: see :meth:`series_break`.
        """
        before = Interval(start - (end - start), start)
        comparable = self.series_break(start, end) is None
        said = self._gathering.scored(before.start, before.end) if comparable else ()
        now = self._gathering.scored(start, end)
        own_stories = self._gathering.own_stories(one.mention.story for one in (*said, *now))
        earlier = self._gathering.standings(said, before, own_stories) if comparable else ()
        return self._gathering.standings(now, Interval(start, end), own_stories, earlier)

    def series_break(self, start: datetime, end: datetime) -> SeriesBreak | None:
        """Whether ``[start, end)`` and the stretch of that length before were scored by different rules."""
        before, now = self._gathering.briefly(start - (end - start), start), self._gathering.briefly(start, end)
        return series_break(now, before, self._store.rules_versions(), self._settings.timezone)

    def tone(self, start: datetime, end: datetime) -> ToneStanding:
        """The net tone of what others said of the own subjects in ``[start, end)``."""
        return self._gathering.tone(self._gathering.briefly(start, end), Interval(start, end))

    def numbers(self, start: datetime, end: datetime) -> Numbers:
        """How many items, stories and voices of others speak about the own subjects in ``[start, end)``."""
        said = self._gathering.briefly(start, end)
        own_stories = self._gathering.own_stories(one.mention.story for one in said)
        return numbers_of(one for story in earned_stories(said, own_stories) for one in story)

    def _publish_if_due(self, report: Report, stop: Callable[[], bool]) -> tuple[Digest, ...]:
        window = latest_due(report, self._clock.now(), self._settings.timezone)
        if not self._is_owed(report, window) or self._waits(report, window):
            return ()
        self._listening.score_within(window, stop=stop)
        return () if stop() else (self.publish(report, window, held=self._doubt(report, window)),)

    def _doubt(self, report: Report, window: Window) -> str | None:
        """Why a digest is not sent by itself: due between a backup and its restore, it may have been sent then."""
        unknown = self._store.restored()
        if unknown is None or not unknown.start <= due_at(report, window) < unknown.end:
            return None
        return "held: it fell due after the backup that was restored since, and may have been sent then"

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
        """Whether Heard was there by the middle of the window: a fresh installation owes nobody yesterday's digest, nor
        does one whose clock has gone back to years before it.
        """
        middle = window.start + (window.end - window.start) / 2
        told = self._store.last_digest(report.id, window.start)
        return told is not None or bool(self._store.polls(window.start, middle))
