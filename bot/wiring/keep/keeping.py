"""Keeping, wired: what is forgotten when its time is up or somebody asks, and the statement of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import HeardError
from bot.model import DeliveryState
from bot.model.keeping import Erasure, Forgotten, Held, Sample, Wanted
from bot.ports import Clock
from bot.stewardship.audit import Verdict, verified
from bot.stewardship.forgetting import forget_due, forget_keys, reckon
from bot.stewardship.retention import sentences
from bot.stewardship.statement import Statement, erased_by, within
from bot.store.verbs import HeardStore
from bot.wiring.keep.asking import everything_meant
from bot.wiring.keep.backups import Backups
from bot.wiring.listen.listening import never
from bot.wiring.tell.telling import Telling
from config.settings import Settings

COPIES = frozenset({"file"})
"""Kinds of channels whose letters lie in a folder of ours, where they can be written anew."""
QUIET_HOUR = 3
"""The local hour in which the file is written anew, on a day after something was erased."""
RECENT = timedelta(days=2)
MOST = 100_000
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=1)
"""How long copies that cannot be written are left alone: at first, and at most."""
_UNDER_WAY = frozenset({DeliveryState.SENDING, DeliveryState.IN_DOUBT})

log = logging.getLogger("heard.keep")


class Keeping:
    """The keeper of what others said, and the one who forgets it."""

    def __init__(
        self, settings: Settings, store: HeardStore, clock: Clock, telling: Callable[[], Telling], backups: Backups
    ) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._telling, self._backups = telling, backups
        self._reckoning = Lock()
        self._settled: str | None = None
        self._rewritten: date | None = None
        self._told: date | None = None
        self._put_off_copies: dict[str, tuple[datetime, timedelta]] = {}

    def look(self, stop: Callable[[], bool] = never) -> Forgotten:
        """Erases what is due, sees that nothing is left of what was erased, and writes kept copies anew."""
        as_of = self.confirmed(self._clock.now())
        done = forget_due(self._store, self._settings.retention, self.known, self._clock, stop, as_of)
        self._backups.discard_old(as_of)
        if not stop():
            before = self._settled
            if self.settle(stop) and self._settled != before:
                self._tell_of_put_aside()
        return done

    def confirmed(self, now: datetime) -> datetime:
        """The time that retention goes by: ``now``, unless the clock has just jumped ahead."""
        with self._reckoning:
            return reckon(self._store, now)

    def settle(self, stop: Callable[[], bool] = never, *, rewrite: bool | None = None) -> bool:
        """Removes what erasures left in the database's files and in kept copies; whether nothing is left.

        ``rewrite`` None: the file is written anew in the quiet hour.
        """
        self._write_copies_anew(stop)
        last = self._store.last_erasure()
        if last is None:
            return True
        rewrite = self._is_time(last) if rewrite is None else rewrite
        if last.seal == self._settled and not rewrite:
            return True
        if not self._store.settle_erasure(stop, rewrite=rewrite):
            return False
        self._settled = last.seal
        if rewrite:
            self._rewritten = self._today()
            log.info("database was written anew, so that nothing of what was erased is left in it")
        return True

    def asked_for(self, wanted: Wanted) -> Iterator[Sample]:
        """Every item that a person wants forgotten."""
        return everything_meant(self._store, wanted)

    def forget(self, wanted: Wanted, who: str) -> tuple[Forgotten, bool]:
        """Erases them, because a person asked; and whether nothing of them is left in the database's files."""
        keys = [sample.key for sample in self.asked_for(wanted)]
        done = forget_keys(self._store, keys, who=who, clock=self._clock)
        return done, not done.items or self.settle(rewrite=True)

    def verify(self, seal: str | None = None) -> Verdict:
        """Whether the audit log is whole."""
        return verified(self._store.erasures(), seal)

    def audit(self, since: datetime | None = None, until: datetime | None = None) -> tuple[Erasure, ...]:
        """The lines of the audit log in that time, the oldest first."""
        return within(self._store.erasures(), since, until)

    def statement(self, since: datetime | None = None, until: datetime | None = None) -> Statement:
        """The statement as of now; what was erased is counted from the lines of the log."""
        lines = tuple(self._store.erasures())
        verdict = verified(lines)
        retention, now = self._settings.retention, self._clock.now()
        before = retention.before(Held.WORDS, now)
        return Statement(
            at=now,
            since=since,
            until=until,
            held=self._store.holdings(),
            erased=erased_by(within(lines, since, until)),
            overdue=0 if before is None else len(self._store.words_due(before, MOST)),
            settings=tuple(sentences(retention)),
            lines=verdict.lines,
            seal=verdict.last,
            wrong=verdict.wrong,
        )

    def _tell_of_put_aside(self) -> None:
        """Says once a day, after an erasure, which files it did not reach."""
        if self._told != self._today() and (lines := self._backups.put_aside_lines()):
            self._told = self._today()
            for line in lines:
                log.warning("an erasure does not reach it: %s", line)

    @property
    def known(self) -> frozenset[str]:
        """Handles that stand in the configuration: own accounts, outlets, places of offers."""
        return known_handles(self._settings)

    def _write_copies_anew(self, stop: Callable[[], bool]) -> None:
        for told, deliveries in self._store.stale():
            if stop():
                return
            if not self._is_time_for(told.id):
                continue
            try:
                if written := self._telling().write_again(told, deliveries, COPIES):
                    log.info("%s: copies written anew=%d", told.id, written)
            except HeardError as error:  # a folder that is gone holds up neither the others nor the erasure
                self._put_off(told.id, error)
                continue
            self._put_off_copies.pop(told.id, None)
            # Who sends it just now may have read it as it was: then its copy is written anew once it is there.
            if not any(one.state in _UNDER_WAY for one in deliveries):
                self._store.fresh_again(told)

    def _is_time_for(self, name: str) -> bool:
        """Whether the copies of a digest or notice are to be tried now; also where the clock was set back meanwhile."""
        at, wait = self._put_off_copies.get(name, (None, timedelta(0)))
        return at is None or not at - wait <= self._clock.now() < at

    def _put_off(self, name: str, error: HeardError) -> None:
        """Tries these copies again later and later; people are told once."""
        _, before = self._put_off_copies.get(name, (None, timedelta(0)))
        wait = min(max(2 * before, _FIRST_WAIT), _LONGEST_WAIT)
        level = logging.DEBUG if before else logging.WARNING
        log.log(level, "%s: its copies could not be written anew, and are tried again: %s", name, error)
        self._put_off_copies[name] = self._clock.now() + wait, wait

    def _is_time(self, last: Erasure) -> bool:
        now = self._clock.now()
        hour = now.astimezone(ZoneInfo(self._settings.timezone)).hour
        return hour == QUIET_HOUR and self._rewritten != self._today() and now - last.erased_at < RECENT

    def _today(self) -> date:
        return self._clock.now().astimezone(ZoneInfo(self._settings.timezone)).date()


def known_handles(settings: Settings) -> frozenset[str]:
    """Every handle that a configuration names, in small letters and without ``@``."""
    subjects = {handle.removeprefix("@").casefold() for subject in settings.subjects for handle in subject.handles}
    return frozenset(subjects | {text[1:].casefold() for text in _texts(settings.raw) if text.startswith("@")})


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for one in value.values():
                yield from _texts(one)
        case list() | tuple():
            for one in value:
                yield from _texts(one)
