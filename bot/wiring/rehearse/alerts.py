"""When alerts would have fired under another configuration's rules, on the days that are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.errors import ConfigError
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.app import App
from bot.wiring.watch.alarming import TESTED, Alarms
from config.settings import Settings

Days = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class AlertDays:
    """One rule of one subject: the days on which it fired, and would have; None: there is no such rule."""

    rule: str
    subject: str
    before: Days | None
    after: Days | None


@dataclass(frozen=True, slots=True)
class RehearsedAlerts:
    """The rules that are otherwise, over the last ``days`` days. ``why_not`` says why nothing could be tried."""

    rows: tuple[AlertDays, ...] = ()
    days: int = TESTED
    why_not: str = ""


def rehearse_alerts(present: Settings, other: Settings, clock: Clock, store: HeardStore) -> RehearsedAlerts:
    """What the rules that differ would have done on what ``store`` holds, which is only read."""
    old, new = ({rule.id: rule for rule in side.alerts} for side in (present, other))
    changed = {name for name in (*old, *new) if old.get(name) != new.get(name)}
    if not changed:
        return RehearsedAlerts()
    apps = [App(side, clock, store=store) for side in (present, other)]
    try:
        before, after = (_fired(app.alarms, changed) for app in apps)
    except ConfigError as error:
        return RehearsedAlerts(why_not=str(error))
    finally:
        for app in apps:
            app.close()
    names = dict.fromkeys((*before, *after))
    return RehearsedAlerts(tuple(AlertDays(*name, before.get(name), after.get(name)) for name in names))


def _fired(alarms: Alarms, rules: set[str]) -> dict[tuple[str, str], Days]:
    return {
        (tested.watched.rule.id, tested.watched.subject): tested.found.fired
        for rule in sorted(rules)
        for tested in alarms.tests(rule)
    }
