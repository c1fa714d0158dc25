"""Alerts, wired: days are judged, what is out of the ordinary is kept, explained and told, each event once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.digest.notices.alerts import AlertDesk, compose_alert_notice
from bot.digest.notices.sources import delivery_of
from bot.errors import HeardError, Outdated
from bot.model import Delivery, Notice, Window
from bot.model.alert import SENSITIVITIES, Alert, AlertKind, AlertRule, Backtest, DayNumbers, Judged, Severity
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.watch.backtest import backtest, is_alarm, threshold_of
from bot.watch.baseline import REACH
from bot.watch.events import alert_id, first_day, severity_of, size_of, to_tell
from bot.watch.judging import judge
from bot.watch.many import largest_discovery
from bot.watch.quiet import held_until
from bot.watch.routes import channels_for
from bot.wiring.apart import apart
from bot.wiring.listen.listening import Listening, never
from bot.wiring.offers.tracing import Tracing
from bot.wiring.score.learning import Learning
from bot.wiring.tell.channels import Channels
from bot.wiring.watch.evidence import Evidence
from bot.wiring.watch.leaks import Leaks
from bot.wiring.watch.watched_days import WatchedDays
from config.settings import Settings

TESTED = 90
"""Days that a back-test looks back over."""
YEAR = 365
"""Days of history that a budget chooses its threshold from."""
RECENT = 3
"""Days that are judged at each look, today among them: what comes late, or came while Heard was down, is not lost."""
_OPEN = timedelta(days=RECENT + REACH)
_OF_CHANCE = (AlertKind.SPIKE, AlertKind.SILENCE, AlertKind.NEGATIVE_SURGE)

log = logging.getLogger("heard.alerts")


@dataclass(frozen=True, slots=True)
class Watched:
    """One series under watch: a rule's, of one subject."""

    rule: AlertRule
    subject: str


@dataclass(frozen=True, slots=True)
class Tested:
    """A rule's back-test on one subject, and what it would be at each sensitivity."""

    watched: Watched
    found: Backtest
    at: dict[str, Backtest]


@dataclass(frozen=True, slots=True)
class Hears:
    """Who would hear of a rule's alerts of one severity."""

    rule: AlertRule
    subject: str
    severity: Severity
    channels: tuple[str, ...]


class Alarms:
    """The alarm of one configuration."""

    def __init__(
        self,
        settings: Settings,
        store: HeardStore,
        clock: Clock,
        listening: Listening,
        channels: Channels,
        learning: Learning,
        tracing: Tracing,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._listening = listening
        self._channels = channels
        self._zone = ZoneInfo(settings.timezone)
        self._evidence = Evidence(settings, store, learning)
        self._leaks = Leaks(settings, store, tracing)
        self._thresholds: dict[tuple[str, str], tuple[date, float]] = {}
        self._tested: tuple[tuple[date, frozenset[str]], tuple[Tested, ...]] | None = None

    def look(self, *, stop: Callable[[], bool] = never) -> tuple[Notice, ...]:
        """Judges the last days, keeps what is out of the ordinary, and writes what is to be told into the outbox.

        However often it is asked, and by however many processes, an event is one alert and one notice. A rule that
        fails holds up no other: it is logged, and HeardError raised when all were tried.
        """
        if not self._settings.alerts:
            return ()
        days = WatchedDays(self._settings, self._store, self._clock, self._listening)
        failed: dict[str, None] = {}
        self._raise_by_count(days, failed, stop)
        for watched in self.watched():
            if stop():
                break
            with apart(log, "alert", watched.rule.id, failed), suppress(Outdated):
                # Outdated: erased meanwhile, so that the next look raises it.
                if watched.rule.kind is AlertKind.CONTRARY_MESSAGE:
                    self._raise_contrary(watched, days, stop)
                elif watched.rule.kind is AlertKind.CODE_LEAK:
                    self._leaks.keep(watched.rule, days.now, self._zone)
        told = tuple(self._tell(days.now, failed))
        if failed:
            raise HeardError(f"not looked after: {', '.join(failed)}; the log says why")
        return told

    def watched(self, rule_id: str | None = None) -> tuple[Watched, ...]:
        """The series under watch: of each rule its subject, or every own subject; of leaks, one."""
        own = [subject.id for subject in self._settings.subjects if subject.own]
        return tuple(
            Watched(rule, subject)
            for rule in self._settings.alerts
            if rule_id in (None, rule.id)
            for subject in ([""] if rule.kind is AlertKind.CODE_LEAK else [rule.subject] if rule.subject else own)
        )

    def raised(self, window: Window) -> tuple[Alert, ...]:
        """What was raised in a window, newest first."""
        return self._store.alerts(since=window.start, until=window.end)

    def latest(self, limit: int | None = None, since: datetime | None = None) -> tuple[Alert, ...]:
        """What was raised last, newest first."""
        return self._store.alerts(since=since, limit=limit)

    def alert(self, alert_id: str) -> Alert | None:
        """One alert by id."""
        return self._store.alert(alert_id)

    def desk(self) -> AlertDesk:
        """What alerts are written with."""
        names = {subject.id: subject.name for subject in self._settings.subjects}
        names |= {offer.id: offer.name for offer in self._settings.offers}
        return AlertDesk(names, self._settings.timezone, self._settings.public_url)

    def series(self, watched: Watched, number: int) -> tuple[DayNumbers, ...]:
        """The last days of a series, today the last: what :func:`bot.watch.backtest.backtest` is asked about."""
        days = WatchedDays(self._settings, self._store, self._clock, self._listening)
        if watched.rule.kind is AlertKind.CODE_LEAK:
            return self._leaks.series([day.day for day in days.days(number)], self._zone)
        return days.series(watched.rule, watched.subject, number)

    def tests(
        self, rule_id: str | None = None, *, days: int = TESTED, progress: Callable[[int], None] | None = None
    ) -> Iterator[Tested]:
        """What each rule would have done on the last ``days`` days, as it is set and at each sensitivity."""
        for done, watched in enumerate(self.watched(rule_id), 1):
            rule = replace(watched.rule, subject=watched.subject or None)
            series = self.series(watched, max(days, YEAR if rule.at_most else 0) + REACH)
            p = threshold_of(rule, judge(rule.kind, series)[:-RECENT]) if rule.at_most else rule.p
            known = series[-(days + REACH) :]
            found = backtest(rule, known, p=p, last=days)
            plain = rule.kind in _OF_CHANCE
            at = {word: backtest(rule, known, p=one, last=days) for word, one in SENSITIVITIES.items()} if plain else {}
            if progress is not None:
                progress(done)
            yield Tested(watched, found, at)

    def tested(self) -> tuple[Tested, ...]:
        """What :meth:`tests` says, worked out once a local day and whenever other rules score: pages ask often."""
        today = self._clock.now().astimezone(self._zone).date()
        asked = today, frozenset(one.version for one in self._store.rules_versions())
        if self._tested is None or self._tested[0] != asked:
            self._tested = asked, tuple(self.tests())
        return self._tested[1]

    def hears(self) -> tuple[Hears, ...]:
        """Who would hear of what, for each series and severity."""
        return tuple(
            Hears(one.rule, one.subject, severity, self._heard_by(one.rule, one.subject, severity))
            for one in self.watched()
            for severity in Severity
        )

    def _heard_by(self, rule: AlertRule, subject: str, severity: Severity) -> tuple[str, ...]:
        return channels_for(rule, subject, severity, self._settings.routes)

    def _raise_by_count(self, days: WatchedDays, failed: dict[str, None], stop: Callable[[], bool]) -> None:
        """Judges every series of counts, and keeps the alarms that hold among all of them."""
        judged: dict[Watched, Sequence[Judged | None]] = {}
        series: dict[Watched, Sequence[DayNumbers]] = {}
        for one in self.watched():
            if stop():
                return
            if one.rule.kind in _OF_CHANCE:
                with apart(log, "alert", one.rule.id, failed):
                    series[one] = days.series(one.rule, one.subject, RECENT + REACH)
                    judged[one] = judge(one.rule.kind, series[one])
        for back in range(RECENT, 0, -1):
            alike = {
                (one.rule.kind, one.rule.counting, one.subject): found.p
                for one, words in judged.items()
                if (found := words[-back]) is not None and found.p is not None
            }
            discovered = largest_discovery(list(alike.values()))
            for one, words in judged.items():
                if stop():
                    return
                with apart(log, "alert", one.rule.id, failed), suppress(Outdated):
                    found, threshold = words[-back], self._threshold(one, days)
                    if found is not None and is_alarm(found, threshold) and (found.p or 0) <= discovered:
                        self._keep(one, found, threshold, days, series[one][-back])

    def _threshold(self, watched: Watched, days: WatchedDays) -> float:
        """The probability below which a day is an alarm; by a budget it is chosen once a day, from the year before."""
        rule = watched.rule
        if rule.at_most is None:
            return rule.p
        key = rule.id, watched.subject
        known = self._thresholds.get(key)
        if known is None or known[0] != days.today:
            judged = judge(rule.kind, days.series(rule, watched.subject, RECENT + YEAR + REACH))
            known = self._thresholds[key] = days.today, threshold_of(rule, judged[:-RECENT])
            log.info("alert=%s subject=%s at_most=%s threshold=%.3g", *key, rule.at_most.words, known[1])
        return known[1]

    def _keep(self, watched: Watched, found: Judged, threshold: float, days: WatchedDays, day: DayNumbers) -> None:
        """Raises an alarm, or brings the alert of its event up to date."""
        rule, subject = watched.rule, watched.subject
        known = [one for one in self._store.alerts(since=days.now - _OPEN, rule=rule.id) if one.subject == subject]
        first = first_day(found, known)
        event = first.isoformat()
        before = next((one for one in known if one.event == event), None)
        if before and (before.last_day > found.day or (before.last_day, before.count) == (found.day, found.count)):
            return  # told of a later day, or as it was: nothing has changed
        severity, erasures = severity_of(found), self._store.erasures_known()
        if before is not None and before.severity.rank > severity.rank:
            severity = before.severity
        alert = Alert(
            id=alert_id(rule.id, subject, event),
            rule=rule.id,
            kind=rule.kind,
            subject=subject,
            event=event,
            day=first,
            last_day=found.day,
            severity=severity,
            count=found.count,
            size=size_of(found, first),
            raised_at=days.now,
            updated_at=days.now,
            expected=found.expected,
            p=found.p,
            body=self._evidence.of_counts(rule, subject, found, threshold, first, days, day),
        )
        self._store.raise_alert(alert, erasures)
        if before is None:
            log.warning("alert=%s rule=%s subject=%s day=%s count=%d", alert.id, rule.id, subject, first, found.count)

    def _raise_contrary(self, watched: Watched, days: WatchedDays, stop: Callable[[], bool]) -> None:
        """Keeps each story that goes against a message: one alert a story, however many copies it has."""
        rule, subject = watched.rule, watched.subject
        since = days.days(RECENT)[0].start
        surge = {one.day for one in judge(AlertKind.SPIKE, days.series(rule, subject, RECENT + REACH))[-RECENT:]
                 if one is not None and is_alarm(one, rule.p)}  # fmt: skip
        erasures = self._store.erasures_known()
        for story in self._evidence.contrary(rule, subject, since):
            if stop():
                return
            name = alert_id(rule.id, subject, story.story)
            before = self._store.alert(name)
            body = self._evidence.of_story(rule, story) if before is None or before.count < story.told else None
            if body is None:
                continue  # told as it is, or taken back meanwhile
            day = story.at.astimezone(self._zone).date()
            severity = Severity.HIGH if day in surge else Severity.MEDIUM if story.contradicts else Severity.LOW
            alert = Alert(
                id=name,
                rule=rule.id,
                kind=rule.kind,
                subject=subject,
                event=story.story,
                day=day,
                last_day=story.last.astimezone(self._zone).date(),
                severity=severity,
                count=story.told,
                size=story.told,
                raised_at=days.now,
                updated_at=days.now,
                body=body,
            )
            self._store.raise_alert(alert, erasures)

    def _tell(self, now: datetime, failed: dict[str, None]) -> Iterator[Notice]:
        """Writes notices of what is new, or has grown, into the outbox; one another process wrote is left to it."""
        for watched in self.watched():
            rule, erasures = watched.rule, self._store.erasures_known()
            known = [
                one
                for one in self._store.alerts(since=now - _OPEN, rule=rule.id)
                if rule.kind is AlertKind.CODE_LEAK or one.subject == watched.subject
            ]
            for subject in sorted({one.subject for one in known}):
                with apart(log, "alert", rule.id, failed), suppress(Outdated):
                    if notice := self._told(rule, [one for one in known if one.subject == subject], now, erasures):
                        yield notice

    def _told(self, rule: AlertRule, alerts: Sequence[Alert], now: datetime, erasures: int) -> Notice | None:
        """The notice of what is due of these alerts of one rule and subject, written into the outbox.

        Raises Outdated when another process was quicker, or something was erased since the log had that many
        ``erasures``.
        """
        subject = alerts[0].subject
        last = self._store.last_told(rule.id, subject)
        due = to_tell(alerts, rule, now, last)
        if rule.kind is AlertKind.CODE_LEAK:
            due = self._leaks.untold(due)
        if not due:
            return None
        notice = compose_alert_notice(due, self.desk(), now)
        worst = max((one.severity for one in due), key=lambda one: one.rank)
        deliveries = self._deliveries(notice, rule, self._heard_by(rule, subject, worst), now)
        self._store.tell_alerts(notice, due, deliveries, last, self._leaks.marks(due), erasures)
        log.warning("notice=%s alert=%s: %s", notice.id, rule.id, notice.subject_line)
        return notice

    def _deliveries(
        self, notice: Notice, rule: AlertRule, channels: Sequence[str], now: datetime
    ) -> tuple[Delivery, ...]:
        """A delivery to each recipient once; in quiet hours not before they end."""
        pairs = dict.fromkeys((name, to) for name in channels for to in self._channels[name].recipients)
        start = held_until(now, rule.quiet, self._zone) or now
        return tuple(delivery_of(notice, *pair, start) for pair in pairs)
