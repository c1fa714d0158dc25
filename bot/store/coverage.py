"""The ledger of what was looked at, inside the caller's transaction.

Coverage wins over gaps: a gap is time that nothing covered. Intervals of a target are disjoint in both, and where two
causes claim the same time the one that was written down first keeps it, so that durations can be added up.
"""

from __future__ import annotations

from datetime import datetime

from bot.model import Gap, GapCause, Interval, Target
from bot.store.intervals import subtract, union
from bot.store.rows import gap_of, interval_of, span_values, target_values
from bot.store.session import Session
from bot.store.sql import listen as sql
from bot.store.values import moment_of, moment_or_none, stamp


def cover(db: Session, target: Target, covered: Interval) -> None:
    """Adds to what is covered, and closes the gaps that it fills, wholly or in part.

    Where it does not go on from what was covered before, what lies between and has no other cause lost its place.
    """
    if covered.start >= covered.end:
        return
    touching = [interval_of(row) for row in db.execute(sql.COVERAGE_TOUCHING, span_values(target, covered))]
    if not touching:
        _note_break(db, target, covered.start)
    for old in touching:
        db.execute(sql.DROP_COVERAGE, span_values(target, old))
    for whole in union([*touching, covered]):
        db.execute(sql.ADD_COVERAGE, span_values(target, whole))
    for gap in _gaps_touching(db, target, covered):
        db.execute(sql.DROP_GAP, span_values(target, gap.interval))
        for rest in subtract(gap.interval, [covered]):
            _write_gap(db, target, rest, gap.cause)


def _note_break(db: Session, target: Target, start: datetime) -> None:
    """Writes down what nothing accounts for between the last coverage (or the first poll) and ``start``."""
    row = db.execute(sql.ACCOUNTED_UNTIL, target_values(target) | {"start": stamp(start)}).fetchone()
    if row is not None:  # else its first poll is under way
        add_gap(db, target, Gap(Interval(moment_of(row["until"]), start), GapCause.STALE_CURSOR))


def take_back(db: Session, target: Target, now: datetime, far: datetime) -> None:
    """Cuts coverage that ends beyond ``far`` back to the last poll before ``now``; what begins later was never seen.

    Gaps that end beyond it are cut back to ``now``: what has not been yet cannot have been missed.
    """
    key = target_values(target)
    for row in db.execute(sql.COVERAGE_BEYOND, key | {"far": stamp(far)}).fetchall():
        claimed = interval_of(row)
        db.execute(sql.DROP_COVERAGE, span_values(target, claimed))
        last = moment_or_none(db.execute(sql.LAST_POLL, key | {"now": stamp(now)}).fetchone()["at"])
        if last is not None and claimed.start < last:
            db.execute(sql.ADD_COVERAGE, span_values(target, Interval(claimed.start, last)))
    for row in db.execute(sql.GAPS_BEYOND, key | {"far": stamp(far)}).fetchall():
        gap = gap_of(row)
        db.execute(sql.DROP_GAP, span_values(target, gap.interval))
        if gap.interval.start < now:
            _write_gap(db, target, Interval(gap.interval.start, now), gap.cause)


def add_gap(db: Session, target: Target, gap: Gap) -> None:
    """Writes down what of a gap is neither covered nor already known to be missing."""
    if gap.interval.start >= gap.interval.end:
        return
    covered = [interval_of(row) for row in db.execute(sql.COVERAGE_TOUCHING, span_values(target, gap.interval))]
    known = _gaps_touching(db, target, gap.interval)
    pieces = subtract(gap.interval, [*covered, *(old.interval for old in known)])
    same = [old.interval for old in known if old.cause is gap.cause]
    for old in same:
        db.execute(sql.DROP_GAP, span_values(target, old))
    for whole in union([*same, *pieces]):
        _write_gap(db, target, whole, gap.cause)


def add_gap_since_last(db: Session, target: Target, gap: Gap) -> None:
    """The same for a gap that no poll has looked into yet: it reaches back to what was accounted for last.

    What was pending when the source fell silent was not looked at for the same cause.
    """
    row = db.execute(sql.ACCOUNTED_UNTIL, target_values(target) | {"start": stamp(gap.interval.start)}).fetchone()
    start = gap.interval.start if row is None else min(gap.interval.start, moment_of(row["until"]))
    add_gap(db, target, Gap(Interval(start, gap.interval.end), gap.cause))


def _gaps_touching(db: Session, target: Target, interval: Interval) -> list[Gap]:
    return [gap_of(row) for row in db.execute(sql.GAPS_TOUCHING, span_values(target, interval)).fetchall()]


def _write_gap(db: Session, target: Target, interval: Interval, cause: GapCause) -> None:
    db.execute(sql.ADD_GAP, span_values(target, interval) | {"cause": cause.value})
