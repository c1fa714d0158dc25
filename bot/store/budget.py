"""The ledger of what listening costs: charges opened before a request and settled with its page, and what they
bought.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from bot.model import (
    FREE,
    POST,
    Bill,
    Cost,
    Cursor,
    DayCost,
    DayCount,
    HourCount,
    Interval,
    Mention,
    Page,
    Reconciliation,
    Stage,
    Target,
    Volume,
)
from bot.store.connection import Base
from bot.store.rows import Values, target_values
from bot.store.session import Row, Session
from bot.store.sql import budget as sql
from bot.store.sql import listen as listen_sql
from bot.store.values import dollars, from_json, moment_of, moment_or_none, stamp

KEEP_COUNTS = timedelta(days=400)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


class Budgeting(Base):
    """Charges, counts, stages, the platform's own figures, and the notes of backfills."""

    def open_charge(
        self,
        target: Target,
        most: Cost,
        now: datetime,
        judge: Callable[[Cost, Cost], None],
        *,
        what: str = "",
        instead: int | None = None,
    ) -> int | None:
        """Writes down a request's highest cost before it is made; None where that is nothing.

        ``judge`` is given what the source has cost today and this month (UTC) without the charge ``instead``, which is
        taken back, and raises where ``most`` does not fit any more. Survives a power cut.
        """
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        with self._write(durable=True) as db:
            if instead is not None:
                db.execute(sql.CLOSE, {"charge": instead})
            if most == FREE:
                return None
            judge(_spent(db, target.source, day), _spent(db, target.source, day.replace(day=1)))
            charge = {"at": stamp(now), "reads": most.reads, "usd": most.usd, "what": what}
            (number,) = db.execute(sql.OPEN, target_values(target) | charge).fetchone()
            return int(number)

    def day_costs(self, source: str, since: datetime) -> Mapping[date, DayCost]:
        """What a source cost, by UTC day, from the day of ``since`` on; days without cost are left out."""
        with self._read() as db:
            rows = db.execute(sql.DAYS, {"source": source, "since": stamp(since)}).fetchall()
        return {date.fromisoformat(row["day"]): _day_cost(row) for row in rows}

    def cost_shares(self, source: str, since: datetime) -> Mapping[str, tuple[Cost, int]]:
        """What each subject's searches cost since the day of ``since``, and how many mentions they brought."""
        bounds = {"source": source, "since": stamp(since)}
        with self._read() as db:
            costs = {
                row["subject"]: Cost(round(row["reads"]), dollars(row["usd"]))
                for row in db.execute(sql.SHARES, bounds | {"since": _day(since)})
            }
            found = {row["subject"]: int(row["mentions"]) for row in db.execute(sql.RELEVANT, bounds)}
        return {subject: (costs.get(subject, FREE), found.get(subject, 0)) for subject in sorted({*costs, *found})}

    def save_volume(self, target: Target, volume: Volume, now: datetime, *, charge: int | None = None) -> None:
        """Counts by subject and hour, newer ones in place of older, and what asking cost, in place of ``charge``."""
        with self._write() as db:
            for count in volume.counts:
                values = {"source": target.source, "subject": count.subject, "hour": stamp(count.hour)}
                db.execute(sql.COUNT_HOUR, values | {"posts": count.posts})
            db.execute(sql.FORGET_COUNTS, {"source": target.source, "before": stamp(now - KEEP_COUNTS)})
            if charge is not None:
                db.execute(sql.CLOSE, {"charge": charge})
            _book(db, target, now, volume.cost, volume.cost, 0, "count")

    def hour_counts(self, since: datetime, until: datetime) -> Mapping[str, tuple[HourCount, ...]]:
        """What was counted, by source, of the hours that begin in the interval."""
        found: dict[str, list[HourCount]] = {}
        with self._read() as db:
            for row in db.execute(sql.COUNTS, {"since": stamp(since), "until": stamp(until)}):
                count = HourCount(row["subject"], moment_of(row["hour"]), row["posts"])
                found.setdefault(row["source"], []).append(count)
        return {name: tuple(counts) for name, counts in found.items()}

    def counted_days(self, source: str, since: datetime) -> Mapping[date, DayCount]:
        """What was counted, by UTC day, from the hour of ``since`` on."""
        with self._read() as db:
            rows = db.execute(sql.COUNTED_DAYS, {"source": source, "since": stamp(since)}).fetchall()
        return {
            date.fromisoformat(row["day"]): DayCount(row["hours"], row["posts"], moment_of(row["last"])) for row in rows
        }

    def stage(self, source: str) -> tuple[Stage, datetime] | None:
        """How much of the source is read, and since when; None when it was never decided."""
        with self._read() as db:
            row = db.execute(sql.STAGE, {"source": source}).fetchone()
        return None if row is None else (Stage(row["stage"]), moment_of(row["since"]))

    def set_stage(self, source: str, stage: Stage, now: datetime) -> None:
        """Notes how much of the source is read from now on."""
        with self._write() as db:
            db.execute(sql.SET_STAGE, {"source": source, "stage": stage.value, "now": stamp(now)})

    def reconcile(
        self,
        target: Target,
        platform: Mapping[date, int],
        days: Sequence[date],
        price: Cost,
        now: datetime,
        reason: str | None,
    ) -> None:
        """Keeps the platform's figures for ``days`` beside ours, and books what it counts more at ``price`` each.

        Harmless when repeated: a day's correction replaces the one before. Our own figure is never made smaller; but
        what is in doubt about a day that ended before yesterday is what the platform says.
        """
        with self._write() as db:
            for day in days:
                start = datetime(day.year, day.month, day.day, tzinfo=UTC)
                bounds = {"source": target.source, "since": stamp(start), "until": stamp(start + DAY)}
                ours = db.execute(sql.OURS, bounds).fetchone()
                row = {"ours": ours["posts"] + ours["in_doubt"], "in_doubt": ours["in_doubt"]}
                told = {"day": day.isoformat(), "asked_at": stamp(now), "platform": platform.get(day)}
                why = None if day in platform else reason
                db.execute(sql.RECONCILE, {"source": target.source, "reason": why} | row | told)
                if day in platform:
                    _correct(db, target, bounds, platform[day], price, min(start + DAY - MOMENT, now), now)

    def reconciled(self, source: str, since: date) -> tuple[Reconciliation, ...]:
        """The platform's figures beside ours, oldest day first."""
        with self._read() as db:
            rows = db.execute(sql.RECONCILED, {"source": source, "since": since.isoformat()}).fetchall()
        return tuple(
            Reconciliation(
                date.fromisoformat(row["day"]),
                row["ours"],
                row["in_doubt"],
                row["platform"],
                moment_of(row["asked_at"]),
                row["reason"],
            )
            for row in rows
        )

    def begin_backfill(
        self, backfill: str, target: Target, interval: Interval, now: datetime, *, again: bool = False
    ) -> tuple[Cursor | None, Interval, bool]:
        """Where a backfill stands: its cursor, the interval that it began with, whether it is done. Begins a new one.

        ``again``: one that is done begins anew, with this interval.
        """
        bounds = {"since": stamp(interval.start), "until": stamp(interval.end)}
        with self._write() as db:
            if again:
                db.execute(sql.DROP_DONE_BACKFILL, {"id": backfill})
            db.execute(sql.BEGIN_BACKFILL, target_values(target) | bounds | {"id": backfill, "now": stamp(now)})
            row = db.execute(sql.BACKFILL, {"id": backfill}).fetchone()
        cursor = None if row["cursor"] is None else from_json(row["cursor"])
        begun = Interval(interval.start, moment_of(row["until_at"]))
        return cursor, begun, moment_or_none(row["finished_at"]) is not None

    def end_backfill(self, backfill: str, now: datetime) -> None:
        """Notes that a backfill is done."""
        with self._write() as db:
            db.execute(sql.END_BACKFILL, {"id": backfill, "now": stamp(now)})


def settle(
    db: Session, target: Target, page: Page, mentions: Sequence[Mention], now: datetime, charge: int | None
) -> Cost:
    """Books a page inside the caller's transaction, in place of its ``charge``; what was booked.

    What is billed once a day and was read today already costs nothing again.
    """
    if charge is not None:
        db.execute(sql.CLOSE, {"charge": charge})
    new, again = _new_and_again(db, target.source, page.bill)
    known = sum(page.bill.resources[at].usd for at in again) if page.bill else 0.0
    booked = Cost(page.cost.reads - len(again), max(0.0, dollars(page.cost.usd - known)))
    posts = sum(page.bill.resources[at].kind == POST for at in new) if page.bill else 0
    _book(db, target, now, booked, page.cost, posts, "read")
    if booked != FREE:
        _share(db, target.source, booked, page, mentions, now)
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for what in page.settles:
        db.execute(sql.CLOSE_DOUBTS, {"source": target.source, "what": what, "since": stamp(midnight)})
    return booked


def move_backfill(db: Session, backfill: str, cursor: str | None, found: int) -> None:
    """Notes inside the caller's transaction how far a backfill has come."""
    db.execute(sql.MOVE_BACKFILL, {"id": backfill, "cursor": cursor, "found": found})


def _correct(
    db: Session, target: Target, bounds: Values, platform: int, price: Cost, at: datetime, now: datetime
) -> None:
    """Books what the platform counts in a day beyond what we do, as of ``at``; settles old doubts by its word."""
    if at < now - DAY:
        db.execute(sql.SETTLE_DOUBTS, {**bounds, "price": price.usd})
    db.execute(sql.DROP_CORRECTION, bounds)
    ours = db.execute(sql.OURS, bounds).fetchone()
    if (more := platform - ours["posts"] - ours["in_doubt"]) > 0:
        _book(db, target, at, price.times(more), price.times(more), more, "correction")


def _new_and_again(db: Session, source: str, bill: Bill | None) -> tuple[list[int], list[int]]:
    """Which of a bill's resources are read for the first time on their day, and which again."""
    if bill is None:
        return [], []
    new: list[int] = []
    again: list[int] = []
    for at, resource in enumerate(bill.resources):
        key = {"source": source, "day": bill.day.isoformat(), "kind": resource.kind, "resource": resource.id}
        (again if db.execute(sql.READ_ONCE, key).fetchone() is None else new).append(at)
    # Yesterday's are kept: a clock that is set back over midnight does not make them new. What was read on a day that
    # is yet to come was noted while the clock ran ahead, and will be billed when the day has come.
    days = {"before": (bill.day - timedelta(days=1)).isoformat(), "day": bill.day.isoformat()}
    db.execute(sql.FORGET_READ, {"source": source, **days})
    return new, again


def _share(db: Session, source: str, cost: Cost, page: Page, mentions: Sequence[Mention], now: datetime) -> None:
    """A page's cost goes to the subjects that it names, by how many of its items name them; else to whom it was for."""
    weights = Counter(mention.subject for mention in mentions) or Counter(page.subjects)
    for subject, weight in sorted(weights.items()):
        part = weight / weights.total()
        values = {"reads": cost.reads * part, "usd": cost.usd * part}
        db.execute(sql.SHARE, {"source": source, "day": _day(now), "subject": subject} | values)


def _book(db: Session, target: Target, now: datetime, cost: Cost, most: Cost, posts: int, kind: str) -> None:
    if most == FREE:
        return
    values = {"reads": cost.reads, "usd": cost.usd, "most_reads": most.reads, "most_usd": most.usd}
    db.execute(sql.BOOK, target_values(target) | values | {"at": stamp(now), "posts": posts, "kind": kind})


def _spent(db: Session, source: str, since: datetime) -> Cost:
    row = db.execute(listen_sql.SPENT, {"source": source, "since": stamp(since)}).fetchone()
    return Cost(row["reads"], dollars(row["usd"]))


def _day_cost(row: Row) -> DayCost:
    return DayCost(
        booked=Cost(row["reads"], dollars(row["usd"])),
        most=Cost(row["most_reads"], dollars(row["most_usd"])),
        in_doubt=Cost(row["open_reads"], dollars(row["open_usd"])),
        posts=row["posts"],
    )


def _day(moment: datetime) -> str:
    """The UTC day."""
    return moment.astimezone(UTC).date().isoformat()
