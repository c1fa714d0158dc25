"""The use case of keeping no longer than asked: what is due goes, a few items at a time, so that nobody waits long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.model.keeping import Cause, Erasure, Forgotten, Held, Retention
from bot.ports import Clock
from bot.ports.keeping_store import KeepingStore
from bot.stewardship.reckoning import is_worth_keeping, reckoned

BATCH = 25
"""Items that one transaction erases: some ten milliseconds."""

Stop = Callable[[], bool]

log = logging.getLogger("heard.keep")


def forget_due(
    store: KeepingStore,
    retention: Retention,
    known: frozenset[str],
    clock: Clock,
    stop: Stop,
    as_of: datetime | None = None,
) -> Forgotten:
    """Erases words, authors and numbers whose time is up, the oldest first; ``stop`` is asked after every few.

    ``known`` are handles of the configuration, which stay. ``as_of``: what was due then; None: now.
    """
    total = Forgotten()
    for what, forget in ((Held.WORDS, _words), (Held.AUTHORS, _authors), (Held.NUMBERS, _numbers)):
        before = retention.before(what, as_of or clock.now())
        if before is None or stop():
            continue
        done = forget(store, before, known, clock, stop)
        if done.items:
            log.info("retention=%s items=%d mentions=%d digests=%d", what, done.items, done.mentions, done.digests)
        total += done
    return total


def reckon(store: KeepingStore, now: datetime) -> datetime:
    """The time that retention goes by; ``now``, unless the clock has just jumped ahead."""
    before = store.reckoning()
    after = reckoned(before, now)
    if is_worth_keeping(before, after):
        store.keep_reckoning(after)
    if after.doubted is not None and (before is None or after.doubted != before.doubted):
        log.warning(
            "the clock is %s ahead of when Heard last ran: nothing more is erased for its age until the clock has stood "
            "by that for a day; see that it is right",
            after.doubted - after.confirmed,
        )
    return after.confirmed


def forget_keys(
    store: KeepingStore, keys: Sequence[str], *, who: str, clock: Clock, stop: Stop = lambda: False
) -> Forgotten:
    """Erases these items because a person asked, a few at a time."""
    total, asked_at = Forgotten(), clock.now()
    for start in range(0, len(keys), BATCH):
        if stop():
            break
        part = keys[start : start + BATCH]
        total += store.forget_items(part, cause=Cause.REQUEST, noticed_at=asked_at, now=clock.now(), who=who)
    return total


def reapply(store: KeepingStore, newer: Sequence[Erasure], clock: Clock) -> Forgotten:
    """Erases again what the log of a newer database says was erased since the backup that ``store`` was restored from.

    Of what was forgotten for good and has no words there, the marks stay: it may be read anew. The two must be one
    database at two times: only then do the marks of the log fit its keys.
    """
    known = {line.seal for line in store.erasures()}
    lines = [one for one in newer if one.seal not in known and one.what is Held.WORDS]
    found = store.marked({mark for line in lines for mark in line.marks}) if lines else {}
    total = Forgotten()
    # What its platform removed once, and a person wants forgotten since, must not come back.
    for line in sorted(lines, key=lambda one: one.cause is Cause.UPSTREAM):
        if keys := [found[mark] for mark in line.marks if mark in found]:
            total += store.forget_items(
                keys, cause=line.cause, noticed_at=line.noticed_at, now=clock.now(), who=line.who
            )
        if line.cause is not Cause.UPSTREAM and (absent := [mark for mark in line.marks if mark not in found]):
            store.keep_out(line, absent)
    return total


def _words(store: KeepingStore, before: datetime, known: frozenset[str], clock: Clock, stop: Stop) -> Forgotten:
    del known
    total = Forgotten()
    while not stop() and (due := store.words_due(before, BATCH)):
        now = clock.now()
        late = min(collected for _, collected in due)
        noticed_at = min(now, late + (now - before))  # when the time of the oldest was up
        keys = [key for key, _ in due]
        total += store.forget_items(keys, cause=Cause.RETENTION, noticed_at=noticed_at, now=now)
    return total


def _authors(store: KeepingStore, before: datetime, known: frozenset[str], clock: Clock, stop: Stop) -> Forgotten:
    total, after = Forgotten(), None
    while not stop():
        done, after = store.forget_authors(before, known, clock.now(), BATCH, after)
        total += done
        if after is None:
            break
    return total


def _numbers(store: KeepingStore, before: datetime, known: frozenset[str], clock: Clock, stop: Stop) -> Forgotten:
    del known
    total = Forgotten()
    while not stop():
        done = store.forget_numbers(before, clock.now(), BATCH)
        if not done.items:
            break
        total += done
    return total
