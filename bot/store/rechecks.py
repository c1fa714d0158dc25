"""When each kept item is due for a look at its platform, who is looking, and what looks came to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from bot.model import Cost, Cursor, Target, TargetState
from bot.model.keeping import Cause
from bot.model.rechecking import Kept, LookNote, PlatformFollow
from bot.store.connection import Base
from bot.store.erasure.erasing import STATES
from bot.store.rows import state_of, target_values
from bot.store.session import Row
from bot.store.sql import rechecks as sql
from bot.store.values import dollars, moment_of, moment_or_none, stamp, stamp_or_none, to_json

CHUNK = 2_000
SETTLED = timedelta(minutes=10)
"""What was collected so long ago is written, whichever process had it in hand."""
OVERDUE = timedelta(days=1)
WEEK = timedelta(days=7)
KEEP_LOOKS = timedelta(days=400)


class Rechecks(Base):
    """Due times, states and the log of looking again."""

    def enrol_rechecks(
        self,
        platform: str,
        due: Callable[[Kept], datetime],
        now: datetime,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> int:
        """Gives a due time to each item of the platform that came since the last call; how many."""
        with self._read() as db:
            row = db.execute(sql.MARK, {"platform": platform}).fetchone()
        mark = after = 0 if row is None else int(row["enrolled"])
        enrolled, settled = 0, True
        while not stop():
            with self._read() as db:
                rows = db.execute(sql.NEW_ITEMS, {"after": after, "limit": CHUNK}).fetchall()
            if not rows:
                break
            new = [_enrolment(row, platform, due) for row in rows if row["key"].startswith(f"{platform}:")]
            after = rows[-1]["id"]
            for item in rows:
                settled = settled and _is_settled(moment_of(item["collected_at"]), now)
                mark = item["id"] if settled else mark
            with self._write() as db:
                enrolled += sum(db.execute(sql.ENROL, one).rowcount for one in new)
                db.execute(sql.SET_MARK, {"platform": platform, "enrolled": mark})
            if len(rows) < CHUNK:
                break
        return enrolled

    def due_rechecks(self, platform: str, now: datetime, far: datetime, limit: int) -> tuple[Kept, ...]:
        """What is due and not in hand, the longest due first; what lies beyond ``far`` was dated by a wrong clock."""
        wanted = {"platform": platform, "now": stamp(now), "far": stamp(far)}
        with self._read() as db:
            rows = db.execute(sql.DUE, wanted | {"limit": limit}).fetchall()
            if len(rows) < limit:
                rows += db.execute(sql.ADRIFT, wanted | {"limit": limit - len(rows)}).fetchall()
        return tuple(map(_kept, rows))

    def in_hand(self, platform: str) -> tuple[Kept, ...]:
        """What was handed in, and is not answered yet."""
        with self._read() as db:
            return tuple(map(_kept, db.execute(sql.IN_HAND, {"platform": platform}).fetchall()))

    def take_in_hand(self, platform: str, keys: Collection[str], now: datetime) -> None:
        """Notes what is handed in."""
        with self._write() as db:
            db.execute(sql.TAKE, {"platform": platform, "keys": to_json(list(keys)), "now": stamp(now)})

    def release_in_hand(self, platform: str) -> None:
        """What was handed in is due as it was before."""
        with self._write() as db:
            db.execute(sql.RELEASE, {"platform": platform})

    def reschedule(self, due: Mapping[str, datetime], now: datetime) -> None:
        """Notes that these keys were looked at now, and when each is due again."""
        with self._write() as db:
            for key, moment in due.items():
                db.execute(sql.RESCHEDULE, {"key": key, "due_at": stamp(moment), "now": stamp(now)})

    def note_look(self, platform: str, source: str, note: LookNote, now: datetime) -> None:
        """Adds a line to the log of looks."""
        values = {
            "at": stamp(now),
            "platform": platform,
            "source": source,
            "looked": note.looked,
            "gone": note.gone,
            "late": note.late.total_seconds(),
            "lag": None if note.lag is None else note.lag.total_seconds(),
            "reads": note.cost.reads,
            "usd": note.cost.usd,
        }
        with self._write() as db:
            db.execute(sql.ADD_LOOK, values)
            db.execute(sql.DROP_OLD_LOOKS, {"before": stamp(now - KEEP_LOOKS)})

    def lease_recheck(
        self, platform: str, target: Target, owner: str, now: datetime, until: datetime
    ) -> TargetState | None:
        """Takes a platform for ``owner``; None when somebody else has it."""
        times = {"now": stamp(now), "until": stamp(until), "far": stamp(until + (until - now))}
        with self._write() as db:
            db.execute(sql.ADD_STATE, {"platform": platform} | target_values(target))
            row = db.execute(sql.LEASE, {"platform": platform, "owner": owner} | times).fetchone()
        return None if row is None else state_of(row)

    def keep_recheck(self, platform: str, owner: str, until: datetime, cursor: Cursor | None) -> bool:
        """Renews the lease, and stores the cursor unless it is None; False when it is ``owner``'s no more."""
        values = {"cursor": None if cursor is None else to_json(dict(cursor)), "until": stamp(until)}
        with self._write() as db:
            row = db.execute(sql.KEEP, {"platform": platform, "owner": owner} | values).fetchone()
        return row is not None

    def finish_recheck(self, platform: str, owner: str, state: TargetState) -> None:
        """Writes the platform's new state and gives the lease back."""
        values = {
            "state": state.state.value,
            "since": stamp_or_none(state.since),
            "next_poll_at": stamp_or_none(state.next_poll_at),
            "last_success": stamp_or_none(state.last_success),
            "failures": state.failures,
            "error_kind": state.error_kind,
            "error": state.error,
            "first_polled": stamp_or_none(state.first_polled),
        }
        with self._write() as db:
            db.execute(sql.FINISH, values | {"platform": platform, "owner": owner})

    def recheck_states(self) -> Mapping[str, TargetState]:
        """The state of each platform that was ever asked."""
        with self._read() as db:
            return {row["platform"]: state_of(row) for row in db.execute(sql.STATES).fetchall()}

    def why_gone(self, key: str) -> tuple[Cause, datetime] | None:
        """Why an item's words are gone, and since when; None where they are there, or nothing is known of it."""
        with self._read() as db:
            row = db.execute(sql.WHY_GONE, {"key": key}).fetchone()
        if row is None:
            return None
        causes = {number: cause for cause, number in STATES.items()}
        return causes.get(row["removed"], Cause.RETENTION), moment_of(row["changed_at"])

    def following(self, platforms: Collection[str], now: datetime) -> tuple[PlatformFollow, ...]:
        """How following stands with each of these platforms."""
        states = self.recheck_states()
        times = {"now": stamp(now), "long_ago": stamp(now - OVERDUE), "since": stamp(now - WEEK)}
        found = []
        with self._read() as db:
            for platform in sorted(platforms):
                asked = {"platform": platform, **times}
                counts = db.execute(sql.COUNTS, asked).fetchone()
                week = db.execute(sql.LOOKS, asked).fetchone()
                found.append(
                    PlatformFollow(
                        platform=platform,
                        state=states.get(platform),
                        kept=counts["kept"],
                        due=counts["due"],
                        overdue=counts["overdue"],
                        in_hand=counts["in_hand"],
                        oldest=moment_or_none(counts["oldest"]),
                        next_due=moment_or_none(counts["next_due"]),
                        week=_note(week),
                    )
                )
        return tuple(found)


def _is_settled(collected_at: datetime, now: datetime) -> bool:
    """What is dated ahead was written while the clock ran ahead; it is not waited for."""
    return abs(now - collected_at) >= SETTLED


def _enrolment(row: Row, platform: str, due: Callable[[Kept], datetime]) -> dict[str, object]:
    collected = moment_of(row["collected_at"])
    kept = Kept(row["key"], moment_or_none(row["published_at"]), collected, collected, removed=bool(row["removed"]))
    return {"item": row["id"], "platform": platform, "due_at": stamp(due(kept))}


def _kept(row: Row) -> Kept:
    return Kept(
        key=row["key"],
        published_at=moment_or_none(row["published_at"]),
        collected_at=moment_of(row["collected_at"]),
        due_at=moment_of(row["due_at"]),
        looked_at=moment_or_none(row["looked_at"]),
        removed=bool(row["removed"]),
    )


def _note(row: Row) -> LookNote:
    return LookNote(
        looked=row["looked"],
        gone=row["gone"],
        late=timedelta(seconds=row["late"]),
        lag=None if row["lag"] is None else timedelta(seconds=row["lag"]),
        cost=Cost(row["reads"], dollars(row["usd"])),
    )
