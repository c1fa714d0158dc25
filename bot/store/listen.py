"""What listening asks of the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import Cost, Gap, Item, Mention, Page, PollReport, Saved, State, Target, TargetState
from bot.store.arrivals import note_arrivals
from bot.store.budget import move_backfill, settle
from bot.store.connection import Base
from bot.store.coverage import add_gap, add_gap_since_last, cover, take_back
from bot.store.erasure.marks import Marks
from bot.store.erasure.veil import Veil, folded
from bot.store.items import ItemWriter
from bot.store.notices import note_incident
from bot.store.rows import item_of, state_of, target_values
from bot.store.sql import listen as sql
from bot.store.values import dollars, moment_of, stamp, stamp_or_none, to_json
from bot.store.vitals import count_poll

CHUNK = 500
ERASED_AT_ONCE = 50
"""Deletions that one transaction takes: some ten milliseconds where all of them concern something that is kept."""
KEEP_POLLS = timedelta(days=400)
"""How long the rows of polls are kept: thirteen months, so that a year can be compared with the one before."""


Removed = tuple[Sequence[str], Sequence[str]]
"""Keys, and beginnings of keys."""


class Listening(Base):
    """Targets and leases, pages, coverage and costs."""

    _known_authors: frozenset[str] | None = None

    def hide_authors(self, but: Collection[str]) -> None:
        """From now on keeps pseudonyms in place of authors, but for those of these handles; see :class:`Veil`."""
        self._known_authors = frozenset(map(folded, but))

    def add_targets(self, targets: Sequence[Target], now: datetime) -> None:
        """Makes rows for targets that have none, due at once; leaves the others alone."""
        with self._write() as db:
            for target in targets:
                db.execute(sql.ADD_TARGET, target_values(target) | {"state": State.NEW.value, "now": stamp(now)})

    def target_states(self) -> tuple[TargetState, ...]:
        """Every known target, by source and feed."""
        with self._read() as db:
            return tuple(map(state_of, db.execute(sql.TARGETS)))

    def lease(self, target: Target, owner: str, now: datetime, until: datetime) -> TargetState | None:
        """Takes the target for ``owner``; None when somebody else holds it, or when there is no such target.

        What lies twice as far ahead as this lease was written while the clock ran ahead: such a lease is overtaken, and
        such coverage ends with the last poll before now.
        """
        far = until + (until - now)
        times = {"now": stamp(now), "until": stamp(until), "far": stamp(far)}
        with self._write() as db:
            row = db.execute(sql.LEASE, target_values(target) | {"owner": owner} | times).fetchone()
            if row is None:
                return None
            take_back(db, target, now, far)
        return state_of(row)

    def give_back(self, target: Target, owner: str) -> None:
        """Ends ``owner``'s lease without a poll; nothing happens when it is not theirs any more."""
        with self._write() as db:
            db.execute(sql.GIVE_BACK, target_values(target) | {"owner": owner})

    def give_back_all(self, owner: str) -> int:
        """Ends every lease of ``owner``'s; how many. A poll that goes on saves what it reads, and moves nothing."""
        with self._write() as db:
            return int(db.execute(sql.GIVE_BACK_ALL, {"owner": owner}).rowcount)

    def save_page(
        self,
        target: Target,
        page: Page,
        mentions: Sequence[Mention],
        now: datetime,
        hold_until: datetime,
        *,
        owner: str | None = None,
        trainable: bool = False,
        charge: int | None = None,
        backfill: str | None = None,
    ) -> Saved:
        """Items, mentions, cursor, coverage, gaps and cost in one transaction; harmless when repeated.

        Where much was removed it goes before, a part at a time, so that nobody waits long: should this process die
        between them, the page is read again, and the rest goes then.
        """
        *before, last = _removed_in_parts(page)
        erased = sum(self._erase(target, part, now) for part in before)
        cursor = None if page.cursor is None else to_json(dict(page.cursor))
        move = {"cursor": cursor, "hold_until": stamp(hold_until), "owner": owner}
        with self._write() as db:
            veil = None if self._known_authors is None else Veil(Marks(db), self._known_authors)
            writer = ItemWriter(db, target, now, trainable=trainable, veil=veil)
            erased += writer.erase(*last)
            saved = writer.save(page.items, mentions, page.unread)
            saved = replace(saved, edited=saved.edited + erased)
            if backfill is None:
                db.execute(sql.MOVE_CURSOR, target_values(target) | move)
            else:
                move_backfill(db, backfill, cursor, saved.new)
            booked = settle(db, target, page, mentions, now, charge)
            note_arrivals(db, target, (*page.items, *page.unread), now)
            for gap in page.gaps:
                add_gap(db, target, gap)
            if page.covered is not None:
                cover(db, target, page.covered)
        return replace(saved, cost=booked)

    def _erase(self, target: Target, part: Removed, now: datetime) -> int:
        with self._write() as db:
            return ItemWriter(db, target, now, trainable=False).erase(*part)

    def add_gaps(self, target: Target, gaps: Sequence[Gap]) -> None:
        """Writes down what has not been looked at; what is covered, or known to be missing, is left as it is."""
        with self._write() as db:
            for gap in gaps:
                add_gap_since_last(db, target, gap)

    def finish_poll(
        self, report: PollReport, state: TargetState, gaps: Sequence[Gap], *, owner: str | None = None
    ) -> None:
        """Writes the poll's row, adds gaps, sets the target's new state and gives the lease back."""
        target = target_values(report.target)
        new_state = {
            "owner": owner,
            "state": state.state.value,
            "since": stamp_or_none(state.since),
            "next_poll_at": stamp_or_none(state.next_poll_at),
            "last_success": stamp_or_none(state.last_success),
            "failures": state.failures,
            "error_kind": state.error_kind,
            "error": state.error,
            "first_polled": stamp(state.first_polled or report.started_at),
            "silent_after": stamp_or_none(state.silent_after),
        }
        covered = report.covered
        poll = {
            "started_at": stamp(report.started_at),
            "state": report.state.value,
            "fetched": report.fetched,
            "matched": report.matched,
            "new": report.new,
            "duplicates": report.duplicates,
            "reads": report.cost.reads,
            "usd": report.cost.usd,
            "covered_from": None if covered is None else stamp(covered.start),
            "covered_to": None if covered is None else stamp(covered.end),
            "error_kind": report.error_kind,
            "error": report.error,
            "retry_at": stamp_or_none(report.retry_at),
        }
        with self._write() as db:
            db.execute(sql.ADD_POLL, target | poll)
            count_poll(db, report)
            db.execute(sql.DROP_OLD_POLLS, {"before": stamp(report.started_at - KEEP_POLLS)})
            row = db.execute(sql.FINISH, target | new_state).fetchone()
            if row is not None and row["state"] == state.state:
                note_incident(db, state, report.started_at)
            for gap in gaps:
                add_gap_since_last(db, report.target, gap)

    def set_paused(self, source: str, paused: bool, now: datetime) -> int:
        """Pauses or resumes a source's targets; how many there were. Resumed ones are due at once."""
        with self._write() as db:
            statement = sql.PAUSE if paused else sql.RESUME
            return int(db.execute(statement, {"source": source, "now": stamp(now)}).rowcount)

    def spent(self, source: str, since: datetime) -> Cost:
        """What a source has cost since then."""
        with self._read() as db:
            row = db.execute(sql.SPENT, {"source": source, "since": stamp(since)}).fetchone()
        return Cost(row["reads"], dollars(row["usd"]))

    def story_candidates(self, since: datetime) -> Iterator[tuple[str, Item, datetime]]:
        """``(story, item, collected at)`` of items that carry a mention collected since then, oldest first."""
        wanted = {"since": stamp(since), "after_at": stamp(since), "after": 0, "limit": CHUNK}
        while True:
            with self._read() as db:
                rows = db.execute(sql.STORY_CANDIDATES, wanted).fetchall()
            for row in rows:
                yield row["story"], item_of(row), moment_of(row["seen"])
            if len(rows) < CHUNK:
                return
            wanted |= {"after_at": rows[-1]["seen"], "after": rows[-1]["id"]}

    def join_stories(self, joined: Sequence[tuple[str, str]]) -> None:
        """Gives the mentions of each younger story to the older one, in order; harmless when repeated."""
        if joined:
            with self._write() as db:
                for younger, older in joined:
                    db.execute(sql.JOIN_STORY, {"younger": younger, "older": older})


def _removed_in_parts(page: Page) -> list[Removed]:
    """What a page removes, one part at least."""
    step, keys, under = ERASED_AT_ONCE, page.removed, page.removed_under
    parts: list[Removed] = [(keys[start : start + step], ()) for start in range(0, len(keys), step)]
    parts += [((), under[start : start + step]) for start in range(0, len(under), step)]
    return parts or [((), ())]
