"""Alerts of leaked codes, wired: they take the notices of leaks over, so that nobody is told of one twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

from bot.digest.notices.leaks import compose_leak_notice, untold_places
from bot.digest.notices.sources import Desk
from bot.model import Leak
from bot.model.alert import Alert, AlertRule, DayNumbers, Severity
from bot.store.verbs import HeardStore
from bot.watch.events import alert_id
from bot.wiring.offers.tracing import Tracing
from config.settings import Settings

Mark = tuple[str, str, str]


class Leaks:
    """The leaks of one configuration, as alerts. The subject of each is its offer, the event its code."""

    def __init__(self, settings: Settings, store: HeardStore, tracing: Tracing) -> None:
        self._settings = settings
        self._store = store
        self._tracing = tracing

    def keep(self, rule: AlertRule, now: datetime, zone: tzinfo) -> None:
        """Raises an alert for each code that was seen at a place that nobody was told of."""
        erasures, known = self._store.erasures_known(), self._store.leaks_told()
        for leak in self._tracing.untold_leaks():
            places = untold_places(leak, known) if leak.active else ()
            if places:
                alert = self._alert(rule, leak, places, now, leak.since.astimezone(zone).date())
                self._store.raise_alert(alert, erasures)

    def untold(self, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
        """Those of these alerts that name a place that nobody was told of, by whatever notice."""
        known = self._store.leaks_told()
        return tuple(one for one in alerts if not known.issuperset(self.marks([one])))

    def marks(self, alerts: Sequence[Alert]) -> tuple[Mark, ...]:
        """The (offer, code, place) that telling these alerts tells of."""
        return tuple(
            (one.subject, str(one.body["code"]), str(place)) for one in alerts for place in one.body.get("untold", ())
        )

    def series(self, days: Sequence[date], zone: tzinfo) -> tuple[DayNumbers, ...]:
        """How many codes leaked on each of these days."""
        found = [leak.since.astimezone(zone).date() for leak in self._tracing.leaks()]
        return tuple(DayNumbers(day, found.count(day)) for day in days)

    def _alert(self, rule: AlertRule, leak: Leak, places: Sequence[str], now: datetime, day: date) -> Alert:
        desk = Desk({offer.id: offer.name for offer in self._settings.offers}, (), self._settings.timezone)
        notice = compose_leak_notice(leak.offer, {leak: places}, desk, now)
        return Alert(
            id=alert_id(rule.id, leak.offer, leak.code),
            rule=rule.id,
            kind=rule.kind,
            subject=leak.offer,
            event=leak.code,
            day=day,
            last_day=day,
            severity=Severity.HIGH if leak.after else Severity.MEDIUM,
            count=leak.sightings,
            size=len(leak.places),
            raised_at=now,
            updated_at=now,
            body={
                "headline": notice.subject_line,
                "paragraphs": notice.body["paragraphs"],
                "seen": notice.body["seen"],
                "code": leak.code,
                "places": [[place, 1] for place in leak.places],
                "untold": list(places),
            },
        )
